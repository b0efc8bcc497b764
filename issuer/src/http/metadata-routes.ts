import type Router from '@koa/router';
import { STUDENT_ID_VCT } from '@lanyard/protocol';
import { jwkFromCompressed } from '@lanyard/protocol/node-crypto';
import type { IdentityLayer } from '../adapters/identity-layer.js';
import type { Signers } from '../adapters/signers.js';
import { CONFIGURATION_RULES, STUDENT_ID, STUDENT_PASS } from '../domain/credentials/configurations.js';

export interface MetadataDeps {
  issuerUrl: string;
  identityLayer: IdentityLayer | undefined;
  universityName: string;
  signers: Signers;
}

const PROOF_TYPES = { jwt: { proof_signing_alg_values_supported: ['ES256'] } };

/** Credential issuer and authorization server metadata (OpenID4VCI 1.0 §12.2, RFC 8414), issuer keys (SD-JWT VC). */
export function addMetadataRoutes(router: Router, deps: MetadataDeps): void {
  const { issuerUrl } = deps;
  const issuerMetadata = {
    credential_issuer: issuerUrl,
    authorization_servers: [issuerUrl, ...(deps.identityLayer === undefined ? [] : [deps.identityLayer.issuer])],
    credential_endpoint: `${issuerUrl}/credential`,
    nonce_endpoint: `${issuerUrl}/nonce`,
    batch_credential_issuance: { batch_size: CONFIGURATION_RULES[STUDENT_ID].batch },
    display: [
      { name: deps.universityName, locale: 'zh-CN' },
      { name: deps.universityName, locale: 'en' },
    ],
    credential_configurations_supported: {
      [STUDENT_ID]: {
        format: 'dc+sd-jwt',
        vct: STUDENT_ID_VCT,
        scope: STUDENT_ID,
        cryptographic_binding_methods_supported: ['jwk'],
        credential_signing_alg_values_supported: ['ES256'],
        proof_types_supported: PROOF_TYPES,
        credential_metadata: { display: display('电子学生证', 'Electronic student ID') },
      },
      [STUDENT_PASS]: {
        format: 'lanyard-pass+cwt',
        scope: STUDENT_PASS,
        cryptographic_binding_methods_supported: ['jwk'],
        proof_types_supported: PROOF_TYPES,
        credential_metadata: { display: display('离线凭条', 'Offline pass') },
      },
    },
  };
  router.get('/.well-known/openid-credential-issuer', (context) => {
    context.set('Cache-Control', 'max-age=300');
    context.body = issuerMetadata;
  });
  router.get('/.well-known/oauth-authorization-server', (context) => {
    context.set('Cache-Control', 'max-age=300');
    context.body = {
      issuer: issuerUrl,
      token_endpoint: `${issuerUrl}/token`,
      grant_types_supported: ['urn:ietf:params:oauth:grant-type:pre-authorized_code', 'refresh_token'],
      token_endpoint_auth_methods_supported: ['none'],
      // Required by RFC 8414; there is no authorization endpoint here.
      response_types_supported: [],
      'pre-authorized_grant_anonymous_access_supported': true,
      dpop_signing_alg_values_supported: ['ES256'],
    };
  });
  router.get('/.well-known/jwt-vc-issuer', async (context) => {
    context.set('Cache-Control', 'max-age=300');
    context.body = { issuer: issuerUrl, jwks: { keys: await publicKeys(deps.signers, ['document', 'status']) } };
  });
  router.get('/.well-known/jwks.json', async (context) => {
    context.set('Cache-Control', 'max-age=300');
    context.body = { keys: await publicKeys(deps.signers, ['document', 'status', 'audit']) };
  });
}

async function publicKeys(signers: Signers, uses: string[]): Promise<object[]> {
  return (await signers.published())
    .filter((signer) => uses.includes(signer.use))
    .map((signer) => ({
      ...jwkFromCompressed(signer.compressed),
      kid: Buffer.from(signer.kid).toString('base64url'),
      alg: 'ES256',
      use: 'sig',
    }));
}

function display(zh: string, en: string): object[] {
  return [
    { name: zh, locale: 'zh-CN', background_color: '#123A73', text_color: '#FFFFFF' },
    { name: en, locale: 'en', background_color: '#123A73', text_color: '#FFFFFF' },
  ];
}
