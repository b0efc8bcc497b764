import Router from '@koa/router';
import { Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import { parsePasskeyName } from '../../domain/passkeys/passkey.js';
import { checkNewPassword } from '../../domain/passwords/password-rules.js';
import { nameFor } from '../sign-in/new-way-routes.js';
import { readRegistration, registrationOptions } from '../sign-in/registration.js';
import { goTo, readForm, readResponse } from '../sign-in/sign-in-deps.js';
import { type AccountDeps, createAccountGuard, type Present } from './account-guard.js';
import {
  writeNewPasskeyPage,
  writePasswordSetting,
  writeRecoveryQuestion,
  writeRecoverySheet,
  writeRemovePasskeyPage,
} from './ways-in-pages.js';

const idOf = (context: Context): string => (context as Context & { params: Record<string, string> }).params['id'] ?? '';

/** Passkeys, recovery codes and the password of one's own account. Changing them takes a proof of the last five minutes. */
export function createWaysInRoutes(deps: AccountDeps): Router {
  const { passkeys, recovery, passwords } = deps;
  const guard = createAccountGuard(deps);
  const fresh = { fresh: true };
  const router = new Router();

  router.get('/account/passkeys/new', async (context: Context) => {
    const present = await guard.page(context, fresh);
    if (present !== undefined) writeNewPasskeyPage(context, present.account);
  });
  router.post('/account/passkeys/options', async (context: Context) => {
    const { account, session } = await guard.act(context, fresh);
    context.set('Cache-Control', 'no-store');
    context.body = await registrationOptions(deps, account, session.uid);
  });
  router.post('/account/passkeys/verify', async (context: Context) => {
    const { account, session } = await guard.act(context, fresh);
    const credential = await readRegistration(deps, account.id, session.uid, await readResponse(context));
    const added = await deps.db.transaction((transaction) =>
      passkeys.addIn(transaction, account.id, credential, nameFor(context)),
    );
    if (added !== 'added') throw new Refusal(added === 'known' ? 'passkey-known' : 'passkeys-at-most');
    await deps.notify(account.id, 'passkey-added');
    context.body = { location: '/account' };
  });
  router.post('/account/passkeys/:id/name', async (context: Context) => {
    const { account } = await guard.act(context);
    const name = parsePasskeyName((await readForm(context))['name'] ?? '');
    if (name === undefined) throw new Refusal('input-invalid');
    if (!(await passkeys.rename(account.id, idOf(context), name))) throw new Refusal('not-found');
    goTo(context, '/account');
  });
  router.get('/account/passkeys/:id/remove', async (context: Context) => {
    const present = await guard.page(context, fresh);
    if (present === undefined) return;
    const all = await passkeys.listOf(present.account.id);
    const passkey = all.find((one) => one.id === idOf(context));
    if (passkey === undefined) throw new Refusal('not-found');
    writeRemovePasskeyPage(context, {
      passkey,
      isLast: all.length === 1,
      codesLeft: (await recovery.sheetOf(present.account.id))?.left ?? 0,
      hasPassword: await hasPassword(present),
    });
  });
  router.post('/account/passkeys/:id/remove', async (context: Context) => {
    const { account } = await guard.act(context, fresh);
    if (!(await passkeys.remove(account.id, idOf(context)))) throw new Refusal('not-found');
    await deps.notify(account.id, 'passkey-removed');
    goTo(context, '/account');
  });

  router.get('/account/recovery-codes', async (context: Context) => {
    const present = await guard.page(context, fresh);
    if (present !== undefined) writeRecoveryQuestion(context, (await recovery.sheetOf(present.account.id))?.left);
  });
  router.post('/account/recovery-codes', async (context: Context) => {
    const { account } = await guard.act(context, fresh);
    const codes = await recovery.makeSheet(account.id);
    await deps.notify(account.id, 'recovery-codes-made');
    writeRecoverySheet(context, codes);
  });

  router.get('/account/password', async (context: Context) => {
    requirePasswords();
    const present = await guard.page(context, fresh);
    if (present !== undefined)
      writePasswordSetting(context, { number: present.account.number, isSet: await hasPassword(present) });
  });
  router.post('/account/password', async (context: Context) => {
    requirePasswords();
    const present = await guard.act(context, fresh);
    const { account, session } = present;
    const checked = checkNewPassword((await readForm(context))['password'] ?? '', {
      isCommon: deps.isCommonPassword,
      personal: [account.number, account.name],
    });
    if ('refused' in checked)
      return writePasswordSetting(context, {
        number: account.number,
        isSet: await hasPassword(present),
        finding: checked.refused,
      });
    const hash = await deps.hashing.make(checked.password);
    if (hash === 'busy') throw new Refusal('too-many-requests');
    await deps.db.transaction(async (transaction) => {
      await passwords.setIn(transaction, account.id, hash);
      // Whoever knew the old one may be signed in with it.
      await deps.sessions.endAllIn(transaction, account.id, 'person', `account:${account.id}`, session.uid);
    });
    deps.sessions.wake();
    await deps.notify(account.id, 'password-changed');
    goTo(context, '/account');
  });
  router.post('/account/password/remove', async (context: Context) => {
    const { account } = await guard.act(context, fresh);
    if (!(await passwords.remove(account.id))) throw new Refusal('not-found');
    await deps.notify(account.id, 'password-changed');
    goTo(context, '/account');
  });
  return router;

  function requirePasswords(): void {
    if (!deps.passwordsAllowed) throw new Refusal('not-found');
  }
  async function hasPassword(present: Present): Promise<boolean> {
    return deps.passwordsAllowed && (await passwords.find(present.account.id)) !== undefined;
  }
}
