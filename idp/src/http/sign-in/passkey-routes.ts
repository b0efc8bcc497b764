import Router from '@koa/router';
import { Refusal, reaches } from '@lanyard/platform';
import type { Context } from 'koa';
import type { Interaction } from '../../adapters/provider/interactions.js';
import { checkAssertion } from '../../domain/passkeys/check-assertion.js';
import { readClientData } from '../../domain/passkeys/client-data.js';
import { methodsOf } from '../../domain/passkeys/passkey.js';
import { zAssertion } from '../../domain/passkeys/z-responses.js';
import { proveSignIn, type SignInProof } from '../../domain/sign-in/sign-in-proof.js';
import { CHALLENGE_SECONDS } from '../../storage/challenge-store.js';
import { requireOwnPage } from '../same-origin.js';
import { noteBrowser, readResponse, type SignInDeps, uidOf } from './sign-in-deps.js';

/**
 * Sign-in with a passkey (WebAuthn §7.2). The options are the same for everybody and name no credential, so they tell
 * nothing of any account; every refusal of the verification reads the same.
 */
export function createPasskeyRoutes(deps: SignInDeps): Router {
  const { interactions, challenges, passkeys, place } = deps;
  const router = new Router();
  router.post('/sign-in/:uid/passkey/options', async (context: Context) => {
    requireOwnPage(context, place.origin);
    const { uid } = await interactions.read(context, uidOf(context));
    context.set('Cache-Control', 'no-store');
    context.body = {
      challenge: await challenges.make({ ceremony: 'sign-in', binding: uid }),
      rpId: place.rpId,
      allowCredentials: [],
      userVerification: 'required',
      timeout: CHALLENGE_SECONDS * 1000,
    };
  });
  router.post('/sign-in/:uid/passkey/verify', async (context: Context) => {
    requireOwnPage(context, place.origin);
    const interaction = await interactions.read(context, uidOf(context));
    const proof = await prove(interaction, await readResponse(context));
    await noteBrowser(context, deps, proof.accountId);
    context.set('Cache-Control', 'no-store');
    const location = await interactions.finishSignIn(context, interaction.uid, proof);
    context.status = 200;
    context.body = { location };
  });
  return router;

  async function prove(interaction: Interaction, body: unknown): Promise<SignInProof> {
    const parsed = zAssertion.safeParse(body);
    const client = parsed.success ? readClientData(parsed.data.response.clientDataJSON) : undefined;
    if (!parsed.success || client === undefined) throw refused('malformed');
    const use = { ceremony: 'sign-in', binding: interaction.uid } as const;
    // Used up before anything is looked at: a wrong answer has no second try with the same challenge.
    if (!(await challenges.consume(client.challenge, use))) throw refused('challenge');
    const credential = await passkeys.findCredential(Buffer.from(parsed.data.id, 'base64url'));
    if (credential === undefined) throw refused('credential');
    const checked = await checkAssertion(parsed.data, client, credential, place);
    if ('refused' in checked) throw refused(checked.refused);
    if (!(await passkeys.noteUse(credential, checked.counter))) throw refused('counter went back');
    if (!reaches(credential.level, interaction.needed)) throw new Refusal('passkey-not-device-bound');
    return proveSignIn(credential.accountId, credential.level, methodsOf(credential.level));
  }

  function refused(detail: string): Refusal {
    deps.log.info('passkey.refused', { detail });
    return new Refusal('passkey-refused');
  }
}
