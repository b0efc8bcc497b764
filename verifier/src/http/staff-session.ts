import { type Authenticate, type Caller, requireSameOrigin, setCookie } from '@lanyard/platform';
import type { Context } from 'koa';
import type { StaffSession, StaffStore } from '../storage/staff-store.js';

export const SESSION_COOKIE = 'lanyard_verifier_session';
/** Callers are named by the folder of service keys, which has no `staff`: nobody can call under this name. */
export const STAFF_CALLER = 'service:staff';

/** Reads the session cookie; `staff` where there is a session that lives. */
export function createStaffAuthentication(parts: { staff: StaffStore; bearer: Authenticate; origin: string }) {
  async function findSession(context: Context): Promise<StaffSession | undefined> {
    const secret = context.cookies.get(SESSION_COOKIE);
    return secret === undefined ? undefined : parts.staff.findSession(secret);
  }
  const authenticate: Authenticate = (context) => {
    // A bearer says who calls; a cookie that comes along counts for nothing then.
    if (context.get('Authorization') !== '' || context.cookies.get(SESSION_COOKIE) === undefined)
      return parts.bearer(context);
    return withSession(context);
  };
  async function withSession(context: Context): Promise<Caller> {
    requireSameOrigin(context, parts.origin);
    const session = await findSession(context);
    if (session === undefined) return { kind: 'open' };
    return { kind: 'service', id: 'staff', actor: session.actor };
  }
  return { authenticate, findSession };
}
export type StaffAuthentication = ReturnType<typeof createStaffAuthentication>;

/** Hands a new session to the browser; the one it had is over. */
export async function giveSession(
  context: Context,
  deps: { staff: StaffStore; secureCookies: boolean },
  session: { secret: string; expiresAt: Date },
): Promise<void> {
  const former = context.cookies.get(SESSION_COOKIE);
  if (former !== undefined) await deps.staff.endSession(former);
  const { secret: value, expiresAt: expires } = session;
  setCookie(context, { name: SESSION_COOKIE, value, path: '/', isSecure: deps.secureCookies, life: { expires } });
}
