import { type Clock, createRoutes, type Logger, parseFormBody, readBody } from '@lanyard/platform';
import type { Context } from 'koa';
import { checkAssertion, claimedPartner } from '../../domain/partners/client-assertion.js';
import { TOKEN_SECONDS } from '../../storage/partner-store.js';
import type { PartnerAuthenticationDeps } from './authenticate-partner.js';
import { shownCertificate } from './client-certificate.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const MAX_FORM_BYTES = 16_384;
export const PARTNER_TOKEN_PATH = '/partner/v1/token';
export const PARTNER_METADATA_PATH = '/.well-known/oauth-authorization-server/partner';

export interface PartnerTokenDeps extends PartnerAuthenticationDeps {
  verifierUrl: string;
  /** Origin of the listener for client certificates; undefined where there is none. */
  tlsUrl: string | undefined;
  clock: Clock;
  log: Logger;
}

/**
 * Client credentials (RFC 6749 §4.4): a token of five minutes, for an assertion under a partner's key (private_key_jwt,
 * RFC 7523) or for a certificate it shows (RFC 8705). Where a certificate was shown, the token is bound to it.
 */
export function createPartnerTokenRoutes(deps: PartnerTokenDeps) {
  const { partners, certificates, verifierUrl, tlsUrl } = deps;
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  const audiences = [verifierUrl, ...(tlsUrl === undefined ? [] : [tlsUrl])].flatMap((origin) => [
    ...[`${origin}/partner`, `${origin}${PARTNER_TOKEN_PATH}`],
  ]);

  /** The certificate of this connection, if it is this partner's and holds. */
  async function certificateOf(context: Context, partnerId: string): Promise<string | undefined> {
    const shown = shownCertificate(context.req);
    if (shown === undefined) return undefined;
    return (await certificates.find(shown))?.partnerId === partnerId ? shown : undefined;
  }

  async function byAssertion(form: Record<string, string>, context: Context): Promise<string | undefined> {
    if (form['client_assertion_type'] !== ASSERTION_TYPE) return undefined;
    const assertion = form['client_assertion'] ?? '';
    const claimed = claimedPartner(assertion);
    const partner = claimed === undefined ? undefined : await partners.find(claimed);
    if (partner === undefined || (form['client_id'] ?? partner.id) !== partner.id) return undefined;
    const certificate = await certificateOf(context, partner.id);
    if (certificate === undefined && (partner.mutual_tls || shownCertificate(context.req) !== undefined))
      return undefined;
    const held = checkAssertion(assertion, partner, { audiences, nowSeconds: deps.clock.nowSeconds() });
    return held === undefined ? undefined : partners.giveToken(held, certificate);
  }

  async function byCertificate(form: Record<string, string>, context: Context): Promise<string | undefined> {
    const partner = await partners.find(form['client_id'] ?? '');
    const certificate = partner === undefined ? undefined : await certificateOf(context, partner.id);
    if (partner === undefined || certificate === undefined) return undefined;
    return partners.giveBoundToken(partner.id, certificate);
  }

  route(
    {
      ...{ method: 'post', path: PARTNER_TOKEN_PATH, callers: ['open'] },
      summary: 'A token for a partner’s signed assertion, or for its certificate',
    },
    async ({ context }) => {
      const refuse = (error: string, status = 400) => {
        deps.log.info('partner-token.refused', { code: error });
        return { status, headers: { 'Cache-Control': 'no-store' }, body: { error } };
      };
      if (!context.is('application/x-www-form-urlencoded')) return refuse('invalid_request');
      const form = parseFormBody(await readBody(context.req, MAX_FORM_BYTES));
      if (form['grant_type'] !== 'client_credentials') return refuse('unsupported_grant_type');
      const bare = form['client_assertion'] === undefined && form['client_assertion_type'] === undefined;
      const token = await (bare ? byCertificate(form, context) : byAssertion(form, context));
      if (token === undefined) return refuse('invalid_client', 401);
      const body = { access_token: token, token_type: 'Bearer', expires_in: TOKEN_SECONDS };
      return { headers: { 'Cache-Control': 'no-store' }, body };
    },
  );
  route(
    {
      ...{ method: 'get', path: PARTNER_METADATA_PATH, callers: ['open'] },
      summary: 'How partners get tokens (RFC 8414)',
    },
    () => ({ headers: { 'Cache-Control': 'public, max-age=300' }, body: metadataOf(verifierUrl, tlsUrl) }),
  );
  return router;
}

function metadataOf(verifierUrl: string, tlsUrl: string | undefined): object {
  const methods = tlsUrl === undefined ? [] : ['tls_client_auth', 'self_signed_tls_client_auth'];
  return {
    issuer: `${verifierUrl}/partner`,
    token_endpoint: `${verifierUrl}${PARTNER_TOKEN_PATH}`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt', ...methods],
    token_endpoint_auth_signing_alg_values_supported: ['ES256'],
    // Required by RFC 8414, empty without an authorization endpoint.
    response_types_supported: [],
    ...(tlsUrl === undefined
      ? {}
      : {
          tls_client_certificate_bound_access_tokens: true,
          mtls_endpoint_aliases: { token_endpoint: `${tlsUrl}${PARTNER_TOKEN_PATH}` },
        }),
  };
}
