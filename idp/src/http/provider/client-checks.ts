import type { Clock, ServiceMiddleware } from '@lanyard/platform';
import type { Context, Next } from 'koa';

/** How far a proof's clock may be off, in seconds. */
const WINDOW_SECONDS = 30;

/**
 * What the provider judges more kindly than we do, checked before it sees the request: a DPoP proof counts for 30 s
 * around its time (RFC 9449 §11.1; the provider takes five minutes), and an empty secret is a failed authentication of
 * a client, not a malformed request (RFC 6749 §5.2).
 */
export function clientChecks(clock: Clock): ServiceMiddleware {
  return async (context: Context, next: Next) => {
    const proof = context.get('DPoP');
    if (proof !== '' && !isFresh(proof, clock.nowSeconds())) {
      const atResource = context.path === '/me';
      context.status = atResource ? 401 : 400;
      if (atResource) context.set('WWW-Authenticate', 'DPoP error="invalid_dpop_proof", algs="ES256 Ed25519 EdDSA"');
      context.body = {
        error: 'invalid_dpop_proof',
        error_description: 'DPoP proof is stale, from the future, or unreadable',
      };
      return;
    }
    if (context.method === 'POST' && hasEmptySecret(context.get('Authorization'))) {
      context.status = 401;
      context.set('WWW-Authenticate', 'Basic realm="client"');
      context.body = { error: 'invalid_client', error_description: 'client authentication failed' };
      return;
    }
    await next();
  };
}

function isFresh(proof: string, nowSeconds: number): boolean {
  try {
    const payload: unknown = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const iat = (payload as { iat?: unknown } | null)?.iat;
    return typeof iat === 'number' && Math.abs(nowSeconds - iat) <= WINDOW_SECONDS;
  } catch {
    return false;
  }
}

function hasEmptySecret(authorization: string): boolean {
  if (!/^basic /i.test(authorization)) return false;
  const decoded = Buffer.from(authorization.slice(6), 'base64').toString('utf8');
  return decoded.indexOf(':') < 0 || decoded.endsWith(':');
}
