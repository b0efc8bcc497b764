import { randomBytes } from 'node:crypto';
import { encodeBase64url } from '../../../../src/base64url/base64url.js';
import { nodeCrypto } from '../../../../src/crypto/node-crypto.js';
import { DcqlQueryError } from '../../../../src/dcql/errors.js';
import { type JwsHeader, signJws } from '../../../../src/jws/create-jws.js';
import { JwsError } from '../../../../src/jws/errors.js';
import { AuthorizationRequestError } from '../../../../src/openid4vp/errors.js';
import { RequestLinkError, RequestRefusal } from '../../../../src/openid4vp/wallet/errors.js';
import {
  type VerifyRequestOptions,
  verifyAuthorizationRequest,
} from '../../../../src/openid4vp/wallet/verify-authorization-request.js';
import {
  assembleCertificate,
  certificateHasClientId,
  certificateHash,
  pointOfJwk,
  prepareCertificate,
  verifyCertificateChainAsync,
  verifyEs256With,
  X509Error,
} from '../../../../src/x509/index.js';
import { type TestKey, testKey } from '../../jws/support.js';

export const NOW = 1_800_000_000;
const DAY = 86_400;
export const HOST = 'verifier.example.edu';
export const REQUEST_URI = `https://${HOST}/openid4vp/requests/r1`;
export const VCT = 'urn:lanyard:student-id:1';

export function certify(plan: {
  readonly key: TestKey;
  readonly by: TestKey;
  readonly names?: { readonly subject: string; readonly issuer: string };
  readonly dnsName?: string;
  readonly from?: number;
  readonly to?: number;
}): Uint8Array {
  const serial = randomBytes(16);
  serial[0] = 1;
  const prepared = prepareCertificate(
    {
      serial,
      subject: {
        commonName: plan.names?.subject ?? HOST,
        ...(plan.dnsName === undefined ? {} : { organization: '示例大学' }),
      },
      issuer: { commonName: plan.names?.issuer ?? '示例大学' },
      publicPoint: pointOfJwk(plan.key.jwk),
      issuerPoint: pointOfJwk(plan.by.jwk),
      notBeforeSeconds: plan.from ?? NOW - DAY,
      notAfterSeconds: plan.to ?? NOW + DAY,
      profile: plan.dnsName === undefined ? { kind: 'ca' } : { kind: 'leaf', dnsName: plan.dnsName },
    },
    nodeCrypto,
  );
  return assembleCertificate(prepared, plan.by.sign(prepared.toBeSigned));
}

export const rootKey = testKey();
export const root = certify({ key: rootKey, by: rootKey, names: { subject: '示例大学', issuer: '示例大学' } });
export const readerKey = testKey();
export const leaf = certify({ key: readerKey, by: rootKey, dnsName: HOST });
export const hashOfLeaf = `x509_hash:${certificateHash(leaf, nodeCrypto.sha256)}`;
const responseKey = testKey();

export const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

export const payload = {
  client_id: `x509_san_dns:${HOST}`,
  aud: 'https://self-issued.me/v2',
  response_type: 'vp_token',
  response_mode: 'direct_post.jwt',
  response_uri: `https://${HOST}/openid4vp/responses/r1`,
  nonce: encodeBase64url(new Uint8Array(16).fill(7)),
  state: 'state-1',
  iat: NOW,
  exp: NOW + 300,
  dcql_query: {
    credentials: [
      { id: 'id', format: 'dc+sd-jwt', meta: { vct_values: [VCT] }, claims: [{ path: ['enrolment_status'] }] },
    ],
  },
  client_metadata: {
    vp_formats_supported: { 'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] } },
    jwks: { keys: [{ ...responseKey.jwk, kid: 'k1', use: 'enc', alg: 'ECDH-ES' }] },
    encrypted_response_enc_values_supported: ['A128GCM', 'A256GCM'],
  },
};

export type Change = {
  readonly payload?: object;
  readonly header?: JwsHeader;
  readonly key?: TestKey;
  /** Over the compact text. */
  readonly text?: (jwt: string) => string;
  readonly options?: Partial<VerifyRequestOptions>;
};

export function requestObject(change: Change = {}): string {
  const jwt = signJws(
    { typ: 'oauth-authz-req+jwt', x5c: [base64(leaf), base64(root)], ...change.header },
    { ...payload, ...change.payload },
    (change.key ?? readerKey).sign,
  );
  return change.text?.(jwt) ?? jwt;
}

export function verifyRequest(change: Change = {}) {
  return verifyAuthorizationRequest({
    jwt: requestObject(change),
    clientId: payload.client_id,
    requestUri: REQUEST_URI,
    anchors: [root],
    atSeconds: NOW,
    sha256: nodeCrypto.sha256,
    verifyEs256: verifyEs256With(nodeCrypto),
    certificates: { verifyCertificateChainAsync, certificateHasClientId },
    ...change.options,
  });
}

/** The code of the typed refusal, or "accepted". */
export async function refusalOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    for (const kind of [
      RequestRefusal,
      RequestLinkError,
      AuthorizationRequestError,
      DcqlQueryError,
      X509Error,
      JwsError,
    ]) {
      if (error instanceof kind) return error.code;
    }
    throw error;
  }
  return 'accepted';
}
