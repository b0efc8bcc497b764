import type Router from '@koa/router';
import type { Clock } from '@lanyard/platform';
import {
  ALUMNI_ID_TYPE_METADATA,
  ALUMNI_ID_VCT,
  DOCUMENT_TYPE_METADATA,
  DOCUMENT_VCT,
  OPENID_CREDENTIAL,
  STUDENT_ID_TYPE_METADATA,
  STUDENT_ID_VCT,
  signJws,
} from '@lanyard/protocol';
import { jwkFromCompressed } from '@lanyard/protocol/node-crypto';
import type { CredentialSigner } from '../adapters/credential-signer.js';
import type { IdentityLayer } from '../adapters/identity-layer.js';
import { MESSAGE_ENCRYPTION, type MessageEncryption } from '../adapters/message-encryption.js';
import { type Signers, x5cHeaderOf } from '../adapters/signers.js';
import { STUDENT_ID_MDOC } from '../domain/credentials/configurations.js';
import { issuerMetadata } from '../domain/credentials/issuer-metadata.js';
import type { WalletAttesters } from '../domain/issuance/wallet-attesters.js';

export interface MetadataDeps {
  issuerUrl: string;
  identityLayer: IdentityLayer | undefined;
  universityName: string;
  signers: Signers;
  credentialSigner: CredentialSigner;
  encryption: MessageEncryption;
  attesters: WalletAttesters;
  clock: Clock;
}

const TYPE_METADATA = new Map([
  [STUDENT_ID_VCT, STUDENT_ID_TYPE_METADATA],
  [ALUMNI_ID_VCT, ALUMNI_ID_TYPE_METADATA],
  [DOCUMENT_VCT, DOCUMENT_TYPE_METADATA],
]);
const SIGNED_LIFE_SECONDS = 86_400;
const SIGN_AGAIN_SECONDS = 300;

/** Credential issuer and authorization server metadata (OpenID4VCI 1.0 §12.2, RFC 8414), issuer keys and type metadata (SD-JWT VC). */
export function addMetadataRoutes(router: Router, deps: MetadataDeps): void {
  const { issuerUrl, identityLayer } = deps;
  const metadata = () =>
    issuerMetadata({
      issuerUrl,
      authorizationServers: [issuerUrl, ...(identityLayer === undefined ? [] : [identityLayer.issuer])],
      universityName: deps.universityName,
      encryption: { ...MESSAGE_ENCRYPTION, jwk: deps.encryption.publicJwk() },
      attesters: deps.attesters,
      mdoc: deps.credentialSigner.canIssue(STUDENT_ID_MDOC),
    });
  const signedMetadata = keepFor(SIGN_AGAIN_SECONDS, deps.clock, () => signMetadata(metadata(), deps));
  router.get('/.well-known/openid-credential-issuer', (context) => {
    context.set('Cache-Control', 'max-age=300');
    context.vary('Accept');
    // Unsigned to whoever does not say that signed is what they would rather have (§12.2.2).
    if (context.accepts('application/json', 'application/jwt') === 'application/jwt') {
      context.body = signedMetadata();
      context.type = 'application/jwt';
    } else context.body = metadata();
  });
  router.get('/.well-known/oauth-authorization-server', (context) => {
    context.set('Cache-Control', 'max-age=300');
    context.body = serverMetadata(deps);
  });
  router.get('/type-metadata/:vct', (context) => {
    const document = TYPE_METADATA.get(context.params['vct'] ?? '');
    if (document === undefined) return;
    context.set('Cache-Control', 'max-age=86400');
    // To the byte: credentials carry the digest of it.
    context.body = document;
    context.type = 'application/json';
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

/** §12.2.3: all members as claims, signed by the key that signs student IDs. */
function signMetadata(metadata: { readonly credential_issuer: string }, deps: MetadataDeps): string {
  const signer = deps.signers.active('document');
  const iat = deps.clock.nowSeconds();
  return signJws(
    {
      typ: 'openidvci-issuer-metadata+jwt',
      kid: signer.kidText,
      ...x5cHeaderOf(signer),
    },
    { iss: deps.issuerUrl, sub: metadata.credential_issuer, iat, exp: iat + SIGNED_LIFE_SECONDS, ...metadata },
    signer.sign,
  );
}

function serverMetadata(deps: MetadataDeps): object {
  const { wallets } = deps.attesters;
  return {
    issuer: deps.issuerUrl,
    token_endpoint: `${deps.issuerUrl}/token`,
    grant_types_supported: [
      'urn:ietf:params:oauth:grant-type:pre-authorized_code',
      'refresh_token',
      ...(deps.identityLayer === undefined ? [] : ['urn:ietf:params:oauth:grant-type:token-exchange']),
    ],
    token_endpoint_auth_methods_supported: [
      ...(wallets === undefined ? [] : ['attest_jwt_client_auth']),
      ...(wallets?.required ? [] : ['none']),
    ],
    ...(wallets === undefined
      ? {}
      : {
          client_attestation_signing_alg_values_supported: ['ES256'],
          client_attestation_pop_signing_alg_values_supported: ['ES256'],
        }),
    // Required by RFC 8414; there is no authorization endpoint here.
    response_types_supported: [],
    authorization_details_types_supported: [OPENID_CREDENTIAL],
    'pre-authorized_grant_anonymous_access_supported': !wallets?.required,
    dpop_signing_alg_values_supported: ['ES256'],
  };
}

function keepFor<T>(seconds: number, clock: Clock, make: () => T): () => T {
  let kept: { value: T; untilSeconds: number } | undefined;
  return () => {
    const now = clock.nowSeconds();
    if (kept === undefined || kept.untilSeconds <= now) kept = { value: make(), untilSeconds: now + seconds };
    return kept.value;
  };
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
