import { isJsonObject, type JsonObject } from '../base64url/strict-json.js';
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
  readonly vp_formats_supported: {
    readonly 'dc+sd-jwt': {
      readonly 'sd-jwt_alg_values': readonly string[];
      readonly 'kb-jwt_alg_values': readonly string[];
    };
  };
  readonly jwks?: { readonly keys: readonly ResponseEncryptionJwk[] };
  readonly encrypted_response_enc_values_supported?: readonly ResponseEncValue[];
};

const MAX_KEYS = 16;
const MAX_NAME_LENGTH = 256;

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
  const format = value['dc+sd-jwt'];
  if (!isJsonObject(format)) throw new AuthorizationRequestError('format-not-supported', 'only dc+sd-jwt');
  const algorithms = (name: string) => {
    const list = format[name];
    // §B.3.4: absent means any.
    if (list === undefined) return ['ES256'];
    if (!isTexts(list)) throw malformed(`${name} is an array of texts`);
    if (!list.includes('ES256')) throw new AuthorizationRequestError('format-not-supported', 'only ES256');
    return list;
  };
  return {
    'dc+sd-jwt': {
      'sd-jwt_alg_values': algorithms('sd-jwt_alg_values'),
      'kb-jwt_alg_values': algorithms('kb-jwt_alg_values'),
    },
  };
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
  return Array.isArray(value) && value.length <= 64 && value.every((one) => typeof one === 'string');
}

function malformed(message: string): AuthorizationRequestError {
  return new AuthorizationRequestError('client-metadata-malformed', message);
}
