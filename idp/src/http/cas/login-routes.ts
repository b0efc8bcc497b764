import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { MatchService } from '../../domain/cas/service-address.js';
import { withParameters } from '../../domain/cas/service-address.js';
import { makeTicket } from '../../domain/cas/ticket.js';
import type { FacadeOutcome } from '../../domain/facades/facade-sign-in.js';
import { sendTo } from './answers.js';
import type { CasDeps } from './cas-deps.js';
import { POST_SCRIPT, postPage, postPolicy } from './post-page.js';
import { isSet, queryParameters } from './query-parameters.js';

const zState = z.strictObject({
  service: z.string(),
  /** Name under which the ticket goes out: old Java and .NET clients sent TARGET and read SAMLart. */
  field: z.enum(['ticket', 'SAMLart']),
  post: z.boolean(),
  gateway: z.boolean(),
});
type LoginState = z.output<typeof zState>;

const NAMES = ['service', 'TARGET', 'renew', 'gateway', 'method'] as const;
const MAX_STATE_BYTES = 4_000;

/**
 * `/login` and the way back (CAS protocol §2.1, §2.2.4). `warn` is read by nobody: there is no form here to which it
 * would belong, and consent is asked by the layer itself.
 */
export function addLoginRoutes(router: Router, prefix: string, deps: CasDeps, matcher: () => Promise<MatchService>) {
  router.get(`${prefix}/login`, async (context: Context) => {
    const { values, repeated } = queryParameters(context.querystring, NAMES);
    const service = values.service ?? values.TARGET;
    if (repeated || (values.service !== undefined && values.TARGET !== undefined))
      return deps.renderError(context, { status: 400, code: 'cas-request-invalid' });
    if (service === undefined || service === '') return sendTo(context, '/account');
    const found = (await matcher())(service);
    if (found === undefined) return deps.renderError(context, { status: 400, code: 'cas-service-not-registered' });
    // renew wins over gateway (CAS protocol §2.1.1).
    const renew = isSet(values.renew);
    const gateway = !renew && isSet(values.gateway);
    const state: LoginState = {
      service,
      field: values.service === undefined ? 'SAMLart' : 'ticket',
      post: values.method?.toUpperCase() === 'POST',
      gateway,
    };
    const stateText = JSON.stringify(state);
    if (Buffer.byteLength(stateText) > MAX_STATE_BYTES)
      return deps.renderError(context, { status: 400, code: 'cas-request-invalid' });
    const prompt = renew ? 'fresh' : gateway ? 'silent' : 'normal';
    sendTo(context, await deps.signIn.begin(context, { facade: 'cas', party: found.party, prompt, state: stateText }));
  });

  router.get(`${prefix}/callback`, async (context: Context) => {
    const outcome = await deps.signIn.complete(context, 'cas');
    if (outcome.outcome === 'unknown')
      return deps.renderError(context, { status: 400, code: 'facade-request-unknown' });
    const state = zState.parse(JSON.parse(outcome.state));
    // What is registered may have changed while the person signed in.
    const found = (await matcher())(state.service);
    if (found?.party.id !== outcome.party.id)
      return deps.renderError(context, { status: 400, code: 'cas-service-not-registered' });
    if (outcome.outcome !== 'signed-in' && state.gateway) return sendTo(context, found.address.href);
    // Not back without a ticket: the service would send the browser here again, round and round.
    if (outcome.outcome === 'nobody')
      return deps.renderError(context, { status: 403, code: 'facade-sign-in-not-done' });
    if (outcome.outcome === 'refused') return deps.renderError(context, { status: 403, code: outcome.reason });
    const ticket = await issueTicket(outcome, state);
    const { href, origin } = found.address;
    if (!state.post) return sendTo(context, withParameters({ href }, { [state.field]: ticket }));
    context.status = 200;
    context.set('Cache-Control', 'no-store');
    context.set('Content-Security-Policy', postPolicy(origin));
    context.set('Content-Type', 'text/html; charset=utf-8');
    context.body = postPage({ action: href, field: state.field, ticket, scriptPath: `${prefix}/post.js` });
  });

  router.get(`${prefix}/post.js`, (context: Context) => {
    context.set('Content-Type', 'text/javascript; charset=utf-8');
    context.body = POST_SCRIPT;
  });

  async function issueTicket(
    { party, session }: Extract<FacadeOutcome, { outcome: 'signed-in' }>,
    state: LoginState,
  ): Promise<string> {
    const text = makeTicket('ST', deps.random);
    await deps.tickets.issue({
      kind: 'ST',
      text,
      relyingPartyId: party.id,
      service: state.service,
      sessionUid: session.sessionUid,
      accountId: session.accountId,
      acr: session.acr,
      authTimeSeconds: session.authTimeSeconds,
      fresh: session.fresh,
      proxies: [],
      expiresAtMs: deps.clock.nowMs() + (deps.ticketLifeSeconds ?? 30) * 1_000,
    });
    return text;
  }
}
