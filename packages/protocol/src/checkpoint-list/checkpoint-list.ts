import { decodeBase64url, encodeBase64url } from '../base64url/base64url.js';
import type { CryptoPort, Sign } from '../crypto/port.js';
import { DocumentError } from '../errors.js';
import { signJws } from '../jws/create-jws.js';
import { JwsError } from '../jws/errors.js';
import { jwsJsonPayload, parseJws } from '../jws/parse-jws.js';
import { verifyJws } from '../jws/verify-jws.js';
import { x5cChain } from '../jws/x5c.js';
import { checkpointToBeSigned, type PhoneChallenge } from '../nfc/phone-messages.js';
import { dnsNamesOf } from '../x509/certificate-identity.js';
import { X509Error } from '../x509/errors.js';
import { compressPoint } from '../x509/es256.js';
import { verifyCertificateChain } from '../x509/verify-certificate-chain.js';

/** typ of a verifier's signed list of its checkpoints. */
export const checkpointListTyp = 'lanyard-checkpoints+jwt';
/** A thousand checkpoints with a few gates each. */
const maxBytes = 1_048_576;
const maxCheckpoints = 1_000;
const maxKeys = 64;
const aheadSeconds = 60;

/** A checkpoint as phones know it. `keys` are those of its gates, compressed; none where it does not sign. */
export interface ListedCheckpoint {
  /** 8 bytes. */
  readonly number: Uint8Array;
  readonly nameZh: string;
  readonly nameEn: string;
  readonly keys: readonly Uint8Array[];
}

export interface CheckpointList {
  /** Seconds since 1970 UTC. A phone takes no list older than the one it has. */
  readonly issuedAtSeconds: number;
  readonly expiresSeconds: number;
  readonly checkpoints: readonly ListedCheckpoint[];
}

/** A list signed under the certificate with which the verifier asks for presentations: phones trust its roots already. */
export function createCheckpointList(
  list: CheckpointList,
  signer: { readonly leaf: Uint8Array; readonly sign: Sign },
): string {
  const checkpoints = list.checkpoints.map(({ number, nameZh, nameEn, keys }) => ({
    ...{ number: encodeBase64url(number), name_zh: nameZh, name_en: nameEn, keys: keys.map(encodeBase64url) },
  }));
  const leaf = encodeBase64url(signer.leaf).replaceAll('-', '+').replaceAll('_', '/');
  const x5c = [leaf.padEnd(Math.ceil(leaf.length / 4) * 4, '=')];
  const payload = { iat: list.issuedAtSeconds, exp: list.expiresSeconds, checkpoints };
  return signJws({ typ: checkpointListTyp, x5c }, payload, signer.sign);
}

/**
 * Proves that the list is the word of the verifier at `host`, whose certificate chains to `anchors` (the `reader` roots
 * of `GET issuer/v1/anchors`), and that it holds now. Whether an older list is being played back is the caller's to see.
 * @throws DocumentError `malformed`, `too-large`, `wrong-type`, `unknown-signer`, `signature-invalid`, `expired`
 */
export function verifyCheckpointList(
  text: string,
  expected: {
    readonly anchors: readonly Uint8Array[];
    readonly host: string;
    readonly nowSeconds: number;
    readonly crypto: CryptoPort;
  },
): CheckpointList {
  const { crypto, nowSeconds } = expected;
  const payload = provedPayload(text, expected);
  const list = readList(payload);
  if (list.issuedAtSeconds > nowSeconds + aheadSeconds) throw refused('malformed', 'of a time to come');
  if (list.expiresSeconds <= nowSeconds) throw refused('expired', 'exp');
  for (const { keys } of list.checkpoints)
    for (const key of keys)
      if (crypto.importVerifyKey(key) === undefined) throw refused('malformed', 'no key on P-256');
  return list;
}

/** Whether a challenge was signed by a gate of the checkpoint it names; undefined for a checkpoint nobody listed. */
export function findSigningCheckpoint(
  { checkpoints }: CheckpointList,
  hello: Uint8Array,
  challenge: PhoneChallenge,
  crypto: Pick<CryptoPort, 'importVerifyKey' | 'verifyEs256'>,
): ListedCheckpoint | undefined {
  const wanted = encodeBase64url(challenge.checkpointNumber);
  const found = checkpoints.find(({ number }) => encodeBase64url(number) === wanted);
  const { checkpointSignature } = challenge;
  if (found === undefined || checkpointSignature === undefined) return undefined;
  const signed = checkpointToBeSigned(hello, challenge);
  const holds = found.keys.some((bytes) => {
    const key = crypto.importVerifyKey(bytes);
    return key !== undefined && crypto.verifyEs256(key, signed, checkpointSignature);
  });
  return holds ? found : undefined;
}

function provedPayload(
  text: string,
  { anchors, host, nowSeconds, crypto }: Parameters<typeof verifyCheckpointList>[1],
): unknown {
  try {
    const jws = parseJws(text, { maxBytes, maxHeaderBytes: 8_192, maxDepth: 5 });
    const [leaf, ...more] = x5cChain(jws.header['x5c'], (detail) => refused('malformed', detail));
    if (leaf === undefined || more.length > 0) throw refused('unknown-signer', 'x5c holds the leaf alone');
    const certificate = verifyCertificateChain({
      ...{ leaf, chain: [], anchors, atSeconds: nowSeconds, usage: {}, crypto },
    });
    if (!dnsNamesOf(certificate).includes(host)) throw refused('unknown-signer', 'another host');
    const key = crypto.importVerifyKey(compressPoint(certificate.publicPoint));
    if (key === undefined) throw refused('unknown-signer', 'key');
    return jwsJsonPayload(verifyJws(jws, key, { typ: checkpointListTyp, crypto }));
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    if (error instanceof X509Error) throw refused('unknown-signer', error.code);
    if (!(error instanceof JwsError)) throw error;
    if (error.code === 'jws-too-large') throw refused('too-large', error.code);
    if (error.code === 'jws-typ-wrong') throw refused('wrong-type', error.code);
    throw refused(error.code === 'jws-signature-invalid' ? 'signature-invalid' : 'malformed', error.code);
  }
}

function readList(payload: unknown): CheckpointList {
  const { iat, exp, checkpoints } = (payload ?? {}) as Record<string, unknown>;
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) throw refused('malformed', 'times');
  if (!Array.isArray(checkpoints) || checkpoints.length > maxCheckpoints) throw refused('malformed', 'checkpoints');
  return {
    issuedAtSeconds: iat as number,
    expiresSeconds: exp as number,
    checkpoints: checkpoints.map((item: unknown) => {
      const { number, name_zh: nameZh, name_en: nameEn, keys } = (item ?? {}) as Record<string, unknown>;
      if (typeof nameZh !== 'string' || typeof nameEn !== 'string') throw refused('malformed', 'names');
      if (!Array.isArray(keys) || keys.length > maxKeys) throw refused('malformed', 'keys');
      return { number: bytes(number, 8), nameZh, nameEn, keys: keys.map((key: unknown) => bytes(key, 33)) };
    }),
  };
}

function bytes(text: unknown, length: number): Uint8Array {
  try {
    const decoded = typeof text === 'string' ? decodeBase64url(text) : undefined;
    if (decoded?.length === length) return decoded;
  } catch {
    // Told below, as any other text that is no key or number.
  }
  throw refused('malformed', `${length} bytes`);
}

function refused(code: DocumentError['code'], detail: string): DocumentError {
  return new DocumentError('checkpoint-list', code, detail);
}
