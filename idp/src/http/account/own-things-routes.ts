import Router from '@koa/router';
import { Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import type { OwnThingsClient } from '../../adapters/own-things.js';
import type { Account } from '../../domain/accounts/account.js';
import { goTo } from '../sign-in/sign-in-deps.js';
import { type AccountDeps, createAccountGuard } from './account-guard.js';
import { writeMovedPage, writeOwnThingsPage } from './own-things-page.js';

/**
 * A lost phone or card: stopping takes a session and a tap, so that it works from any browser and in a hurry. Moving to
 * a new phone ends what others may hold and gives the ID out again, so it takes a proof of the last five minutes.
 */
export function createOwnThingsRoutes(
  deps: AccountDeps & { things: OwnThingsClient; drawQr: (text: string) => Promise<string> },
): Router {
  const { things } = deps;
  const guard = createAccountGuard(deps);
  const router = new Router();
  router.get('/account/student-id', async (context: Context) => {
    const present = await guard.page(context);
    if (present !== undefined) writeOwnThingsPage(context, await things.read(studentOf(present.account)));
  });
  router.post('/account/student-id/block-phone', async (context: Context) => {
    const { account } = await guard.act(context);
    await things.blockPhone(studentOf(account));
    goTo(context, '/account/student-id');
  });
  router.post('/account/student-id/block-card', async (context: Context) => {
    const { account } = await guard.act(context);
    await things.blockCard(studentOf(account));
    goTo(context, '/account/student-id');
  });
  router.post('/account/student-id/new-phone', async (context: Context) => {
    const { account } = await guard.act(context, { fresh: true });
    const moved = await things.newPhone(studentOf(account));
    writeMovedPage(context, moved, await deps.drawQr(moved.wallet_link));
  });
  return router;
}

/** @throws Refusal `not-found` for staff: they have neither. */
function studentOf(account: Account): { id: string; number: string } {
  if (account.kind !== 'student') throw new Refusal('not-found');
  return { id: account.id, number: account.number };
}
