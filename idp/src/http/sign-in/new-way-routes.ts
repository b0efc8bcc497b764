import Router from '@koa/router';
import { Refusal, reaches } from '@lanyard/platform';
import type { Context } from 'koa';
import type { Interaction } from '../../adapters/provider/interactions.js';
import type { Account } from '../../domain/accounts/account.js';
import { methodsOf } from '../../domain/passkeys/passkey.js';
import { checkNewPassword } from '../../domain/passwords/password-rules.js';
import { deviceOf } from '../../domain/sign-in/request-origin.js';
import { proveSignIn } from '../../domain/sign-in/sign-in-proof.js';
import type { EnrolmentPass } from '../../storage/enrolment-pass-store.js';
import { requireOwnPage } from '../same-origin.js';
import { writeNewWayPage } from './new-way-page.js';
import { offeredWays } from './offered-ways.js';
import { readRegistration, registrationOptions } from './registration.js';
import { goTo, noteBrowser, readForm, readResponse, type SignInDeps, uidOf } from './sign-in-deps.js';

interface Admitted {
  interaction: Interaction;
  account: Account;
  pass: EnrolmentPass;
}

/** The new way in after a claim or a recovery, under the pass that these gave this interaction. */
export function createNewWayRoutes(deps: SignInDeps): Router {
  const { interactions, place, passes, passkeys } = deps;
  const router = new Router();
  router.get('/sign-in/:uid/new-passkey', async (context: Context) => show(context, await admit(context)));
  router.post('/sign-in/:uid/new-passkey/options', async (context: Context) => {
    requireOwnPage(context, place.origin);
    const { account, interaction } = await admit(context);
    context.set('Cache-Control', 'no-store');
    context.body = await registrationOptions(deps, account, interaction.uid);
  });
  router.post('/sign-in/:uid/new-passkey/verify', async (context: Context) => {
    requireOwnPage(context, place.origin);
    const { account, interaction, pass } = await admit(context);
    const credential = await readRegistration(deps, account.id, interaction.uid, await readResponse(context));
    await deps.db.transaction(async (transaction) => {
      if (!(await passes.useIn(transaction, interaction.uid, account.id))) throw new Refusal('interaction-expired');
      const makeRoom = pass.reason === 'recovery';
      const added = await passkeys.addIn(transaction, account.id, credential, nameFor(context), { makeRoom });
      if (added !== 'added') throw new Refusal(added === 'known' ? 'passkey-known' : 'passkeys-at-most');
    });
    await deps.notify(account.id, 'passkey-added');
    await noteBrowser(context, deps, account.id);
    context.set('Cache-Control', 'no-store');
    // A passkey that does not reach what is needed here is kept; the sign-in page says what would.
    const location = reaches(credential.level, interaction.needed)
      ? await interactions.finishSignIn(
          context,
          interaction.uid,
          proveSignIn(account.id, credential.level, methodsOf(credential.level)),
        )
      : `/sign-in/${interaction.uid}`;
    context.status = 200;
    context.body = { location };
  });
  router.post('/sign-in/:uid/new-password', async (context: Context) => {
    requireOwnPage(context, place.origin);
    const admitted = await admit(context);
    const { account, interaction } = admitted;
    if (!deps.passwordsAllowed) throw new Refusal('not-found');
    const checked = checkNewPassword((await readForm(context))['password'] ?? '', {
      isCommon: deps.isCommonPassword,
      personal: [account.number, account.name],
    });
    if ('refused' in checked) return show(context, admitted, checked.refused);
    const hash = await deps.hashing.make(checked.password);
    if (hash === 'busy') throw new Refusal('too-many-requests');
    await deps.db.transaction(async (transaction) => {
      if (!(await passes.useIn(transaction, interaction.uid, account.id))) throw new Refusal('interaction-expired');
      await deps.passwords.setIn(transaction, account.id, hash);
    });
    await deps.notify(account.id, 'password-changed');
    await noteBrowser(context, deps, account.id);
    const enough = offeredWays(interaction, deps.passwordsAllowed).password;
    goTo(
      context,
      enough
        ? await interactions.finishSignIn(context, interaction.uid, proveSignIn(account.id, 'password', ['pwd']))
        : `/sign-in/${interaction.uid}`,
    );
  });
  return router;

  async function admit(context: Context): Promise<Admitted> {
    const interaction = await interactions.read(context, uidOf(context));
    const pass = await passes.find(interaction.uid);
    const account = pass === undefined ? undefined : await deps.accounts.findById(pass.accountId);
    if (pass === undefined || account === undefined || account.state !== 'active')
      throw new Refusal('interaction-expired');
    return { interaction, account, pass };
  }
  function show(
    context: Context,
    { interaction, account, pass }: Admitted,
    finding?: Parameters<typeof writeNewWayPage>[1]['finding'],
  ) {
    writeNewWayPage(context, {
      interaction,
      account,
      reason: pass.reason,
      passwordsAllowed: deps.passwordsAllowed,
      ...(finding === undefined ? {} : { finding }),
    });
  }
}

/** A first name for a new passkey, which its person may change: the device it was made with. */
export const nameFor = (context: Context): string => deviceOf(context.get('User-Agent'));
