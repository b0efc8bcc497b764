import { jwsJsonPayload, p256JwkThumbprint, parseJws, parseP256Jwk, verifyJws } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';

const WINDOW_SECONDS = 60;

export interface DpopProof {
  thumbprint: string;
  jti: string;
}

/** A DPoP proof that does not hold; `detail` names the failed check for the log. */
export class DpopError extends Error {}

/**
 * Verifies a DPoP proof (RFC 9449 §4.3): typ, key in the header, signature, htm, htu, age, and `ath` where an access
 * token is shown. Whether the jti is new is the caller's question.
 * @throws DpopError
 */
export function verifyDpopProof(
  proof: string,
  expected: { method: string; url: string; nowSeconds: number; accessToken?: string },
): DpopProof {
  try {
    const jws = parseJws(proof, { maxBytes: 4096, maxHeaderBytes: 1024, maxDepth: 4 });
    const jwk = parseP256Jwk(jws.header.jwk);
    const key = nodeCrypto.importVerifyKey(jwk.compressed);
    if (key === undefined) throw new DpopError('key');
    verifyJws(jws, key, { typ: 'dpop+jwt', crypto: nodeCrypto });
    const { htm, htu, iat, jti, ath } = jwsJsonPayload(jws);
    if (htm !== expected.method) throw new DpopError('htm');
    if (typeof htu !== 'string' || normaliseUrl(htu) !== normaliseUrl(expected.url)) throw new DpopError('htu');
    if (typeof iat !== 'number' || Math.abs(expected.nowSeconds - iat) > WINDOW_SECONDS) throw new DpopError('iat');
    if (typeof jti !== 'string' || jti.length < 8 || jti.length > 128) throw new DpopError('jti');
    if (expected.accessToken !== undefined) {
      const digest = Buffer.from(nodeCrypto.sha256(Buffer.from(expected.accessToken, 'ascii'))).toString('base64url');
      if (ath !== digest) throw new DpopError('ath');
    }
    return { thumbprint: p256JwkThumbprint(jwk, nodeCrypto.sha256), jti };
  } catch (cause) {
    if (cause instanceof DpopError) throw cause;
    throw new DpopError(cause instanceof Error ? cause.message : 'malformed', { cause });
  }
}

/** Without query and fragment (RFC 9449 §4.3, 9). */
function normaliseUrl(text: string): string {
  const url = new URL(text);
  return `${url.origin}${url.pathname}`;
}
