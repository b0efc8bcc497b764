import { Refusal } from '@lanyard/platform';
import { type RelyingParty, zRelyingParty } from './relying-party.js';

/** Metadata of OpenID Connect Registration §2 that become our `oidc` part. */
const OIDC_MEMBERS = [
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'token_endpoint_auth_method',
  'jwks',
  'jwks_uri',
  'dpop_bound_access_tokens',
  'require_pushed_authorization_requests',
  'id_token_signed_response_alg',
] as const;

/**
 * Reads a registration in our own shape, or as the plain client metadata that other servers take (`client_id`,
 * `client_name`, `redirect_uris` …). All addresses of an OpenID Connect party share one host: its subjects are pairwise.
 * @throws Refusal `relying-party-invalid`, `relying-party-reserved`
 */
export function readRegistration(input: unknown): RelyingParty {
  const parsed = zRelyingParty.safeParse(isRecord(input) ? fromClientMetadata(input) : input);
  if (!parsed.success) {
    const errors = parsed.error.issues
      .slice(0, 20)
      .map((issue) => ({ at: issue.path.join('.'), message: issue.message }));
    throw new Refusal('relying-party-invalid', { detail: errors[0]?.message ?? '', fields: { errors } });
  }
  const party = parsed.data;
  if (/^lanyard(-|$)/.test(party.id)) throw new Refusal('relying-party-reserved');
  const hosts = new Set((party.oidc?.redirect_uris ?? []).map((uri) => new URL(uri).host));
  if (hosts.size > 1) throw new Refusal('relying-party-invalid', { detail: 'all redirect_uris must have one host' });
  return party;
}

function fromClientMetadata(input: Record<string, unknown>): Record<string, unknown> {
  if ('protocol' in input || !('redirect_uris' in input)) return input;
  const { client_id: id, client_name: name, client_uri: home, grant_types: grants, ...rest } = input;
  const oidc = Object.fromEntries(
    OIDC_MEMBERS.flatMap((member) => (rest[member] === undefined ? [] : [[member, rest[member]]])),
  );
  const own = Object.fromEntries(
    Object.entries(rest).filter(
      ([member]) => !(OIDC_MEMBERS as readonly string[]).includes(member) && !FIXED.has(member),
    ),
  );
  return {
    name_zh: name,
    name_en: name,
    ...(home === undefined ? {} : { home_url: home }),
    ...own,
    id,
    protocol: 'oidc',
    oidc: {
      token_endpoint_auth_method: 'client_secret_basic',
      ...oidc,
      refresh_tokens: Array.isArray(grants) && grants.includes('refresh_token'),
    },
  };
}

/** Members whose only value here is the one we give. */
const FIXED = new Set([
  'response_types',
  'subject_type',
  'application_type',
  'scope',
  'require_auth_time',
  'backchannel_logout_session_required',
]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
