import {
  type AuthorizationRequest,
  jwsJsonPayload,
  p256JwkThumbprintBytes,
  parseAuthorizationRequest,
  parseClientId,
  parseJws,
  parseP256Jwk,
  verifyJws,
} from '@lanyard/protocol';
import {
  assembleDeviceResponse,
  dcApiSessionTranscript,
  type MdocElementPath,
  openid4vpSessionTranscript,
  parseIssuerSigned,
  prepareDeviceResponse,
  type SessionTranscript,
  STUDENT_ID_NAMESPACE,
} from '@lanyard/protocol/mdoc';
import { createSigner, type NodeKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { certificateHasClientId, compressPoint, verifyCertificateChain } from '@lanyard/protocol/x509';
import { CompactEncrypt, importJWK } from 'jose';
import { present } from './codes.js';
import { nowSeconds, type StandInIssuer } from './stand-in-issuer.js';

type Held = ReturnType<StandInIssuer['makeStudentId']>;

/** Fetches a request object and checks it as a wallet has to; by POST where a form is given. */
export async function fetchRequest(
  link: string,
  root: Uint8Array,
  form?: Record<string, string>,
): Promise<AuthorizationRequest> {
  const parameters = new URL(link).searchParams;
  const answer = await fetch(parameters.get('request_uri') ?? '', {
    headers: { Origin: 'https://wallet.example' },
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
  });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  const { payload, certificate } = openRequestObject(await answer.text(), root);
  const request = parseAuthorizationRequest(payload);
  if (request.client_id !== parameters.get('client_id')) throw new Error('client_id differs');
  if (!certificateHasClientId(certificate, parseClientId(request.client_id), nodeCrypto.sha256))
    throw new Error('the certificate is another client');
  return request;
}

/** Verifies a request object's chain and signature. */
export function openRequestObject(jwt: string, root: Uint8Array) {
  const jws = parseJws(jwt);
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
  return { payload: jwsJsonPayload(jws), header: jws.header, certificate };
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

type HeldMdoc = ReturnType<StandInIssuer['makeStudentIdMdoc']>;
type AnswerKey = Pick<AuthorizationRequest, 'client_metadata'>;

const thumbprintOf = ({ client_metadata: metadata }: AnswerKey) => {
  const jwk = metadata?.jwks?.keys[0];
  return jwk === undefined ? undefined : p256JwkThumbprintBytes(jwk, nodeCrypto.sha256);
};

/** The session of a request by post, with parts replaced where `change` says so. */
export const transcriptOf = (
  request: AuthorizationRequest,
  change: Partial<Parameters<typeof openid4vpSessionTranscript>[0]> = {},
): SessionTranscript =>
  openid4vpSessionTranscript(
    {
      clientId: request.client_id,
      nonce: request.nonce,
      responseUri: request.response_uri,
      jwkThumbprint: thumbprintOf(request),
      ...change,
    },
    nodeCrypto.sha256,
  );

/** The session of a request that a page of `origin` handed over. */
export const dcTranscriptOf = (request: { nonce: string } & AnswerKey, origin: string): SessionTranscript =>
  dcApiSessionTranscript({ origin, nonce: request.nonce, jwkThumbprint: thumbprintOf(request) }, nodeCrypto.sha256);

/** A DeviceResponse as text for a request; elements are the student ID's. */
export function presentMdoc(
  held: HeldMdoc,
  sessionTranscript: SessionTranscript,
  change: { elements?: string[]; signWith?: NodeKeyPair; edit?: (bytes: Uint8Array) => Uint8Array } = {},
): string {
  const disclose = (change.elements ?? ['student_number', 'name']).map(
    (name): MdocElementPath => [STUDENT_ID_NAMESPACE, name],
  );
  const issuerSigned = parseIssuerSigned(held.issuerSigned);
  const prepared = prepareDeviceResponse({ issuerSigned, disclose, sessionTranscript });
  const sign = createSigner((change.signWith ?? held.pair).privateKey);
  const bytes = assembleDeviceResponse(prepared, sign(prepared.toBeSigned));
  return Buffer.from(change.edit?.(bytes) ?? bytes).toString('base64url');
}

export async function encrypt(
  request: Pick<AuthorizationRequest, 'client_metadata'>,
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
