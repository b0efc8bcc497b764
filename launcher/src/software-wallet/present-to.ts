import { randomBytes } from 'node:crypto';
import {
  AuthorizationRequestError,
  assignCopies,
  type Candidate,
  CLIENT_ID_PREFIXES,
  createAuthorizationResponse,
  createPresentation,
  decodeBase64url,
  type EncryptionKey,
  type HeldMdoc,
  type HeldSdJwt,
  MDOC_ALG_VALUES,
  parseAuthorizationRequestLink,
  parseSdJwt,
  RESPONSE_ENC_VALUES,
  RESPONSE_MODES,
  redirectOf,
  selectCredentials,
  TRANSACTION_TYPES,
  unusedCopies,
  type VerifiedRequest,
  verifyAuthorizationRequest,
} from '@lanyard/protocol';
import { createMdocPresentation, parseIssuerSigned } from '@lanyard/protocol/mdoc';
import { createSigner, type NodeKeyPair, nodeCrypto, nodeDigestText } from '@lanyard/protocol/node-crypto';
import { certificateHasClientId, verifyCertificateChainAsync, verifyEs256With } from '@lanyard/protocol/x509';
import { CompactEncrypt, importJWK } from 'jose';
import { WalletRefusal } from './wallet-refusal.js';

interface Copy {
  key: NodeKeyPair;
  credential: string;
  usedAtMs?: number;
}

/**
 * The holder's half of OpenID4VP 1.0 with the checks of the real wallet, without its question. Answers where the
 * browser would go on; undefined where the verifier names nothing.
 * @throws WalletRefusal, and the typed refusals of the protocol
 */
export async function presentTo(
  link: string,
  wallet: { copies: Copy[]; mdocs?: Copy[]; issuer: string; nowSeconds: number },
): Promise<string | undefined> {
  const request = await openRequest(link, wallet);
  const held = [...wallet.copies.map(holdSdJwt), ...(wallet.mdocs ?? []).map(holdMdoc)];
  const fresh = unusedCopies(held, wallet.nowSeconds);
  const selection = selectCredentials(request.query, fresh);
  if (!selection.answerable) throw new WalletRefusal(0, fresh.length === 0 ? 'no-copies' : 'no-match');
  const chosen = assignCopies(selection.credentials);
  if (chosen === undefined) throw new WalletRefusal(0, 'no-copies');
  const vpToken = new Map<string, string[]>();
  for (const { queryId, candidate } of chosen) {
    const { copy } = candidate.held;
    // Before anything waits: two answers at once never take one copy.
    copy.usedAtMs = wallet.nowSeconds * 1000;
    vpToken.set(queryId, [await presentationOf(request, queryId, candidate, wallet.nowSeconds)]);
  }
  const fields = await createAuthorizationResponse(request, vpToken, encrypt);
  return redirectOf(await readJson(await post(request.responseUri, fields)));
}

type Held = { copy: Copy; expiresAtSeconds: number; usedAtMs?: number } & (HeldSdJwt | HeldMdoc);
const used = ({ usedAtMs }: Copy) => (usedAtMs === undefined ? {} : { usedAtMs });

function holdSdJwt(copy: Copy): Held {
  const sdJwt = parseSdJwt(copy.credential, nodeDigestText);
  return { copy, sdJwt, expiresAtSeconds: Number(sdJwt.payload['exp']), ...used(copy) };
}

function holdMdoc(copy: Copy): Held {
  const mdoc = parseIssuerSigned(decodeBase64url(copy.credential));
  return { copy, mdoc, expiresAtSeconds: mdoc.mso.validity.validUntilSeconds, ...used(copy) };
}

async function presentationOf(
  request: VerifiedRequest,
  queryId: string,
  candidate: Candidate<Held>,
  nowSeconds: number,
): Promise<string> {
  const { held } = candidate;
  const signNow = createSigner(held.copy.key.privateKey);
  const sign = async (data: Uint8Array) => signNow(data);
  if ('mdoc' in held && 'disclose' in candidate)
    return createMdocPresentation(request, { held, disclose: candidate.disclose }, { sign, sha256: nodeCrypto.sha256 });
  if (!('presentation' in candidate)) throw new TypeError('a candidate is of the format of what is held');
  const { presentation } = candidate;
  return createPresentation(request, { presentation, queryId }, { sign, digestText: nodeDigestText, nowSeconds });
}

const post = (address: string, fields: Readonly<Record<string, string>>) =>
  fetch(address, { method: 'POST', body: new URLSearchParams(fields), redirect: 'error' });

/** What a verifier has to know before it signs (OpenID4VP 1.0 §5.10, §10.1). */
const WALLET_METADATA = {
  vp_formats_supported: {
    'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] },
    mso_mdoc: { issuerauth_alg_values: MDOC_ALG_VALUES, deviceauth_alg_values: MDOC_ALG_VALUES },
  },
  client_id_prefixes_supported: CLIENT_ID_PREFIXES,
  request_object_signing_alg_values_supported: ['ES256'],
  response_types_supported: ['vp_token'],
  response_modes_supported: RESPONSE_MODES,
  authorization_encryption_alg_values_supported: ['ECDH-ES'],
  authorization_encryption_enc_values_supported: RESPONSE_ENC_VALUES,
};

async function openRequest(link: string, wallet: { issuer: string; nowSeconds: number }): Promise<VerifiedRequest> {
  const { clientId, requestUri, requestUriMethod } = parseAuthorizationRequestLink(link);
  const walletNonce = requestUriMethod === 'post' ? randomBytes(16).toString('base64url') : undefined;
  const fetched =
    walletNonce === undefined
      ? await fetch(requestUri, { redirect: 'error' })
      : await post(requestUri, { wallet_metadata: JSON.stringify(WALLET_METADATA), wallet_nonce: walletNonce });
  if (!fetched.ok) await readJson(fetched);
  const anchors = await readJson<{ reader: string[] }>(await fetch(`${wallet.issuer}/v1/anchors`));
  const jwt = await fetched.text();
  const opened = verifyAuthorizationRequest({
    jwt,
    clientId,
    requestUri,
    anchors: anchors.reader.map((der) => Buffer.from(der, 'base64')),
    atSeconds: wallet.nowSeconds,
    sha256: nodeCrypto.sha256,
    verifyEs256: verifyEs256With(nodeCrypto),
    certificates: { verifyCertificateChainAsync, certificateHasClientId },
    // Whoever calls this agrees at once, to the text as well.
    transactionTypes: TRANSACTION_TYPES,
    ...(walletNonce === undefined ? {} : { walletNonce }),
  });
  return opened.catch(async (error: unknown) => {
    if (error instanceof AuthorizationRequestError && error.answer !== undefined)
      await post(error.answer.responseUri, error.answer.fields);
    throw error;
  });
}

async function encrypt(plaintext: string, { jwk, enc }: EncryptionKey): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(plaintext))
    .setProtectedHeader({ alg: jwk.alg, enc, kid: jwk.kid })
    .encrypt(await importJWK({ ...jwk }, jwk.alg));
}

async function readJson<T>(answer: Response): Promise<T> {
  const body: unknown = await answer.json().catch(() => ({}));
  if (answer.ok) return body as T;
  const { error, code } = body as { error?: string; code?: string };
  throw new WalletRefusal(answer.status, code ?? error ?? 'unknown');
}
