import type { JsonObject } from '../base64url/strict-json.js';
import { jwsJsonPayload, type ParsedJws, parseJws } from '../jws/parse-jws.js';
import type { DigestText } from './digest-text.js';
import { type Disclosure, parseDisclosure } from './disclosure.js';
import { SdJwtError } from './errors.js';

/** `maxBytes` is the length of the compact text with everything in it; `maxDepth` counts levels after processing. */
export type SdJwtLimits = {
  readonly maxBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxDisclosures: number;
  readonly maxDepth: number;
};
export const DEFAULT_SD_JWT_LIMITS: SdJwtLimits = {
  maxBytes: 131_072,
  maxHeaderBytes: 16_384,
  maxDisclosures: 256,
  maxDepth: 24,
};

/** An SD-JWT as received: well formed, but NOTHING in it is authenticated. */
export type ParsedSdJwt = {
  readonly jws: ParsedJws;
  readonly payload: JsonObject;
  readonly disclosures: readonly Disclosure[];
  /** Everything up to and including the last `~`: what `sd_hash` covers. */
  readonly presented: string;
  readonly keyBindingJwt: string | undefined;
};

/**
 * Parses the compact form `<JWS>~<disclosure>~…~<optional KB-JWT>` (RFC 9901 §4). Proves form only.
 *
 * @throws SdJwtError `sd-jwt-too-large`, `sd-jwt-malformed`, `too-many-disclosures`, `disclosure-repeated`
 *   (§4: a disclosure is sent at most once) and those of `parseDisclosure`.
 * @throws JwsError for the issuer-signed part.
 */
export function parseSdJwt(
  compact: string,
  digestText: DigestText,
  limits: SdJwtLimits = DEFAULT_SD_JWT_LIMITS,
): ParsedSdJwt {
  if (compact.length > limits.maxBytes) throw new SdJwtError('sd-jwt-too-large', `more than ${limits.maxBytes} bytes`);
  const parts = compact.split('~', limits.maxDisclosures + 3);
  if (parts.length > limits.maxDisclosures + 2) {
    throw new SdJwtError('too-many-disclosures', `more than ${limits.maxDisclosures} disclosures`);
  }
  const first = parts.shift();
  const last = parts.pop();
  if (first === undefined || last === undefined) throw new SdJwtError('sd-jwt-malformed', 'there is no tilde');
  if (parts.includes('')) throw new SdJwtError('sd-jwt-malformed', 'a disclosure is empty');
  if (new Set(parts).size !== parts.length) throw new SdJwtError('disclosure-repeated', 'a disclosure was sent twice');
  const jws = parseJws(first, limits);
  const payload = jwsJsonPayload(jws, limits);
  const disclosures = parts.map((encoded) => parseDisclosure(encoded, digestText, limits));
  const presented = compact.slice(0, compact.length - last.length);
  return { jws, payload, disclosures, presented, keyBindingJwt: last === '' ? undefined : last };
}
