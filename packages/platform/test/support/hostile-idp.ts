import { createHmac, createPublicKey, createSign, type KeyObject, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';

export type Json = Record<string, unknown>;

export interface TestKey {
  privateKey: KeyObject;
  jwk: Json;
}

export function makeKey(kid: string): TestKey {
  const { privateKey, publicKey } = generateKeyPair();
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } };
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWS with whatever header: honest ES256, `none`, or HS256 with a public key as its secret. */
export function makeJws(header: Json, payload: unknown, key: TestKey): string {
  const input = `${encode(header)}.${encode(payload)}`;
  if (header['alg'] === 'none') return `${input}.`;
  if (header['alg'] === 'HS256') {
    const pem = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' });
    return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
  }
  const signature = createSign('sha256').update(input).sign({ key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** An OpenID provider that answers as a test tells it to; honest until told otherwise. */
export async function startHostileIdp(clientId: string) {
  const key = makeKey('signing');
  const pushed: Json[] = [];
  const exchanged: Json[] = [];
  const lies: {
    idToken?: (claims: Json) => string;
    withoutIdToken?: boolean;
    tokenStatus?: number;
    userInfo?: Json;
    userInfoStatus?: number;
  } = {};
  let nonce = '';
  const claims = (): Json => {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: url,
      aud: clientId,
      sub: 'subject-of-zhang',
      sid: 'session-1',
      nonce,
      iat: now,
      exp: now + 600,
      auth_time: now,
      acr: 'urn:lanyard:acr:device-passkey',
    };
  };
  const honest = (payload: Json) => makeJws({ alg: 'ES256', kid: 'signing', typ: 'JWT' }, payload, key);
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
      const send = (status: number, body: unknown) => {
        response.writeHead(status, { 'Content-Type': 'application/json' });
        response.end(JSON.stringify(body));
      };
      const path = request.url ?? '';
      if (path === '/.well-known/openid-configuration')
        return send(200, {
          issuer: url,
          authorization_endpoint: `${url}/auth`,
          token_endpoint: `${url}/token`,
          pushed_authorization_request_endpoint: `${url}/par`,
          end_session_endpoint: `${url}/session/end`,
          jwks_uri: `${url}/jwks`,
          userinfo_endpoint: `${url}/userinfo`,
          response_types_supported: ['code'],
          subject_types_supported: ['pairwise'],
          id_token_signing_alg_values_supported: ['ES256'],
        });
      if (path === '/userinfo')
        return send(lies.userInfoStatus ?? 200, {
          sub: 'subject-of-zhang',
          name: '张三',
          staff_number: '99001',
          roles: ['registrar@university', 'guard@campus:花都校区', 'not a role'],
          ...lies.userInfo,
        });
      if (path === '/jwks') return send(200, { keys: [key.jwk] });
      if (path === '/par') {
        pushed.push(form);
        nonce = String(form['nonce']);
        return send(201, { request_uri: `urn:ietf:params:oauth:request_uri:${pushed.length}`, expires_in: 60 });
      }
      if (path === '/token') {
        exchanged.push(form);
        if (lies.tokenStatus !== undefined) return send(lies.tokenStatus, { error: 'invalid_grant' });
        return send(200, {
          access_token: randomBytes(8).toString('hex'),
          token_type: 'Bearer',
          expires_in: 300,
          ...(lies.withoutIdToken ? {} : { id_token: (lies.idToken ?? honest)(claims()) }),
        });
      }
      return send(404, {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    url,
    key,
    pushed,
    exchanged,
    lies,
    honest,
    /** A logout token as §2.4 asks, with changes. */
    logoutToken(change: Json = {}, header: Json = {}, by: TestKey = key): string {
      const now = Math.floor(Date.now() / 1000);
      const payload = {
        iss: url,
        aud: clientId,
        iat: now,
        exp: now + 120,
        jti: randomBytes(8).toString('hex'),
        sid: 'session-1',
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        ...change,
      };
      return makeJws({ alg: 'ES256', kid: 'signing', typ: 'logout+jwt', ...header }, payload, by);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type HostileIdp = Awaited<ReturnType<typeof startHostileIdp>>;
