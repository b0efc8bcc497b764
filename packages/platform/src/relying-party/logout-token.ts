import {
  isJsonObject,
  JwkError,
  JwsError,
  jwsJsonPayload,
  type ParsedJws,
  parseJws,
  parseP256Jwk,
  type VerifyKey,
  verifyJws,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { CLOCK_TOLERANCE_SECONDS } from './idp-connection.js';

/** What a verified logout token ends: one session, or all sessions of a subject. */
export interface LogoutOrder {
  sid: string | undefined;
  subject: string | undefined;
  jti: string;
  /** When the token cannot come again (seconds). */
  untilSeconds: number;
}

export type LogoutFault =
  | 'malformed'
  | 'key-unknown'
  | 'signature-invalid'
  | 'iss-wrong'
  | 'aud-wrong'
  | 'time-wrong'
  | 'events-missing'
  | 'nonce-present'
  | 'names-nobody'
  | 'jti-missing'
  | 'replayed';

/** A refused logout token; the code is for the log. */
export class LogoutTokenError extends Error {
  override readonly name = 'LogoutTokenError';
  constructor(
    readonly code: LogoutFault,
    options?: { cause?: unknown },
  ) {
    super(code, options);
  }
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const LIMITS = { maxBytes: 8_192, maxHeaderBytes: 1_024, maxDepth: 6 };

/**
 * Verifies a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6): ES256 under a key of the identity layer, iss,
 * aud, iat and exp within 30 s, the event, no nonce, a sid or a sub. That its `jti` is new is for the caller.
 * `findKey` answers keys of the identity layer by kid, and by nothing else in the header.
 *
 * @throws LogoutTokenError
 */
export async function verifyLogoutToken(
  token: string,
  context: {
    findKey: (kid: string) => Promise<VerifyKey | undefined>;
    issuer: string;
    clientId: string;
    nowSeconds: number;
  },
): Promise<LogoutOrder> {
  const { parsed, claims } = parse(token);
  const kid = parsed.header['kid'];
  const key = typeof kid === 'string' ? await context.findKey(kid) : undefined;
  if (key === undefined) throw new LogoutTokenError('key-unknown');
  try {
    // RFC 8725 §3.11: an ID token of the same key is no logout token.
    verifyJws(parsed, key, { typ: 'logout+jwt', crypto: nodeCrypto });
  } catch (cause) {
    throw new LogoutTokenError('signature-invalid', { cause });
  }
  const { iss, aud, iat, exp, jti, sid, sub, events } = claims;
  if (iss !== context.issuer) throw new LogoutTokenError('iss-wrong');
  if (!(Array.isArray(aud) ? aud : [aud]).includes(context.clientId)) throw new LogoutTokenError('aud-wrong');
  if (!isTimely(iat, exp, context.nowSeconds)) throw new LogoutTokenError('time-wrong');
  if (!isJsonObject(events) || !isJsonObject(events[EVENT])) throw new LogoutTokenError('events-missing');
  if ('nonce' in claims) throw new LogoutTokenError('nonce-present');
  if (typeof jti !== 'string' || jti === '' || jti.length > 255) throw new LogoutTokenError('jti-missing');
  const order = { sid: textOf(sid), subject: textOf(sub) };
  if (order.sid === undefined && order.subject === undefined) throw new LogoutTokenError('names-nobody');
  return { ...order, jti, untilSeconds: (iat as number) + 2 * CLOCK_TOLERANCE_SECONDS };
}

function parse(token: string): { parsed: ParsedJws; claims: ReturnType<typeof jwsJsonPayload> } {
  try {
    const parsed = parseJws(token, LIMITS);
    return { parsed, claims: jwsJsonPayload(parsed, LIMITS) };
  } catch (cause) {
    if (cause instanceof JwsError) throw new LogoutTokenError('malformed', { cause });
    throw cause;
  }
}

function isTimely(iat: unknown, exp: unknown, nowSeconds: number): boolean {
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return false;
  return Math.abs(nowSeconds - (iat as number)) <= CLOCK_TOLERANCE_SECONDS && (exp as number) > nowSeconds;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 255 ? value : undefined;

/** ES256 keys of a JWK set by kid; keys of other kinds are left out. */
export function readKeySet(body: unknown): ReadonlyMap<string, VerifyKey> {
  const keys = new Map<string, VerifyKey>();
  if (!isJsonObject(body) || !Array.isArray(body['keys'])) return keys;
  for (const jwk of body['keys'].slice(0, 20)) {
    try {
      const checked = parseP256Jwk(jwk);
      const key = nodeCrypto.importVerifyKey(checked.compressed);
      if (checked.kid !== undefined && key !== undefined) keys.set(checked.kid, key);
    } catch (error) {
      if (!(error instanceof JwkError)) throw error;
    }
  }
  return keys;
}
