import Router from '@koa/router';
import { createProxyGrants } from '../../domain/cas/grant-proxy.js';
import { createProxyTickets } from '../../domain/cas/issue-proxy-ticket.js';
import { createTicketValidation } from '../../domain/cas/validate-ticket.js';
import { type CasDeps, keepMatcher } from './cas-deps.js';
import { addLoginRoutes } from './login-routes.js';
import { addLogoutRoute } from './logout-route.js';
import { addSamlRoute } from './saml-route.js';
import { addValidationRoutes } from './validation-routes.js';

const TICKET_LIFE_SECONDS = 30;
const GRANTING_TICKET_LIFE_SECONDS = 8 * 3_600;

/**
 * CAS 1.0, 2.0 and 3.0 as a facade over the layer's own sign-in, under each of the prefixes: a client that asks
 * `/authserver` gets the same answers as one that asks `/cas`. Not by the guarded routes of our own APIs: the answers
 * are those of the protocol, refusals too.
 */
export function createCasRoutes(deps: CasDeps): Router {
  const { tickets, findRelyingParty, isSessionLive, random } = deps;
  const ticketLifeSeconds = deps.ticketLifeSeconds ?? TICKET_LIFE_SECONDS;
  const nowMs = () => deps.clock.nowMs();
  const matcher = keepMatcher(deps.listRelyingParties);
  const grantProxy = createProxyGrants({
    fetchCallback: deps.fetchProxyCallback,
    store: tickets.storeGrantingTicket,
    random,
    nowMs,
    lifeSeconds: deps.grantingTicketLifeSeconds ?? GRANTING_TICKET_LIFE_SECONDS,
  });
  const validate = createTicketValidation({
    spend: tickets.spend,
    noteRefusal: tickets.noteRefusal,
    findRelyingParty,
    isSessionLive,
    findPerson: deps.findClaims,
    grantProxy,
    nowMs,
  });
  const issueProxyTicket = createProxyTickets({
    findGrantingTicket: tickets.findGrantingTicket,
    findRelyingParty,
    matchService: matcher,
    isSessionLive,
    findPerson: deps.findClaims,
    issue: tickets.issue,
    random,
    nowMs,
    ticketLifeSeconds,
  });
  const router = new Router();
  for (const prefix of deps.prefixes) {
    addLoginRoutes(router, prefix, { ...deps, ticketLifeSeconds }, matcher);
    addLogoutRoute(router, prefix, deps, matcher);
    addValidationRoutes(router, prefix, { validate, issueProxyTicket });
    addSamlRoute(router, prefix, {
      validate,
      publicUrl: deps.publicUrl,
      nowSeconds: () => deps.clock.nowSeconds(),
      random,
    });
  }
  return router;
}
