import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../http/caller.js';
import { Refusal } from '../http/refusal.js';
import type { CallerTokenVerifier } from './verify-caller-token.js';

/** Where a header is looked up: a Koa context, or a plain request behind the same function. Absent is ''. */
export interface HeaderSource {
  get(name: string): string;
}
export type BearerAuthentication = (headers: HeaderSource) => Promise<Caller> | Caller;

/** SHA-256 of the operator token as hex; undefined where this installation has none at the moment. */
export type FindOperatorTokenDigest = () => string | undefined;

const OPEN: Caller = { kind: 'open' };

/** Reads the bearer of a call: the operator token, or a caller token of a service or agent; none is an open caller. */
export function createBearerAuthentication(options: {
  findOperatorTokenDigest: FindOperatorTokenDigest;
  verifyCallerToken: CallerTokenVerifier;
}): BearerAuthentication {
  return (context) => {
    const header = context.get('Authorization');
    if (header === '') return OPEN;
    const bearer = /^Bearer ([\w.~+/-]{16,4096}=*)$/.exec(header)?.[1];
    // Another scheme (DPoP) belongs to the route's own authentication.
    if (bearer === undefined) return OPEN;
    if (bearer.includes('.')) return withActor(options.verifyCallerToken(bearer), context);
    if (isOperator(bearer, options.findOperatorTokenDigest())) return { kind: 'operator', id: 'operator' };
    throw new Refusal('not-authenticated');
  };
}

function isOperator(token: string, digest: string | undefined): boolean {
  if (digest === undefined) return false;
  return timingSafeEqual(createHash('sha256').update(token).digest(), Buffer.from(digest, 'hex'));
}

/** The console acts for a signed-in person and says for whom: the audit needs the person's role, not only the console. */
async function withActor(verified: ReturnType<CallerTokenVerifier>, context: HeaderSource): Promise<Caller> {
  const caller = await verified;
  if (caller.kind !== 'service') return caller;
  const actor = context.get('Lanyard-Actor');
  return /^[a-z][A-Za-z0-9:_-]{1,63}$/.test(actor) ? { ...caller, actor } : caller;
}
