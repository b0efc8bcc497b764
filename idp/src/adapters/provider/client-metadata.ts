import { OPENID_CREDENTIAL } from '@lanyard/protocol';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';

/** Identifier of the one internal client behind the facades. */
export const FACADE_CLIENT = 'lanyard-facade';

/**
 * Metadata of a relying party as the provider reads it (OpenID Connect Registration §2). Only OpenID Connect parties
 * are clients of the provider; the others come through the facade client.
 */
export function clientMetadata(
  party: RelyingParty,
  secretDigest: string | undefined,
): Record<string, unknown> | undefined {
  const oidc = party.oidc;
  if (oidc === undefined) return undefined;
  return {
    client_id: party.id,
    client_name: party.name_en,
    application_type: 'web',
    redirect_uris: oidc.redirect_uris,
    post_logout_redirect_uris: oidc.post_logout_redirect_uris,
    response_types: ['code'],
    grant_types: ['authorization_code', ...(oidc.refresh_tokens ? ['refresh_token'] : [])],
    token_endpoint_auth_method: oidc.token_endpoint_auth_method,
    ...(oidc.token_endpoint_auth_method === 'private_key_jwt' ? { token_endpoint_auth_signing_alg: 'ES256' } : {}),
    // The provider compares what it is given with this; we give it digests (see create-provider).
    ...(secretDigest === undefined ? {} : { client_secret: secretDigest }),
    ...(oidc.jwks === undefined ? {} : { jwks: oidc.jwks }),
    ...(oidc.jwks_uri === undefined ? {} : { jwks_uri: oidc.jwks_uri }),
    ...(oidc.backchannel_logout_uri === undefined
      ? {}
      : { backchannel_logout_uri: oidc.backchannel_logout_uri, backchannel_logout_session_required: true }),
    // A wallet is mostly a public client: what it gets is bound to its key, and nobody else can have changed its request.
    dpop_bound_access_tokens: oidc.dpop_bound_access_tokens || oidc.credential_wallet,
    require_pushed_authorization_requests: oidc.require_pushed_authorization_requests || oidc.credential_wallet,
    id_token_signed_response_alg: oidc.id_token_signed_response_alg,
    subject_type: 'pairwise',
    // The library takes this for a promise of ID tokens, and a wallet asks for none.
    ...(oidc.credential_wallet ? { authorization_details_types: [OPENID_CREDENTIAL] } : { require_auth_time: true }),
  };
}
