import type Router from '@koa/router';
import type { Context } from 'koa';
import { readClientCredentials } from '../../domain/oauth2/client-credentials.js';
import { type Oauth2Error, oauth2Error } from '../../domain/oauth2/oauth2-error.js';
import { createCodeRedemption } from '../../domain/oauth2/redeem-code.js';
import { readForm } from './form.js';
import type { Oauth2Deps } from './oauth2-deps.js';

const ACCESS_TOKEN_LIFE_SECONDS = 3_600;

/** `/accessToken` (RFC 6749 §3.2, §5). Client and code come in the body or the header, never in the address. */
export function addTokenRoute(router: Router, prefix: string, deps: Oauth2Deps): void {
  const tokenLifeSeconds = deps.accessTokenLifeSeconds ?? ACCESS_TOKEN_LIFE_SECONDS;
  const redeem = createCodeRedemption({
    redeem: deps.codes.redeemCode,
    random: deps.random,
    nowMs: () => deps.clock.nowMs(),
    tokenLifeSeconds,
  });
  router.post(`${prefix}/accessToken`, async (context: Context) => {
    context.set('Cache-Control', 'no-store');
    context.set('Pragma', 'no-cache');
    const form = await readForm(context);
    if (form === undefined)
      return refuse(context, oauth2Error('invalid_request', 'The body is a form, each parameter once.'));
    const credentials = readClientCredentials({
      authorization: context.get('Authorization'),
      form,
      querystring: context.querystring,
    });
    const unknown = oauth2Error('invalid_client', 'Client and secret do not fit, or they were sent in another way.');
    if (credentials === undefined) return refuse(context, unknown);
    const proved = await deps.checkClientSecret(credentials.clientId, credentials.clientSecret);
    const party = proved ? await deps.findRelyingParty(credentials.clientId) : undefined;
    if (party?.oauth2 === undefined) return refuse(context, unknown);
    const given = await redeem({
      clientId: party.id,
      grantType: form['grant_type'],
      code: form['code'],
      redirectUri: form['redirect_uri'],
      verifier: form['code_verifier'],
    });
    if ('error' in given) return refuse(context, given);
    context.body = { access_token: given.accessToken, token_type: 'Bearer', expires_in: tokenLifeSeconds };
  });
}

function refuse(context: Context, error: Oauth2Error): void {
  context.status = error.error === 'invalid_client' ? 401 : 400;
  if (context.status === 401) context.set('WWW-Authenticate', 'Basic realm="oauth2"');
  context.body = error;
}
