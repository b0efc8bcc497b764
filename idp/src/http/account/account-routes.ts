import Router from '@koa/router';
import { appendAudit, Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';
import type { ConsentStore } from '../../storage/consent-store.js';
import { goTo } from '../sign-in/sign-in-deps.js';
import { type AccountDeps, createAccountGuard } from './account-guard.js';
import { writeAccountPage } from './account-page.js';

export interface AccountPageDeps extends AccountDeps {
  consents: ConsentStore;
  findParty: (id: string) => Promise<RelyingParty | undefined>;
}

const STEP_UP_SECONDS = 5;
const parameterOf = (context: Context, name: string): string =>
  (context as Context & { params: Record<string, string> }).params[name] ?? '';

/** The account's first page, its sessions and consents. */
export function createAccountPageRoutes(deps: AccountPageDeps): Router {
  const guard = createAccountGuard(deps);
  const router = new Router();
  router.get('/account', async (context: Context) => {
    const present = await guard.page(context);
    if (present === undefined) return;
    const { account, session } = present;
    const consents = await deps.consents.listOf(account.id);
    writeAccountPage(context, {
      account,
      session,
      passkeys: await deps.passkeys.listOf(account.id),
      sheet: await deps.recovery.sheetOf(account.id),
      password: deps.passwordsAllowed ? { setAtMs: (await deps.passwords.find(account.id))?.setAtMs } : undefined,
      sessions: (await deps.sessions.listOf(account.id)).slice(0, 30),
      consents: await Promise.all(
        consents.map(async (consent) => {
          const party = await deps.findParty(consent.relyingPartyId);
          const name = { zh: party?.name_zh ?? consent.relyingPartyId, en: party?.name_en ?? consent.relyingPartyId };
          return { ...consent, name };
        }),
      ),
    });
  });
  // Comes back with a new proof; one of the last seconds is that one.
  router.get('/account/step-up', async (context: Context) => {
    const session = await deps.accountSessions.require(context, {
      returnTo: '/account/step-up',
      freshSeconds: STEP_UP_SECONDS,
    });
    if (session !== undefined) goTo(context, '/account');
  });
  router.post('/account/sessions/end-others', async (context: Context) => {
    const { account, session } = await guard.act(context);
    await deps.db.transaction((transaction) =>
      deps.sessions.endAllIn(transaction, account.id, 'person', `account:${account.id}`, session.uid),
    );
    deps.sessions.wake();
    goTo(context, '/account');
  });
  router.post('/account/sessions/:session/end', async (context: Context) => {
    const { account } = await guard.act(context);
    const wanted = await deps.sessions.find(parameterOf(context, 'session'));
    // Of somebody else or of nobody: the same answer.
    if (wanted?.accountId !== account.id) throw new Refusal('not-found');
    await deps.sessions.end(wanted.uid, 'person', `account:${account.id}`);
    goTo(context, '/account');
  });
  router.post('/account/consents/:party/withdraw', async (context: Context) => {
    const { account } = await guard.act(context);
    const party = parameterOf(context, 'party');
    await deps.db.transaction(async (transaction) => {
      if (!(await deps.consents.withdrawIn(transaction, account.id, party))) throw new Refusal('not-found');
      await appendAudit(
        transaction,
        [
          {
            actor: `account:${account.id}`,
            action: 'consent.withdrawn',
            subject: `account:${account.id}`,
            detail: { relying_party: party },
          },
        ],
        deps.clock.nowMs(),
      );
    });
    goTo(context, '/account');
  });
  return router;
}
