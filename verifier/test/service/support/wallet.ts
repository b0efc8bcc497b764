import {
  type AuthorizationRequest,
  jwsJsonPayload,
  parseAuthorizationRequest,
  parseClientId,
  parseJws,
  parseP256Jwk,
  verifyJws,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { certificateHasClientId, compressPoint, verifyCertificateChain } from '@lanyard/protocol/x509';
import { CompactEncrypt, importJWK } from 'jose';
import { present } from './codes.js';
import { nowSeconds, type StandInIssuer } from './stand-in-issuer.js';

type Held = ReturnType<StandInIssuer['makeStudentId']>;

/** Fetches a request object and checks it as a wallet has to. */
export async function fetchRequest(link: string, root: Uint8Array): Promise<AuthorizationRequest> {
  const parameters = new URL(link).searchParams;
  const answer = await fetch(parameters.get('request_uri') ?? '', { headers: { Origin: 'https://wallet.example' } });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  const jws = parseJws(await answer.text());
  const [leaf = '', ...chain] = (jws.header['x5c'] as string[]).map((text) =>
    Buffer.from(text, 'base64'),
  ) as never as Buffer[];
  const certificate = verifyCertificateChain({
    leaf: leaf as Buffer,
    chain,
    anchors: [root],
    atSeconds: nowSeconds(),
    usage: {},
    crypto: nodeCrypto,
  });
  const key = nodeCrypto.importVerifyKey(compressPoint(certificate.publicPoint));
  verifyJws(jws, key!, { typ: 'oauth-authz-req+jwt', crypto: nodeCrypto });
  const request = parseAuthorizationRequest(jwsJsonPayload(jws));
  if (request.client_id !== parameters.get('client_id')) throw new Error('client_id differs');
  if (!certificateHasClientId(certificate, parseClientId(request.client_id), nodeCrypto.sha256))
    throw new Error('the certificate is another client');
  return request;
}

/** A presentation for a request, or for something else where `change` says so. */
export function presentFor(
  request: AuthorizationRequest,
  held: Held,
  change: Partial<Parameters<typeof present>[1]> = {},
): string {
  const claims = request.dcql_query.credentials[0]?.claims?.map(({ path }) => String(path[0])) ?? [];
  return present(held, { nonce: request.nonce, audience: request.client_id, claims, ...change });
}

export async function encrypt(
  request: AuthorizationRequest,
  content: object,
  change: { header?: object; key?: object } = {},
): Promise<string> {
  const jwk = request.client_metadata!.jwks!.keys[0]!;
  const header = { alg: 'ECDH-ES', enc: 'A256GCM', kid: jwk.kid, ...change.header };
  const { kty, crv, x, y } = { ...parseP256Jwk({ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }), ...change.key };
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader(header as { alg: string; enc: string })
    .encrypt(await importJWK({ kty, crv, x, y }, 'ECDH-ES'));
}

export const post = (request: { response_uri: string }, form: Record<string, string>) =>
  fetch(request.response_uri, { method: 'POST', body: new URLSearchParams(form) });

/** The whole answer in the mode that was asked for. */
export async function answer(
  request: AuthorizationRequest,
  vpToken: unknown,
  state = request.state,
): Promise<Response> {
  const content = { vp_token: vpToken, state };
  if (request.response_mode === 'direct_post')
    return post(request, { vp_token: JSON.stringify(vpToken), state: String(state) });
  return post(request, { response: await encrypt(request, content) });
}
