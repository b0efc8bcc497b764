import { encodeBase64url } from '../base64url/base64url.js';
import type { Sign } from '../crypto/port.js';
import { assembleJws, type PreparedJws, prepareJws } from '../jws/create-jws.js';
import type { StatusBits } from './status-bits.js';

export const STATUS_LIST_TYP = 'statuslist+jwt';

/** Times are Unix seconds, `ttlSeconds` is how long a copy may be kept (Token Status List §5.1). */
export type StatusListToken = {
  readonly uri: string;
  readonly bits: StatusBits;
  /** Packed entries, see `setStatus`. */
  readonly bytes: Uint8Array;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds?: number;
  readonly ttlSeconds?: number;
  readonly aggregationUri?: string;
  readonly signer: { readonly kid?: string; readonly x5c?: readonly string[] };
  /** DEFLATE in the ZLIB format (RFC 1950), best compression. */
  readonly compress: (bytes: Uint8Array) => Uint8Array;
};

/** Builds a Status List Token up to its signature. */
export function prepareStatusListToken(token: StatusListToken): PreparedJws {
  const { kid, x5c } = token.signer;
  const { expiresAtSeconds: exp, ttlSeconds: ttl, aggregationUri } = token;
  return prepareJws(
    { typ: STATUS_LIST_TYP, ...(kid === undefined ? {} : { kid }), ...(x5c === undefined ? {} : { x5c }) },
    {
      sub: token.uri,
      iat: token.issuedAtSeconds,
      ...(exp === undefined ? {} : { exp }),
      ...(ttl === undefined ? {} : { ttl }),
      status_list: {
        bits: token.bits,
        lst: encodeBase64url(token.compress(token.bytes)),
        ...(aggregationUri === undefined ? {} : { aggregation_uri: aggregationUri }),
      },
    },
  );
}

/** Creates a Status List Token (JWT) at once. */
export function createStatusListToken(token: StatusListToken, sign: Sign): string {
  const prepared = prepareStatusListToken(token);
  return assembleJws(prepared, sign(prepared.signingInput));
}
