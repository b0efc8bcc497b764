import { type Clock, createRoutes, type Logger, parseFormBody, readBody } from '@lanyard/platform';
import { checkAssertion, claimedPartner } from '../../domain/partners/client-assertion.js';
import { type PartnerStore, TOKEN_SECONDS } from '../../storage/partner-store.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const MAX_FORM_BYTES = 16_384;
export const PARTNER_TOKEN_PATH = '/partner/v1/token';

/** Client credentials with private_key_jwt (RFC 6749 §4.4, RFC 7523): a token of five minutes for a partner's key. */
export function createPartnerTokenRoutes(deps: {
  partners: PartnerStore;
  verifierUrl: string;
  clock: Clock;
  log: Logger;
}) {
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  const audiences = [`${deps.verifierUrl}/partner`, `${deps.verifierUrl}${PARTNER_TOKEN_PATH}`];

  async function grant(form: Record<string, string>): Promise<object | undefined> {
    const assertion = form['client_assertion'] ?? '';
    const claimed = claimedPartner(assertion);
    const partner = claimed === undefined ? undefined : await deps.partners.find(claimed);
    if (partner === undefined || (form['client_id'] ?? partner.id) !== partner.id) return undefined;
    const held = checkAssertion(assertion, partner, { audiences, nowSeconds: deps.clock.nowSeconds() });
    const token = held === undefined ? undefined : await deps.partners.giveToken(held);
    return token === undefined ? undefined : { access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS };
  }

  route(
    {
      ...{ method: 'post', path: PARTNER_TOKEN_PATH, callers: ['open'] },
      summary: 'A token for a partner’s signed assertion',
    },
    async ({ context }) => {
      const refuse = (error: string, status = 400) => {
        deps.log.info('partner-token.refused', { code: error });
        return { status, headers: { 'Cache-Control': 'no-store' }, body: { error } };
      };
      if (!context.is('application/x-www-form-urlencoded')) return refuse('invalid_request');
      const form = parseFormBody(await readBody(context.req, MAX_FORM_BYTES));
      if (form['grant_type'] !== 'client_credentials') return refuse('unsupported_grant_type');
      if (form['client_assertion_type'] !== ASSERTION_TYPE) return refuse('invalid_client', 401);
      const body = await grant(form);
      return body === undefined ? refuse('invalid_client', 401) : { headers: { 'Cache-Control': 'no-store' }, body };
    },
  );
  return router;
}
