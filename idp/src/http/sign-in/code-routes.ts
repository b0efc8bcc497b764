import Router from '@koa/router';
import { Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import type { Interaction } from '../../adapters/provider/interactions.js';
import { parseClaimCode } from '../../domain/claim-codes/claim-code.js';
import { codeLanes } from '../../domain/throttle/lane.js';
import { requireOwnPage } from '../same-origin.js';
import { tryCode } from '../try-code.js';
import { type CodeKind, writeCodePage } from './code-page.js';
import { offeredWays } from './offered-ways.js';
import { browserOf, goTo, networkOf, readForm, type SignInDeps, uidOf } from './sign-in-deps.js';

/** First claim of an account, and recovery: a code of 16 signs, then a new passkey. Both work without script. */
export function createCodeRoutes(deps: SignInDeps): Router {
  const { interactions, throttle } = deps;
  const router = new Router();
  for (const kind of ['claim', 'recovery'] as const) {
    router.get(`/sign-in/:uid/${kind}`, async (context: Context) => {
      writeCodePage(context, { kind, interaction: await readAllowed(context) });
    });
    router.post(`/sign-in/:uid/${kind}`, async (context: Context) => {
      requireOwnPage(context, deps.place.origin);
      const interaction = await readAllowed(context);
      const code = (await readForm(context))['code'] ?? '';
      const lanes = codeLanes({ kind, network: networkOf(context), browser: browserOf(context) });
      const tried = await tryCode(throttle, lanes, () => USES[kind](deps, interaction, code));
      if (tried.is === 'too-many')
        return writeCodePage(context, { kind, interaction, trouble: { kind: 'wait', seconds: tried.waitSeconds } });
      if (tried.is === 'wrong') return writeCodePage(context, { kind, interaction, trouble: { kind: 'wrong' } });
      goTo(context, `/sign-in/${interaction.uid}/new-passkey`);
    });
  }
  return router;

  async function readAllowed(context: Context): Promise<Interaction> {
    const interaction = await interactions.read(context, uidOf(context));
    if (interaction.prompt !== 'login' || !offeredWays(interaction, deps.passwordsAllowed).codes)
      throw new Refusal('not-found');
    return interaction;
  }
}

/** Undefined where the text is no code that can be used now. */
type Use = (deps: SignInDeps, interaction: Interaction, text: string) => Promise<true | undefined>;

const USES: Record<CodeKind, Use> = {
  async claim(deps, interaction, text) {
    const taken = await deps.redeemClaimCode(text);
    if (taken === undefined) return undefined;
    await deps.passes.giveIn(deps.db, interaction.uid, { accountId: taken.accountId, reason: 'claim' });
    await deps.notify(taken.accountId, 'account-claimed');
    return true;
  },
  async recovery(deps, interaction, text) {
    const code = parseClaimCode(text);
    if (code === undefined) return undefined;
    const used = await deps.db.transaction(async (transaction) => {
      const found = await deps.recovery.useIn(transaction, code);
      if (found === undefined) return undefined;
      await deps.passes.giveIn(transaction, interaction.uid, { accountId: found.accountId, reason: 'recovery' });
      // Whoever else holds a session may be the reason for the recovery.
      await deps.sessions.endAllIn(transaction, found.accountId, 'recovery', `account:${found.accountId}`);
      return found;
    });
    if (used === undefined) return undefined;
    deps.sessions.wake();
    await deps.notify(used.accountId, 'recovery-used');
    return true;
  },
};
