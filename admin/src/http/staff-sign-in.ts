import {
  acrsFrom,
  actorOfSubject,
  type Clock,
  createMemoryPendingSignIns,
  createSignIn,
  createSignInRoutes,
  type Logger,
  Refusal,
  roleTextOf,
  type SignIn,
} from '@lanyard/platform';
import type { Sign } from '@lanyard/protocol';
import { consoleRoles } from '../domain/console-roles.js';
import type { Sessions } from '../domain/sessions.js';
import { giveSession } from './session-routes.js';

/** The console as a relying party of the identity layer, where there is one. */
export function createConsoleSignIn(options: {
  issuer: string | undefined;
  adminUrl: string;
  sign: Sign;
  clock: Clock;
}): SignIn | undefined {
  if (options.issuer === undefined) return undefined;
  return createSignIn({
    issuer: options.issuer,
    clientId: 'lanyard-admin',
    sign: options.sign,
    clock: options.clock,
    redirectUri: `${options.adminUrl}/sign-in/callback`,
    postLogoutUri: `${options.adminUrl}/`,
    acrs: acrsFrom('device-passkey'),
    pendings: createMemoryPendingSignIns(options.clock),
    takeLogoutToken: takeOnce(options.clock),
  });
}

/** Identifiers within this process: after a restart a token ends only what it has ended before. */
function takeOnce(clock: Clock) {
  const used = new Map<string, number>();
  return async ({ jti, untilSeconds }: { jti: string; untilSeconds: number }): Promise<boolean> => {
    for (const [known, until] of used) if (until < clock.nowSeconds()) used.delete(known);
    if (used.has(jti)) return false;
    used.set(jti, untilSeconds);
    return true;
  };
}

/** Sign-in through the identity layer: sessions for accounts with a role here, ended by its logout tokens. */
export function createConsoleSignInRoutes(deps: {
  signIn: SignIn | undefined;
  sessions: Sessions;
  adminUrl: string;
  /** With the five modules a role for any part of the university has something to do here. */
  hasCampus: boolean;
  log: Logger;
}) {
  return createSignInRoutes({
    signIn: deps.signIn,
    path: '/sign-in',
    home: '/',
    cookie: 'lanyard_admin_sign_in',
    secureCookies: deps.adminUrl.startsWith('https:'),
    open: async (context, person) => {
      const roles = consoleRoles(person.roles);
      const hasWork = roles.length > 0 || (deps.hasCampus && person.roles.length > 0);
      if (!hasWork) throw new Refusal('sign-in-without-role');
      const scopedRoles = person.roles.map(roleTextOf);
      const { subject, sid, name, staffNumber, idToken } = person;
      const actor = actorOfSubject(subject);
      const secret = deps.sessions.openFor({
        kind: 'account',
        actor,
        subject,
        sid,
        name,
        staffNumber,
        idToken,
        roles,
        scopedRoles,
      });
      if (secret === undefined) throw new Refusal('sign-in-expired');
      deps.log.info('session.opened', { actor });
      giveSession(context, deps, secret);
    },
    end: async (order) => deps.sessions.endOf(order),
    log: deps.log,
  });
}
