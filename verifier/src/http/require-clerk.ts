import { Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import { mayPrint } from '../domain/staff/desk-roles.js';
import type { StaffSession } from '../storage/staff-store.js';
import type { StaffAuthentication } from './staff-session.js';

/** The session of a window clerk. @throws Refusal `not-authenticated`, `staff-role-missing` */
export async function requireClerk(
  staffAuthentication: Pick<StaffAuthentication, 'findSession'>,
  context: Context,
): Promise<StaffSession> {
  const session = await staffAuthentication.findSession(context);
  if (session === undefined) throw new Refusal('not-authenticated');
  if (!mayPrint(session.roles)) throw new Refusal('staff-role-missing');
  return session;
}
