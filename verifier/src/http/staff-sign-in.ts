import {
  acrsFrom,
  type Clock,
  createSignIn,
  createSignInRoutes,
  type Logger,
  Refusal,
  type SignIn,
} from '@lanyard/platform';
import type { Sign } from '@lanyard/protocol';
import { deskRoles } from '../domain/staff/desk-roles.js';
import type { StaffStore } from '../storage/staff-store.js';
import { giveSession } from './staff-session.js';

/** The desk as a relying party of the identity layer, where there is one. */
export function createDeskSignIn(options: {
  issuer: string | undefined;
  verifierUrl: string;
  staff: StaffStore;
  sign: Sign;
  clock: Clock;
}): SignIn | undefined {
  if (options.issuer === undefined) return undefined;
  return createSignIn({
    issuer: options.issuer,
    clientId: 'lanyard-verifier',
    sign: options.sign,
    clock: options.clock,
    redirectUri: `${options.verifierUrl}/staff/sign-in/callback`,
    postLogoutUri: `${options.verifierUrl}/staff`,
    acrs: acrsFrom('device-passkey'),
    pendings: options.staff.pendings,
    takeLogoutToken: options.staff.takeLogoutToken,
  });
}

/** Sign-in through the identity layer: sessions for accounts with a role at the desk, ended by its logout tokens. */
export function createDeskSignInRoutes(deps: {
  signIn: SignIn | undefined;
  staff: StaffStore;
  secureCookies: boolean;
  log: Logger;
}) {
  return createSignInRoutes({
    signIn: deps.signIn,
    path: '/staff/sign-in',
    home: '/staff',
    cookie: 'lanyard_verifier_sign_in',
    secureCookies: deps.secureCookies,
    open: async (context, person) => {
      const roles = deskRoles(person.roles);
      if (roles.length === 0) throw new Refusal('sign-in-without-role');
      const { subject, sid, name, idToken } = person;
      const session = await deps.staff.openAccountSession({ subject, sid, idToken, name, roles });
      if (session === undefined) throw new Refusal('sign-in-expired');
      await giveSession(context, deps, session);
    },
    end: deps.staff.endSessionsOf,
    log: deps.log,
  });
}
