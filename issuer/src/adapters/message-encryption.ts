import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import type { Clock, SealedStore } from '@lanyard/platform';
import { decodeBase64urlJson, isJsonObject, type JsonObject, parseP256Jwk, publicJwkMembers } from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';

/** What both sides of an encrypted message may use (OpenID4VCI 1.0 §10, HAIP 1.0 §5). */
export const MESSAGE_ENCRYPTION = { alg: 'ECDH-ES', enc: ['A128GCM', 'A256GCM'], zip: ['DEF'] } as const;

/** A message that cannot be read, or parameters for an answer that cannot be used; the message is for the log. */
export class MessageEncryptionError extends Error {}

/** How the wallet wants its answer; made only from what it sent, by {@link readResponseEncryption}. */
export interface ResponseEncryption {
  readonly jwk: { kty: 'EC'; crv: 'P-256'; x: string; y: string };
  readonly kid: string | undefined;
  readonly enc: string;
  readonly zip: 'DEF' | undefined;
}

interface KeptKey {
  kid: string;
  /** Base64 of PKCS #8. */
  pkcs8: string;
  fromMs: number;
}

const FILE = 'message-encryption-keys.json';
const YEAR_MS = 365 * 86_400_000;
/** Wallets may hold metadata that names the former key. */
const OVERLAP_MS = 30 * 86_400_000;
const MAX_INFLATED_BYTES = 128 * 1024;
const HEADER_LIMITS = { maxBytes: 2_048, maxDepth: 4 };
/** Everything else (p2c, crit, jku, …) is refused before any key is touched. */
const HEADER_MEMBERS = ['alg', 'enc', 'kid', 'epk', 'apu', 'apv', 'typ', 'cty', 'zip'];

/** Keys that wallets encrypt requests to: one at a time, a new one each year, sealed like every private key. */
export function openMessageEncryption(store: SealedStore, clock: Clock) {
  const read = (): KeptKey[] => {
    const stored = store.read(FILE);
    return stored === undefined ? [] : (JSON.parse(stored.toString('utf8')) as { keys: KeptKey[] }).keys;
  };
  let keys = read();
  const maintain = () => {
    const now = clock.nowMs();
    const newest = keys.at(-1);
    if (newest !== undefined && newest.fromMs + YEAR_MS > now) return;
    const kept = keys.filter((key) => key.fromMs + YEAR_MS + OVERLAP_MS > now);
    keys = [...kept, makeKey(now)];
    store.write(FILE, Buffer.from(JSON.stringify({ keys })));
  };
  maintain();
  return {
    maintain,
    /** The key to be advertised, as `jwks` member of `credential_request_encryption`. */
    publicJwk() {
      const key = keys.at(-1);
      if (key === undefined) throw new TypeError('no key for messages');
      const { x = '', y = '' } = createPublicKey(privateKeyOf(key)).export({ format: 'jwk' });
      return { kty: 'EC', crv: 'P-256', x, y, kid: key.kid, use: 'enc', alg: MESSAGE_ENCRYPTION.alg };
    },
    /** Plaintext of a request to one of our keys. @throws MessageEncryptionError */
    async decrypt(jwe: string): Promise<Uint8Array> {
      const header = headerOf(jwe);
      const now = clock.nowMs();
      const key = keys.find((one) => one.kid === header['kid'] && one.fromMs + YEAR_MS + OVERLAP_MS > now);
      if (key === undefined) throw new MessageEncryptionError('kid');
      try {
        const { plaintext } = await compactDecrypt(jwe, privateKeyOf(key), {
          keyManagementAlgorithms: [MESSAGE_ENCRYPTION.alg],
          contentEncryptionAlgorithms: [...MESSAGE_ENCRYPTION.enc],
          maxDecompressedLength: MAX_INFLATED_BYTES,
        });
        return plaintext;
      } catch (cause) {
        throw new MessageEncryptionError('decryption', { cause });
      }
    },
  };
}
export type MessageEncryption = ReturnType<typeof openMessageEncryption>;

/**
 * Checks `credential_response_encryption` (§8.2): one public P-256 key with `alg` ECDH-ES, `enc` and `zip` as offered.
 * @throws MessageEncryptionError
 */
export function readResponseEncryption(value: unknown): ResponseEncryption {
  if (!isJsonObject(value)) throw new MessageEncryptionError('not an object');
  const { jwk, enc, zip } = value;
  if (!isJsonObject(jwk) || jwk.alg !== MESSAGE_ENCRYPTION.alg) throw new MessageEncryptionError('jwk alg');
  if (jwk.use !== undefined && jwk.use !== 'enc') throw new MessageEncryptionError('jwk use');
  if (typeof enc !== 'string' || !MESSAGE_ENCRYPTION.enc.some((one) => one === enc))
    throw new MessageEncryptionError('enc');
  if (zip !== undefined && zip !== 'DEF') throw new MessageEncryptionError('zip');
  const { alg: _alg, use: _use, key_ops: _operations, ...members } = jwk;
  try {
    const checked = parseP256Jwk(members);
    return { jwk: publicJwkMembers(checked), kid: checked.kid, enc, zip };
  } catch (cause) {
    throw new MessageEncryptionError('jwk', { cause });
  }
}

/** An answer as compact JWE; header `kid` as the key has it. */
export function encryptMessage(message: object, to: ResponseEncryption): Promise<string> {
  const header = {
    alg: MESSAGE_ENCRYPTION.alg,
    enc: to.enc,
    ...(to.kid === undefined ? {} : { kid: to.kid }),
    ...(to.zip === undefined ? {} : { zip: to.zip }),
  };
  const key = createPublicKey({ key: to.jwk, format: 'jwk' });
  return new CompactEncrypt(Buffer.from(JSON.stringify(message))).setProtectedHeader(header).encrypt(key);
}

function makeKey(nowMs: number): KeptKey {
  const { privateKey } = generateKeyPair();
  return {
    kid: randomBytes(12).toString('base64url'),
    pkcs8: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    fromMs: nowMs,
  };
}

const privateKeyOf = (key: KeptKey) =>
  createPrivateKey({ key: Buffer.from(key.pkcs8, 'base64'), type: 'pkcs8', format: 'der' });

function headerOf(jwe: string): JsonObject {
  const parts = jwe.split('.', 6);
  let header: unknown;
  try {
    header = parts.length === 5 ? decodeBase64urlJson(parts[0] ?? '', HEADER_LIMITS) : undefined;
  } catch (cause) {
    throw new MessageEncryptionError('header', { cause });
  }
  if (!isJsonObject(header) || Object.keys(header).some((name) => !HEADER_MEMBERS.includes(name)))
    throw new MessageEncryptionError('header');
  return header;
}
