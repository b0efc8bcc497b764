import { type Authenticate, type Caller, Refusal, requireSameOrigin, type ServiceMiddleware } from '@lanyard/platform';
import type { Context } from 'koa';
import { MODULE_CLIENTS, type ModuleClient } from '../api/index.js';
import type { ModuleSession, ModuleSessionStore } from '../storage/module-session-store.js';

const sessions = new WeakMap<Context, ModuleSession>();
/** At the home page one reads what all modules have; what changes something is done at its module, or is of no module. */
const HOME_WRITES =
  /^\/v1\/(session\/end|notices\/read|notice-settings|mail-address(\/confirm)?|push-subscriptions|windows\/[a-z0-9-]{1,40}\/tickets|window-tickets\/[A-Za-z0-9_-]{22}\/give-back)$/;

/** Cookies carry the service's name, and each part has its own. */
export const cookieName = ({ id }: Pick<ModuleClient, 'id'>, what: 'session' | 'sign_in'): string =>
  `lanyard_campus_${id.replaceAll('-', '_')}_${what}`;

/** The session a request came in with; undefined for services and the operator. */
export const moduleSessionOf = (context: Context): ModuleSession | undefined => sessions.get(context);

/**
 * Lets browsers in: `/home/v1/…` and `/m/MODULE/v1/…` are the routes `/v1/…` as the student whose session at that part
 * it is. Nothing else a browser sends says who it is.
 */
export function createModuleDoor(deps: { sessions: ModuleSessionStore; campusUrl: string }): ServiceMiddleware {
  const { origin } = new URL(deps.campusUrl);
  return async (context, next) => {
    const part = MODULE_CLIENTS.find(({ path }) => context.path.startsWith(`${path}/v1/`));
    if (part === undefined) return next();
    const path = context.path.slice(part.path.length);
    requireSameOrigin(context, origin);
    const secret = context.cookies.get(cookieName(part, 'session'));
    const session = secret === undefined ? undefined : await deps.sessions.find(part.id, secret);
    if (session === undefined) throw new Refusal('not-authenticated');
    if (part.id === 'home' && context.method !== 'GET' && !HOME_WRITES.test(path)) throw new Refusal('not-allowed');
    sessions.set(context, session);
    context.set('Cache-Control', 'no-store');
    context.path = path;
    return next();
  };
}

/**
 * Callers by bearer as everywhere; who came through the door is the module pages' student. No key is introduced under
 * that name, so a session alone makes this caller.
 */
export const withModuleSessions =
  (bearer: Authenticate): Authenticate =>
  (context): Promise<Caller> | Caller => {
    const session = moduleSessionOf(context);
    return session === undefined ? bearer(context) : { kind: 'service', id: 'campus-web', actor: session.person };
  };
