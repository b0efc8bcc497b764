import { JwsError, jwsJsonPayload, parseJws, type VerifyKey, verifyJws } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { Caller } from '../http/caller.js';
import { Refusal } from '../http/refusal.js';
import type { Clock } from '../time/clock.js';

export const CALLER_TOKEN_TYPE = 'lanyard-caller+jwt';
export const CALLER_TOKEN_MAX_SECONDS = 60;
const CLOCK_SKEW_SECONDS = 5;
const MAX_TOKEN_BYTES = 2048;

export interface KnownCaller {
  kind: 'service' | 'agent';
  key: VerifyKey;
}
export type FindCallerKey = (id: string) => Promise<KnownCaller | undefined> | KnownCaller | undefined;
export type CallerTokenVerifier = (token: string) => Promise<Exclude<Caller, { kind: 'open' }>>;

/**
 * Verifies a caller's JWT: ES256, iss = sub = caller, aud = this service, at most 60 s, jti once. The memory of used
 * jti lives in this process, so tokens made before it started are refused: callers sign a new one for each call.
 */
export function createCallerTokenVerifier(options: {
  audience: string;
  findCallerKey: FindCallerKey;
  clock: Clock;
}): CallerTokenVerifier {
  const startedSeconds = options.clock.nowSeconds();
  const used = createUsedIds();
  return async (token) => {
    const claims = readClaims(token);
    const known = await options.findCallerKey(claims.iss);
    if (known === undefined) throw new Refusal('caller-unknown');
    try {
      verifyJws(claims.jws, known.key, { typ: CALLER_TOKEN_TYPE, crypto: nodeCrypto });
    } catch (cause) {
      throw new Refusal('caller-token-invalid', { cause });
    }
    const now = options.clock.nowSeconds();
    const fault = findFault(claims, options.audience, now, startedSeconds);
    if (fault !== undefined) throw new Refusal('caller-token-invalid', { detail: fault });
    if (!used.add(`${claims.iss} ${claims.jti}`, claims.exp + CLOCK_SKEW_SECONDS, now))
      throw new Refusal('caller-token-replayed');
    return known.kind === 'agent'
      ? { kind: 'agent', id: claims.iss }
      : { kind: 'service', id: claims.iss, actor: undefined };
  };
}

interface CallerClaims {
  jws: ReturnType<typeof parseJws>;
  iss: string;
  sub: string;
  aud: string;
  jti: string;
  iat: number;
  exp: number;
}

function readClaims(token: string): CallerClaims {
  try {
    const jws = parseJws(token, { maxBytes: MAX_TOKEN_BYTES, maxHeaderBytes: 512, maxDepth: 3 });
    const { iss, sub, aud, jti, iat, exp } = jwsJsonPayload(jws);
    if (typeof iss !== 'string' || typeof sub !== 'string' || typeof aud !== 'string' || typeof jti !== 'string')
      throw new Refusal('caller-token-invalid');
    if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp) || jti.length < 16 || jti.length > 64)
      throw new Refusal('caller-token-invalid');
    return { jws, iss, sub, aud, jti, iat: iat as number, exp: exp as number };
  } catch (cause) {
    if (cause instanceof JwsError) throw new Refusal('caller-token-invalid', { cause });
    throw cause;
  }
}

function findFault(claims: CallerClaims, audience: string, now: number, startedSeconds: number): string | undefined {
  if (claims.sub !== claims.iss) return 'iss and sub differ';
  if (claims.aud !== audience) return 'aud is not this service';
  if (claims.exp - claims.iat > CALLER_TOKEN_MAX_SECONDS) return 'the token lives too long';
  if (claims.exp < now - CLOCK_SKEW_SECONDS) return 'the token has expired';
  if (claims.iat > now + CLOCK_SKEW_SECONDS) return 'the token is from the future';
  if (claims.iat < startedSeconds - CLOCK_SKEW_SECONDS) return 'the token is older than this process';
  return undefined;
}

/** Remembers identifiers until they have expired; swept every 30 s. */
function createUsedIds() {
  const until = new Map<string, number>();
  let sweepAtSeconds = 0;
  return {
    add(id: string, untilSeconds: number, nowSeconds: number): boolean {
      if (nowSeconds >= sweepAtSeconds) {
        for (const [key, end] of until) if (end < nowSeconds) until.delete(key);
        sweepAtSeconds = nowSeconds + 30;
      }
      if (until.has(id)) return false;
      until.set(id, untilSeconds);
      return true;
    },
  };
}
