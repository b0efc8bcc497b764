import type { PendingAuthorization } from '../storage/kept.js';

export type AuthorizationProblemCode =
  | 'authorization-unknown'
  | 'authorization-malformed'
  | 'authorization-state-wrong'
  | 'authorization-issuer-wrong'
  | 'authorization-late'
  | 'authorization-declined'
  | 'authorization-refused';

/** An answer of an authorization server that leads to no card; `detail` is its error code, for the small print. */
export class AuthorizationProblem extends Error {
  override readonly name = 'AuthorizationProblem';
  constructor(
    readonly code: AuthorizationProblemCode,
    readonly detail: string = code,
  ) {
    super(`${code}: ${detail}`);
  }
}

/** A person may look for a passkey for a while; a code itself lives a minute or so. */
const LONGEST_MS = 30 * 60_000;
const NAMES = ['state', 'iss', 'code', 'error'] as const;

/**
 * The code of an answer at the redirect URI (OpenID4VCI 1.0 §5.2, RFC 6749 §4.1.2): the one to our own request, by
 * `state`, and from the server that was asked, by `iss` (RFC 9207, against mix-up). Both are checked before anything
 * else in it is looked at.
 * @throws AuthorizationProblem
 */
export function readAuthorizationAnswer(
  answer: URLSearchParams,
  pending: PendingAuthorization | undefined,
  nowMs: number,
): string {
  if (pending === undefined || pending.code !== undefined) throw new AuthorizationProblem('authorization-unknown');
  if (NAMES.some((name) => answer.getAll(name).length > 1)) throw new AuthorizationProblem('authorization-malformed');
  if (answer.get('state') !== pending.state) throw new AuthorizationProblem('authorization-state-wrong');
  const named = answer.get('iss');
  const expected = pending.server;
  if (named === null ? expected.namesItself : named !== expected.issuer)
    throw new AuthorizationProblem('authorization-issuer-wrong');
  if (nowMs - pending.startedAtMs > LONGEST_MS) throw new AuthorizationProblem('authorization-late');
  const error = answer.get('error');
  if (error !== null) {
    const code = error === 'access_denied' ? 'authorization-declined' : 'authorization-refused';
    throw new AuthorizationProblem(code, /^[\x21-\x7e]{1,64}$/.test(error) ? error : 'unreadable');
  }
  const code = answer.get('code');
  if (code === null || code === '' || code.length > 4096) throw new AuthorizationProblem('authorization-malformed');
  return code;
}
