import Router from '@koa/router';
import { Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import type { Interaction } from '../../adapters/provider/interactions.js';
import { normalisePassword } from '../../domain/passwords/password-rules.js';
import { proveSignIn } from '../../domain/sign-in/sign-in-proof.js';
import { passwordLanes } from '../../domain/throttle/lane.js';
import { requireOwnPage } from '../same-origin.js';
import { offeredWays } from './offered-ways.js';
import { writePasswordPage } from './password-page.js';
import { browserOf, goTo, networkOf, noteBrowser, readForm, type SignInDeps, uidOf } from './sign-in-deps.js';

const BUSY_SECONDS = 5;

/**
 * Sign-in with number and password, where the installation allows it and the relying party takes it. Numbers that
 * exist, that do not, that have no password and that are closed are told apart by nothing: the same statements, the
 * same hash, the same page.
 */
export function createPasswordRoutes(deps: SignInDeps): Router {
  const { interactions, throttle, hashing, passwords } = deps;
  const router = new Router();
  router.get('/sign-in/:uid/password', async (context: Context) => {
    writePasswordPage(context, { interaction: await readAllowed(context) });
  });
  router.post('/sign-in/:uid/password', async (context: Context) => {
    requireOwnPage(context, deps.place.origin);
    const interaction = await readAllowed(context);
    const form = await readForm(context);
    const number = (form['number'] ?? '').normalize('NFKC').trim().slice(0, 64);
    const browser = browserOf(context) ?? '';
    const found = await passwords.findForTry(number, browser);
    const lanes = passwordLanes({ number, network: networkOf(context), browser, knownBrowser: found.knownBrowser });
    const answer = await throttle.take(lanes);
    if (answer !== 'go')
      return writePasswordPage(context, { interaction, trouble: { kind: 'wait', seconds: answer.waitSeconds } });
    const fits = await hashing.check(found.hash, normalisePassword(form['password'] ?? '') ?? '');
    if (fits === 'busy') {
      await throttle.takeBack(lanes);
      return writePasswordPage(context, { interaction, trouble: { kind: 'wait', seconds: BUSY_SECONDS } });
    }
    if (!fits || found.accountId === undefined)
      return writePasswordPage(context, { interaction, trouble: { kind: 'wrong' } });
    await throttle.succeeded(lanes);
    await noteBrowser(context, deps, found.accountId);
    const proof = proveSignIn(found.accountId, 'password', ['pwd']);
    goTo(context, await interactions.finishSignIn(context, interaction.uid, proof));
  });
  return router;

  async function readAllowed(context: Context): Promise<Interaction> {
    const interaction = await interactions.read(context, uidOf(context));
    if (!offeredWays(interaction, deps.passwordsAllowed).password) throw new Refusal('not-found');
    return interaction;
  }
}
