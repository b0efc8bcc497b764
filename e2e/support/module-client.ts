import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { createRemoteJWKSet, importPKCS8, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { freePort } from '../../packages/platform/test/support/free-port.js';
import type { Installation } from './installation.js';

export interface ModuleClient {
  id: string;
  nameZh: string;
  page: string;
  /** Sessions of people that are open here now. */
  openSessions(): number;
  /** The service goes down, and comes back with the sessions it had. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

interface PersonSession {
  sid: string;
  shown: Record<string, unknown>;
}

/**
 * A campus module as relying party: authorization code with PKCE, its own key (private_key_jwt), its own sessions,
 * back-channel logout. Stands for a system of another vendor.
 */
export async function startModuleClient(
  installation: Installation,
  module: { id: string; nameZh: string; nameEn: string },
): Promise<ModuleClient> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const { privateKey, publicKey } = generateKeyPair();
  await installation.idp('/v1/relying-parties', {
    id: module.id,
    name_zh: module.nameZh,
    name_en: module.nameEn,
    protocol: 'oidc',
    home_url: `${origin}/`,
    purpose_zh: '办理本人的业务',
    purpose_en: "To do a person's own business",
    claims: ['name', 'account_kind', 'groups'],
    oidc: {
      redirect_uris: [`${origin}/signed-in`],
      backchannel_logout_uri: `${origin}/signed-out`,
      jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
    },
  });
  const key = await importPKCS8(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'ES256');
  const config = await client.discovery(
    new URL(installation.run.services.idp),
    module.id,
    undefined,
    client.PrivateKeyJwt(key),
    { execute: [client.allowInsecureRequests] },
  );
  const sessions = new Map<string, PersonSession>();
  const begun = new Map<string, { verifier: string; nonce: string }>();
  const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''));

  async function begin(): Promise<string> {
    const [state, nonce, verifier] = [client.randomState(), client.randomNonce(), client.randomPKCECodeVerifier()];
    begun.set(state, { verifier, nonce });
    return client.buildAuthorizationUrl(config, {
      redirect_uri: `${origin}/signed-in`,
      scope: 'openid profile',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    }).href;
  }

  async function finish(url: URL): Promise<string> {
    const state = url.searchParams.get('state') ?? '';
    const known = begun.get(state);
    begun.delete(state);
    const tokens = await client.authorizationCodeGrant(config, url, {
      pkceCodeVerifier: known?.verifier ?? '',
      expectedState: state,
      expectedNonce: known?.nonce ?? '',
    });
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('no ID token');
    const shown = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
    const cookie = randomBytes(16).toString('hex');
    sessions.set(cookie, { sid: String(claims['sid']), shown });
    return cookie;
  }

  /** OpenID Connect Back-Channel Logout §2.6. */
  async function signOut(logoutToken: string): Promise<void> {
    const { payload } = await jwtVerify(logoutToken, keys, {
      issuer: config.serverMetadata().issuer,
      audience: module.id,
      typ: 'logout+jwt',
    });
    const events = (payload['events'] ?? {}) as Record<string, unknown>;
    if (!('http://schemas.openid.net/event/backchannel-logout' in events) || 'nonce' in payload)
      throw new Error('no logout token');
    for (const [cookie, session] of sessions) if (session.sid === payload['sid']) sessions.delete(cookie);
  }

  async function handle(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin);
    const name = `${module.id}-session`;
    if (request.method === 'POST' && url.pathname === '/signed-out') {
      let body = '';
      for await (const chunk of request) body += chunk;
      await signOut(new URLSearchParams(body).get('logout_token') ?? '');
      answer.end();
    } else if (url.pathname === '/signed-in') {
      const cookie = await finish(url);
      answer.writeHead(302, { Location: '/', 'Set-Cookie': `${name}=${cookie}; Path=/; HttpOnly` }).end();
    } else {
      const cookie = new RegExp(`${name}=([0-9a-f]+)`).exec(request.headers.cookie ?? '')?.[1] ?? '';
      const session = sessions.get(cookie);
      if (session === undefined) answer.writeHead(302, { Location: await begin() }).end();
      else answer.end(`SIGNED-IN ${JSON.stringify(session.shown)}`);
    }
  }

  let server: Server | undefined;
  async function listen(): Promise<void> {
    server = createServer((request, answer) => {
      handle(request, answer).catch((error: unknown) => {
        answer.writeHead(400).end(error instanceof Error ? error.message : 'refused');
      });
    });
    await new Promise<void>((resolve) => server?.listen(port, 'localhost', resolve));
  }
  async function close(): Promise<void> {
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
    server = undefined;
  }
  await listen();
  return {
    id: module.id,
    nameZh: module.nameZh,
    page: `${origin}/`,
    openSessions: () => sessions.size,
    goDown: close,
    comeBack: listen,
    close,
  };
}
