import { createPrivateKey, randomBytes } from 'node:crypto';
import {
  decodeBase64urlJson,
  isJsonObject,
  type JsonObject,
  parseStrictJson,
  RESPONSE_ENC_VALUES,
  type ResponseEncryptionJwk,
} from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { compactDecrypt } from 'jose';

/** Why an encrypted answer was refused. */
export type ResponseEncryptionErrorCode =
  | 'jwe-malformed'
  | 'jwe-header-not-allowed'
  | 'jwe-alg-not-offered'
  | 'jwe-enc-not-offered'
  | 'jwe-kid-not-offered'
  | 'jwe-decryption-failed'
  | 'jwe-content-malformed';

/** A refused answer; the code is for the log. */
export class ResponseEncryptionError extends Error {
  constructor(
    readonly code: ResponseEncryptionErrorCode,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

const KID_BYTES = 12;
const HEADER_LIMITS = { maxBytes: 2_048, maxDepth: 4 };
const CONTENT_LIMITS = { maxBytes: 524_288, maxDepth: 16 };
/** Everything else (zip, p2c, crit, jku, …) is refused before any key is touched. */
const HEADER_MEMBERS = ['alg', 'enc', 'kid', 'epk', 'apu', 'apv', 'typ', 'cty'];

/** A new key for one request (HAIP 1.0 §5): the public half as the request shows it, the private half as PKCS #8. */
export function makeResponseKey(): { jwk: ResponseEncryptionJwk; pkcs8: Buffer } {
  const { privateKey, jwk } = generateKeyPair();
  const kid = randomBytes(KID_BYTES).toString('base64url');
  return {
    jwk: { ...jwk, kid, use: 'enc', alg: 'ECDH-ES' },
    pkcs8: privateKey.export({ type: 'pkcs8', format: 'der' }),
  };
}

/** The public half of a kept key. */
export function responseJwkOf(pkcs8: Buffer, kid: string): ResponseEncryptionJwk {
  const { x = '', y = '' } = createPrivateKey({ key: pkcs8, type: 'pkcs8', format: 'der' }).export({ format: 'jwk' });
  return { kty: 'EC', crv: 'P-256', x, y, kid, use: 'enc', alg: 'ECDH-ES' };
}

/**
 * Decrypts an answer (OpenID4VP 1.0 §8.3): compact JWE, ECDH-ES to the one key this request offered, one of the
 * content encryptions it offered. Who sent it is not proved by that.
 *
 * @throws ResponseEncryptionError
 */
export async function decryptResponse(jwe: string, key: { pkcs8: Buffer; kid: string }): Promise<JsonObject> {
  const header = headerOf(jwe);
  if (Object.keys(header).some((name) => !HEADER_MEMBERS.includes(name)))
    throw new ResponseEncryptionError('jwe-header-not-allowed');
  if (header['alg'] !== 'ECDH-ES') throw new ResponseEncryptionError('jwe-alg-not-offered');
  if (!RESPONSE_ENC_VALUES.some((enc) => enc === header['enc']))
    throw new ResponseEncryptionError('jwe-enc-not-offered');
  if (header['kid'] !== key.kid) throw new ResponseEncryptionError('jwe-kid-not-offered');
  const plaintext = await decrypt(jwe, key.pkcs8);
  try {
    const content = parseStrictJson(plaintext, CONTENT_LIMITS);
    if (isJsonObject(content)) return content;
  } catch (cause) {
    throw new ResponseEncryptionError('jwe-content-malformed', { cause });
  }
  throw new ResponseEncryptionError('jwe-content-malformed');
}

function headerOf(jwe: string): JsonObject {
  const parts = jwe.split('.', 6);
  if (parts.length !== 5) throw new ResponseEncryptionError('jwe-malformed');
  try {
    const header = decodeBase64urlJson(parts[0] ?? '', HEADER_LIMITS);
    if (isJsonObject(header)) return header;
  } catch (cause) {
    throw new ResponseEncryptionError('jwe-malformed', { cause });
  }
  throw new ResponseEncryptionError('jwe-malformed');
}

async function decrypt(jwe: string, pkcs8: Buffer): Promise<Uint8Array> {
  try {
    const key = createPrivateKey({ key: pkcs8, type: 'pkcs8', format: 'der' });
    const { plaintext } = await compactDecrypt(jwe, key, {
      keyManagementAlgorithms: ['ECDH-ES'],
      contentEncryptionAlgorithms: [...RESPONSE_ENC_VALUES],
    });
    return plaintext;
  } catch (cause) {
    throw new ResponseEncryptionError('jwe-decryption-failed', { cause });
  }
}
