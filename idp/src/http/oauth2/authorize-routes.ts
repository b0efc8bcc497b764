import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { randomText } from '../../domain/cas/ticket.js';
import { answerTo, checkAuthorizationRequest } from '../../domain/oauth2/authorization-request.js';
import { isClientId } from '../../domain/oauth2/client-credentials.js';
import { SECRET_CHARACTERS } from '../../domain/oauth2/redeem-code.js';
import { sendTo } from '../cas/answers.js';
import type { Oauth2Deps } from './oauth2-deps.js';

const zState = z.strictObject({
  redirect_uri: z.string(),
  redirect_uri_given: z.boolean(),
  state: z.string().optional(),
  challenge: z.string().optional(),
});
const MAX_STATE_BYTES = 4_000;
const CODE_LIFE_SECONDS = 60;

/** `/authorize` and the way back (RFC 6749 §4.1.1, §4.1.2). */
export function addAuthorizeRoutes(router: Router, prefix: string, deps: Oauth2Deps): void {
  router.get(`${prefix}/authorize`, async (context: Context) => {
    const named = new URLSearchParams(context.querystring).get('client_id') ?? '';
    const party = isClientId(named) ? await deps.findRelyingParty(named) : undefined;
    const checked = checkAuthorizationRequest(context.querystring, (id) => (party?.id === id ? party : undefined));
    if (checked.outcome === 'page') return deps.renderError(context, { status: 400, code: checked.code });
    if (checked.outcome === 'back')
      return sendTo(context, answerTo(checked.redirectUri, { ...checked.error, state: checked.state }));
    const { request } = checked;
    const state = JSON.stringify({
      redirect_uri: request.redirectUri,
      redirect_uri_given: request.redirectUriGiven,
      state: request.state,
      challenge: request.challenge,
    } satisfies z.input<typeof zState>);
    if (Buffer.byteLength(state) > MAX_STATE_BYTES)
      return deps.renderError(context, { status: 400, code: 'oauth2-request-invalid' });
    const begun = await deps.signIn.begin(context, {
      facade: 'oauth2',
      party: request.party,
      prompt: 'normal',
      state,
    });
    sendTo(context, begun);
  });

  router.get(`${prefix}/callback`, async (context: Context) => {
    const outcome = await deps.signIn.complete(context, 'oauth2');
    if (outcome.outcome === 'unknown')
      return deps.renderError(context, { status: 400, code: 'facade-request-unknown' });
    const kept = zState.parse(JSON.parse(outcome.state));
    // What is registered may have changed while the person signed in.
    const party = await deps.findRelyingParty(outcome.party.id);
    if (!party?.oauth2?.redirect_uris.includes(kept.redirect_uri))
      return deps.renderError(context, { status: 400, code: 'oauth2-redirect-not-registered' });
    if (outcome.outcome !== 'signed-in')
      return sendTo(context, answerTo(kept.redirect_uri, { error: 'access_denied', state: kept.state }));
    const { session } = outcome;
    const code = randomText(deps.random, SECRET_CHARACTERS);
    await deps.codes.issueCode({
      text: code,
      relyingPartyId: party.id,
      redirectUri: kept.redirect_uri,
      redirectUriGiven: kept.redirect_uri_given,
      challenge: kept.challenge,
      sessionUid: session.sessionUid,
      accountId: session.accountId,
      acr: session.acr,
      authTimeSeconds: session.authTimeSeconds,
      expiresAtMs: deps.clock.nowMs() + (deps.codeLifeSeconds ?? CODE_LIFE_SECONDS) * 1_000,
    });
    sendTo(context, answerTo(kept.redirect_uri, { code, state: kept.state }));
  });
}
