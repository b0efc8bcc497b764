import type Router from '@koa/router';
import type { Context } from 'koa';
import { renderProfile } from '../../domain/oauth2/render-profile.js';
import { readForm } from './form.js';
import type { Oauth2Deps } from './oauth2-deps.js';

const TOKEN = /^[A-Za-z0-9]{43}$/;

/** `/profile`: the person, in the shape registered for the client. The token comes as RFC 6750 §2.1 or §2.2 says. */
export function addProfileRoute(router: Router, prefix: string, deps: Oauth2Deps): void {
  const handle = async (context: Context) => {
    context.set('Cache-Control', 'no-store');
    const token = await readToken(context);
    const facts =
      token !== undefined && TOKEN.test(token)
        ? await deps.codes.findAccessToken(token, deps.clock.nowMs())
        : undefined;
    if (facts === undefined) return refuse(context, token === undefined);
    const [party, live] = await Promise.all([
      deps.findRelyingParty(facts.relyingPartyId),
      deps.isSessionLive(facts.sessionUid),
    ]);
    // Signed out here is signed out there: the token dies with the session.
    if (party?.oauth2 === undefined || !live) return refuse(context, false);
    const person = await deps.findClaims(facts.accountId, party);
    if (person === undefined) return refuse(context, false);
    const granted = party.claims.map((claim) => [claim, person.claims[claim]] as const);
    context.body = JSON.stringify(
      renderProfile(party.oauth2.profile, {
        ...Object.fromEntries(granted),
        sub: person.subject,
        client_id: party.id,
      }),
    );
    context.set('Content-Type', 'application/json; charset=utf-8');
  };
  router.get(`${prefix}/profile`, handle);
  router.post(`${prefix}/profile`, handle);
}

/** The token of the header or of the form; '' where both or a wrong kind was sent, undefined where none was. */
async function readToken(context: Context): Promise<string | undefined> {
  const header = context.get('Authorization');
  const form = context.method === 'POST' ? await readForm(context) : undefined;
  const inForm = form?.['access_token'];
  if (header === '') return inForm;
  return inForm === undefined ? (/^Bearer ([^ ]+)$/i.exec(header)?.[1] ?? '') : '';
}

function refuse(context: Context, nothingShown: boolean): void {
  context.status = 401;
  context.set('WWW-Authenticate', nothingShown ? 'Bearer' : 'Bearer error="invalid_token"');
  context.body = nothingShown ? {} : { error: 'invalid_token', error_description: 'The access token is not valid.' };
}
