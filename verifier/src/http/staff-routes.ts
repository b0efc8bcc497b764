import { type Authenticate, actorOf, createRoutes, Refusal, requireSameOrigin, type SignIn } from '@lanyard/platform';
import { z } from 'zod';
import type { PortraitTokens } from '../adapters/portrait-tokens.js';
import type { Counter } from '../domain/checkpoints/counter.js';
import { findEntitlement } from '../domain/entitlements/rail-student-discount.js';
import { mayGuard, mayPrint } from '../domain/staff/desk-roles.js';
import { PURPOSES } from '../domain/verifications/purposes.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';
import type { StaffStore } from '../storage/staff-store.js';
import { SIGN_IN_PAGE, SIGN_IN_POLICY, SIGN_IN_SCRIPT } from './sign-in-page.js';
import { giveSession, SESSION_COOKIE, STAFF_CALLER, type StaffAuthentication } from './staff-session.js';

export interface StaffDeps {
  authenticate: Authenticate;
  staffAuthentication: StaffAuthentication;
  staff: StaffStore;
  checkpoints: CheckpointStore;
  portraitTokens: PortraitTokens;
  fetchPortrait: (portraitId: string) => Promise<Buffer>;
  /** Public URL without a slash at the end. */
  verifierUrl: string;
  secureCookies: boolean;
  /** Undefined where the installation has no identity layer. */
  signIn: SignIn | undefined;
}

const CHECKPOINTS_SHOWN = 200;
const zSignIn = z.strictObject({ code: z.string().min(1).max(64) });

/** Sign-in links, sessions, and what the staff page needs beside verifications. */
export function createStaffRoutes(deps: StaffDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/staff-links',
      callers: ['operator', 'service:admin'],
      summary: 'A link to the staff page that works once',
    },
    async ({ caller }) => {
      const { code, expiresAt } = await deps.staff.createLink(actorOf(caller));
      return {
        status: 201,
        headers: { 'Cache-Control': 'no-store' },
        body: { url: `${deps.verifierUrl}/staff/sign-in?code=${code}`, expires_at: expiresAt.toISOString() },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/staff/session',
      callers: ['open', 'operator', 'service:admin', 'agent'],
      body: zSignIn,
      maxBodyBytes: 1_024,
      summary: 'Uses a sign-in link up and opens a session',
    },
    async ({ body, context }) => {
      requireSameOrigin(context, new URL(deps.verifierUrl).origin);
      const session = await deps.staff.openSession(body.code);
      if (session === undefined) throw new Refusal('staff-link-invalid');
      await giveSession(context, deps, session);
      return {
        headers: { 'Cache-Control': 'no-store' },
        body: { expires_at: session.expiresAt.toISOString() },
      };
    },
  );

  const forStaff = createRoutes(deps.staffAuthentication.authenticate);
  forStaff.route(
    { method: 'get', path: '/v1/staff/me', callers: [STAFF_CALLER], summary: 'The session and where it may verify' },
    async ({ context }) => {
      const session = await deps.staffAuthentication.findSession(context);
      if (session === undefined) throw new Refusal('not-authenticated');
      const checkpoints = await deps.checkpoints.list('', CHECKPOINTS_SHOWN);
      return {
        headers: { 'Cache-Control': 'no-store' },
        body: {
          expires_at: session.expiresAt.toISOString(),
          name: session.name === '' ? null : session.name,
          roles: session.roles,
          duties: { guard: mayGuard(session.roles), print: mayPrint(session.roles) },
          checkpoints: checkpoints.map(({ id, nameZh, nameEn, policy, counter }) => ({
            id,
            name_zh: nameZh,
            name_en: nameEn,
            show_portrait: policy.show_portrait,
            guard_release: policy.guard_release,
            anti_passback: policy.anti_passback.mode !== 'off',
            window_mode: policy.window_mode,
            counter: counterOf(counter),
          })),
          purposes: PURPOSES.map(({ id, name_zh, name_en }) => ({ id, name_zh, name_en })),
        },
      };
    },
  );
  forStaff.route(
    { method: 'post', path: '/staff/session/end', callers: [STAFF_CALLER], summary: 'Ends the session' },
    async ({ context }) => {
      const session = await deps.staffAuthentication.findSession(context);
      await deps.staff.endSession(context.cookies.get(SESSION_COOKIE) ?? '');
      context.cookies.set(SESSION_COOKIE, null, { path: '/', httpOnly: true, sameSite: 'strict' });
      // While the identity layer is away one is signed out here all the same.
      const idToken = session?.idToken;
      const logoutUrl =
        idToken === undefined ? undefined : await deps.signIn?.logoutLink(idToken).catch(() => undefined);
      return { headers: { 'Cache-Control': 'no-store' }, body: { logout_url: logoutUrl ?? null } };
    },
  );
  const zToken = z.object({ token: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/) });
  forStaff.route(
    {
      method: 'get',
      path: '/v1/staff/portraits/:token',
      callers: [STAFF_CALLER],
      params: zToken,
      summary: 'The portrait that belongs to a verdict of this session',
    },
    async ({ params, context }) => {
      const session = await deps.staffAuthentication.findSession(context);
      const portraitId = session === undefined ? undefined : deps.portraitTokens.open(params.token, session.digest);
      if (portraitId === undefined) throw new Refusal('not-found');
      return {
        body: await deps.fetchPortrait(portraitId),
        headers: { 'Content-Type': 'image/jpeg', 'Cache-Control': 'private, no-store' },
      };
    },
  );
  return [router, forStaff.router];
}

/** Which discount a counter shows. */
function counterOf(counter: Counter | undefined): { name_zh: string; name_en: string } | null {
  const entitlement = counter === undefined ? undefined : findEntitlement(counter.entitlement);
  return entitlement === undefined ? null : { name_zh: entitlement.name_zh, name_en: entitlement.name_en };
}

/** The page behind a sign-in link, for an installation without the built staff page. */
export function createSignInPage() {
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  const headers = { 'Content-Security-Policy': SIGN_IN_POLICY, 'Cache-Control': 'no-store' };
  route({ method: 'get', path: '/staff/sign-in', callers: ['open'], summary: 'Page behind a sign-in link' }, () => ({
    body: SIGN_IN_PAGE,
    headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' },
  }));
  route({ method: 'get', path: '/staff/sign-in.js', callers: ['open'], summary: 'Its script' }, () => ({
    body: SIGN_IN_SCRIPT,
    headers: { ...headers, 'Content-Type': 'text/javascript; charset=utf-8' },
  }));
  return router;
}
