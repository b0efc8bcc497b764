import type { GuardedFetch } from '@lanyard/platform';
import * as client from 'openid-client';
import { type Upstream, type UpstreamConnector, UpstreamRefusal } from '../../domain/upstream/upstream.js';

const isLoopback = (address: string) => ['localhost', '127.0.0.1'].includes(new URL(address).hostname);

/** An OpenID Connect server as upstream: code flow with PKCE, state, nonce; `iss` of the answer is checked. */
export function createOidcUpstream(
  upstream: Extract<Upstream, { kind: 'oidc' }>,
  deps: { guardedFetch: GuardedFetch; secret: string },
): UpstreamConnector {
  let discovered: Promise<client.Configuration> | undefined;
  const host = new URL(upstream.issuer).host;
  const guarded: client.CustomFetch = async (address, options) => {
    const answer = await deps.guardedFetch(address, {
      method: options.method === 'POST' ? 'POST' : 'GET',
      headers: { ...(options.headers as Record<string, string>) },
      ...(options.body === undefined || options.body === null ? {} : { body: String(options.body) }),
      privateHosts: [host],
    });
    return new Response(new Uint8Array(answer.body), {
      status: answer.status,
      headers: { 'content-type': answer.headers['content-type'] ?? '' },
    });
  };
  function configuration(): Promise<client.Configuration> {
    discovered ??= client
      .discovery(new URL(upstream.issuer), upstream.client_id, deps.secret, undefined, {
        [client.customFetch]: guarded,
        ...(isLoopback(upstream.issuer) ? { execute: [client.allowInsecureRequests] } : {}),
      })
      .catch((cause: unknown) => {
        discovered = undefined;
        throw new UpstreamRefusal('upstream-away', { cause });
      });
    return discovered;
  }
  return {
    async begin({ id, callback }) {
      const config = await configuration();
      const codeVerifier = client.randomPKCECodeVerifier();
      const nonce = client.randomNonce();
      const address = client.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: upstream.scope,
        state: id,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      });
      return { address: address.href, codeVerifier, nonce };
    },
    async complete(request, query) {
      const config = await configuration();
      const { codeVerifier, nonce } = request;
      if (codeVerifier === undefined || nonce === undefined) throw new UpstreamRefusal('upstream-answer-invalid');
      try {
        const tokens = await client.authorizationCodeGrant(config, new URL(`${request.callback}?${query}`), {
          pkceCodeVerifier: codeVerifier,
          expectedNonce: nonce,
          expectedState: request.id,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        const found =
          claims?.[upstream.number_claim] ??
          (await userInfo(config, tokens.access_token, claims?.sub ?? ''))[upstream.number_claim];
        if (typeof found !== 'string') throw new UpstreamRefusal('upstream-account-unknown');
        return found;
      } catch (cause) {
        if (cause instanceof UpstreamRefusal) throw cause;
        throw new UpstreamRefusal('upstream-refused', { cause });
      }
    },
  };
}

async function userInfo(
  config: client.Configuration,
  accessToken: string,
  subject: string,
): Promise<Record<string, unknown>> {
  return (await client.fetchUserInfo(config, accessToken, subject)) as Record<string, unknown>;
}
