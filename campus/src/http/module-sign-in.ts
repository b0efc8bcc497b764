import {
  acrsFrom,
  type Clock,
  createSignIn,
  createSignInRoutes,
  type Logger,
  Refusal,
  type SignIn,
  setCookie,
} from '@lanyard/platform';
import type { Sign } from '@lanyard/protocol';
import type { Context } from 'koa';
import { MODULE_CLIENTS, type ModuleClient } from '../api/index.js';
import { parsePersonId } from '../domain/people/person.js';
import type { ModuleSessionStore } from '../storage/module-session-store.js';
import { cookieName } from './module-door.js';

export interface ModuleSignInDeps {
  /** Undefined where the installation has no identity layer. */
  issuer: string | undefined;
  campusUrl: string;
  sessions: ModuleSessionStore;
  sign: Sign;
  clock: Clock;
  log: Logger;
}

export type ModuleSignIns = ReadonlyMap<ModuleClient['id'], SignIn | undefined>;

/** Each part of campus as a relying party of its own. */
export function createModuleSignIns(deps: ModuleSignInDeps): ModuleSignIns {
  const signInOf = ({ id, clientId, path, acr }: ModuleClient): SignIn | undefined =>
    deps.issuer === undefined
      ? undefined
      : createSignIn({
          ...{ issuer: deps.issuer, clientId, sign: deps.sign, clock: deps.clock },
          redirectUri: `${deps.campusUrl}${path}/sign-in/callback`,
          postLogoutUri: `${deps.campusUrl}${id === 'home' ? '/' : path}`,
          acrs: acrsFrom(acr),
          pendings: deps.sessions.pendings,
          takeLogoutToken: deps.sessions.takeLogoutToken,
        });
  return new Map(MODULE_CLIENTS.map((part) => [part.id, signInOf(part)]));
}

/** Sign-in at each part: a session there for students, ended by its logout tokens. */
export function createModuleSignInRoutes(deps: ModuleSignInDeps, signIns: ModuleSignIns) {
  return MODULE_CLIENTS.map((part) =>
    createSignInRoutes({
      signIn: signIns.get(part.id),
      path: `${part.path}/sign-in`,
      home: part.id === 'home' ? '/' : part.path,
      cookie: cookieName(part, 'sign_in'),
      secureCookies: isSecure(deps.campusUrl),
      open: async (context, { subject, sid, name, studentNumber, idToken }) => {
        const person = parsePersonId(`student:${studentNumber}`);
        if (person === undefined) throw new Refusal('sign-in-without-role');
        const opened = await deps.sessions.open({ part: part.id, person, name, subject, sid, idToken });
        if (opened === undefined) throw new Refusal('sign-in-expired');
        const former = context.cookies.get(cookieName(part, 'session'));
        if (former !== undefined) await deps.sessions.end(former);
        setSessionCookie(context, part, opened, isSecure(deps.campusUrl));
      },
      end: deps.sessions.endOf,
      log: deps.log,
    }),
  );
}

export const isSecure = (url: string): boolean => url.startsWith('https:');

/** The cookie goes to its part alone; null takes it away. */
export function setSessionCookie(
  context: Context,
  part: ModuleClient,
  session: { secret: string; expiresAt: Date } | null,
  isSecure: boolean,
): void {
  setCookie(context, {
    ...{ name: cookieName(part, 'session'), value: session?.secret ?? null, path: part.path, isSecure },
    ...(session === null ? {} : { life: { expires: session.expiresAt } }),
  });
}
