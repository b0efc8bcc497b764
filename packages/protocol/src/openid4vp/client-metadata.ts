import { isJsonObject, type JsonObject } from '../base64url/strict-json.js';
import { coseEs256, coseEsp256 } from '../cose/sign1-bytes.js';
import { type CheckedP256Jwk, parseP256Jwk } from '../jws/p256-jwk.js';
import { AuthorizationRequestError } from './errors.js';

/** Content encryption both sides of this project speak; a verifier lists both (HAIP 1.0 §5). */
export const RESPONSE_ENC_VALUES = ['A128GCM', 'A256GCM'] as const;
export type ResponseEncValue = (typeof RESPONSE_ENC_VALUES)[number];

/** A public key for the answer (OpenID4VP 1.0 §8.3): `alg` is always there, the JWE repeats `alg` and `kid`. */
export type ResponseEncryptionJwk = {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly use: 'enc';
  readonly alg: 'ECDH-ES';
};

/** Metadata of a verifier inside its request (OpenID4VP 1.0 §11.1), as far as it is used here. */
export type ClientMetadata = {
  readonly client_name?: string;
  /** One of the two at least. */
  readonly vp_formats_supported: {
    readonly 'dc+sd-jwt'?: {
      readonly 'sd-jwt_alg_values': readonly string[];
      readonly 'kb-jwt_alg_values': readonly string[];
    };
    /** COSE algorithms; ours are {@link MDOC_ALG_VALUES}. */
    readonly mso_mdoc?: {
      readonly issuerauth_alg_values: readonly number[];
      readonly deviceauth_alg_values: readonly number[];
    };
  };
  readonly jwks?: { readonly keys: readonly ResponseEncryptionJwk[] };
  readonly encrypted_response_enc_values_supported?: readonly ResponseEncValue[];
};

/** ES256, and its fully specified name ESP256 (RFC 9864): what a verifier of ours lists for both signatures. */
export const MDOC_ALG_VALUES: readonly number[] = [coseEs256, coseEsp256];

const MAX_KEYS = 16;
const MAX_NAME_LENGTH = 256;
const MAX_ALGORITHMS = 64;

/**
 * Parses `client_metadata`. Keys and algorithms nobody here speaks are left out, others' are kept in their order; with
 * an encrypted response at least one key has to remain.
 *
 * @throws AuthorizationRequestError `client-metadata-malformed`, `format-not-supported`, `encryption-key-missing`,
 *   `encryption-not-supported`.
 */
export function parseClientMetadata(value: unknown, encrypted: boolean): ClientMetadata {
  if (!isJsonObject(value)) throw malformed('client_metadata is an object');
  const { client_name: name, vp_formats_supported: formats } = value;
  if (name !== undefined && (typeof name !== 'string' || name.length > MAX_NAME_LENGTH))
    throw malformed('client_name is a text');
  return {
    ...(name === undefined ? {} : { client_name: name }),
    vp_formats_supported: parseFormats(formats),
    ...(encrypted ? parseEncryption(value) : {}),
  };
}

function parseFormats(value: unknown): ClientMetadata['vp_formats_supported'] {
  if (!isJsonObject(value)) throw malformed('vp_formats_supported is an object');
  const { 'dc+sd-jwt': sdJwt, mso_mdoc: mdoc } = value;
  if (!isJsonObject(sdJwt) && !isJsonObject(mdoc))
    throw new AuthorizationRequestError('format-not-supported', 'only dc+sd-jwt and mso_mdoc');
  return {
    ...(isJsonObject(sdJwt)
      ? {
          'dc+sd-jwt': {
            'sd-jwt_alg_values': algorithmsOf(sdJwt, 'sd-jwt_alg_values', ['ES256'], isText),
            'kb-jwt_alg_values': algorithmsOf(sdJwt, 'kb-jwt_alg_values', ['ES256'], isText),
          },
        }
      : {}),
    ...(isJsonObject(mdoc)
      ? {
          mso_mdoc: {
            issuerauth_alg_values: algorithmsOf(mdoc, 'issuerauth_alg_values', MDOC_ALG_VALUES, isInteger),
            deviceauth_alg_values: algorithmsOf(mdoc, 'deviceauth_alg_values', MDOC_ALG_VALUES, isInteger),
          },
        }
      : {}),
  };
}

/** The algorithms a verifier lists, one of ours among them; absent means any (§B.2.2, §B.3.4). */
function algorithmsOf<T extends string | number>(
  format: JsonObject,
  name: string,
  ours: readonly T[],
  isAlgorithm: (value: unknown) => value is T,
): readonly T[] {
  const list = format[name];
  if (list === undefined) return ours;
  if (!Array.isArray(list) || list.length > MAX_ALGORITHMS || !list.every(isAlgorithm))
    throw malformed(`${name} is an array of algorithms`);
  if (!ours.some((one) => list.includes(one)))
    throw new AuthorizationRequestError('format-not-supported', 'only ES256');
  return list;
}

function parseEncryption(value: JsonObject): Pick<ClientMetadata, 'jwks' | 'encrypted_response_enc_values_supported'> {
  const { jwks, encrypted_response_enc_values_supported: listed } = value;
  const keys = isJsonObject(jwks) ? jwks.keys : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS)
    throw new AuthorizationRequestError('encryption-key-missing', 'jwks has keys');
  const usable = keys.flatMap(usableKey);
  if (usable.length === 0) throw new AuthorizationRequestError('encryption-key-missing', 'no key for ECDH-ES on P-256');
  // §5.1: A128GCM where the verifier says nothing.
  const offered = listed === undefined ? ['A128GCM'] : listed;
  if (!isTexts(offered)) throw malformed('encrypted_response_enc_values_supported is an array of texts');
  const known = RESPONSE_ENC_VALUES.filter((enc) => offered.includes(enc));
  if (known.length === 0) throw new AuthorizationRequestError('encryption-not-supported', 'no enc we speak');
  return { jwks: { keys: usable }, encrypted_response_enc_values_supported: known };
}

/** §8.3: a key has `alg`; one without it, or for something else, is no key for the answer. */
function usableKey(value: unknown): ResponseEncryptionJwk[] {
  if (!isJsonObject(value)) return [];
  const { alg, use, kid, kty, crv, x, y } = value;
  if (alg !== 'ECDH-ES' || (use !== undefined && use !== 'enc') || typeof kid !== 'string' || kid === '') return [];
  if (Object.hasOwn(value, 'd')) throw malformed('a key for the answer has a private part');
  let point: CheckedP256Jwk;
  try {
    point = parseP256Jwk({ kty, crv, x, y });
  } catch {
    return [];
  }
  return [{ kty: point.kty, crv: point.crv, x: point.x, y: point.y, kid, use: 'enc', alg }];
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_ALGORITHMS && value.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function malformed(message: string): AuthorizationRequestError {
  return new AuthorizationRequestError('client-metadata-malformed', message);
}
