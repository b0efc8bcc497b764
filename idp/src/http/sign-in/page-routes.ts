import Router from '@koa/router';
import type { Context } from 'koa';
import { requireOwnPage } from '../same-origin.js';
import { writeConsentPage } from './consent-page.js';
import { goTo, type SignInDeps, uidOf } from './sign-in-deps.js';
import { writeSignInPage } from './sign-in-page.js';

/** The page of an interaction, and its two ends without a proof: refusing, and consent. */
export function createPageRoutes(deps: SignInDeps): Router {
  const { interactions } = deps;
  const router = new Router();
  router.get('/sign-in/:uid', async (context: Context) => {
    const interaction = await interactions.read(context, uidOf(context));
    const account =
      interaction.present === undefined ? undefined : await deps.accounts.findById(interaction.present.accountId);
    if (interaction.prompt === 'consent' && account !== undefined)
      return writeConsentPage(context, { interaction, account, home: deps.university });
    return writeSignInPage(context, {
      interaction,
      passwordsAllowed: deps.passwordsAllowed,
      upstreams: deps.upstreams,
      presentName: account?.name,
    });
  });
  router.post('/sign-in/:uid/cancel', async (context: Context) => {
    requireOwnPage(context, deps.place.origin);
    goTo(context, await interactions.refuse(context, uidOf(context)));
  });
  router.post('/sign-in/:uid/consent', async (context: Context) => {
    requireOwnPage(context, deps.place.origin);
    goTo(context, await interactions.finishConsent(context, uidOf(context)));
  });
  return router;
}
