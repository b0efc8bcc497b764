import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { GROUPS } from './cas-clients.js';
import { type ForeignClient, PURPOSE } from './foreign-client.js';

const require = createRequire(import.meta.url);

/** mod_auth_openidc: the page learns the person from variables that the module sets. */
export function modAuthOpenidc(port: number): ForeignClient & { files: Record<string, string> } {
  const origin = `http://localhost:${port}`;
  return {
    id: 'apache-oidc',
    page: `${origin}/`,
    registration: {
      id: 'apache-oidc',
      name_zh: '实验室预约',
      name_en: 'Laboratories',
      protocol: 'oidc',
      ...PURPOSE,
      claims: ['name', 'student_number', 'staff_number', GROUPS],
      oidc: {
        redirect_uris: [`${origin}/signed-in`],
        backchannel_logout_uri: `${origin}/signed-in?logout=backchannel`,
        token_endpoint_auth_method: 'client_secret_basic',
      },
    },
    settings: 'mod_auth_openidc 2.4',
    files: {
      'index.php': `<?php
$read = fn (string $name) => $_SERVER["OIDC_CLAIM_$name"] ?? '';
header('Content-Type: text/plain; charset=utf-8');
echo 'SIGNED-IN ' . json_encode(['user' => $read('student_number') . $read('staff_number'), 'name' => $read('name'),
  'groups' => array_filter(explode(',', $read('${GROUPS}')))], JSON_UNESCAPED_UNICODE) . "\\n";
`,
    },
  };
}

/** openid-client 6 with a key of its own: a server of Node with sessions in memory. */
export function openidClient(port: number) {
  const origin = `http://localhost:${port}`;
  const { privateKey, publicKey } = generateKeyPair();
  return {
    id: 'node-oidc',
    page: `${origin}/`,
    registration: {
      id: 'node-oidc',
      name_zh: '讲座报名',
      name_en: 'Lectures',
      protocol: 'oidc',
      ...PURPOSE,
      claims: ['name', 'student_number', 'staff_number', GROUPS],
      oidc: {
        redirect_uris: [`${origin}/signed-in`],
        backchannel_logout_uri: `${origin}/signed-out`,
        jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
      },
    },
    settings: 'openid-client 6',
    program: (settings: string) => `import { createPrivateKey, webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import * as client from '${pathToFileURL(require.resolve('openid-client'))}';
import { createRemoteJWKSet, jwtVerify } from '${pathToFileURL(require.resolve('jose'))}';
const pem = ${JSON.stringify(privateKey.export({ type: 'pkcs8', format: 'pem' }))};
const privateKey = await webcrypto.subtle.importKey('pkcs8', createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }),
  { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
const sessions = new Map();
const begun = new Map();
async function begin() {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce, code_challenge] = [client.randomState(), client.randomNonce(), await client.calculatePKCECodeChallenge(verifier)];
${settings}
  begun.set(state, { config, verifier, nonce });
  return url;
}
async function finish(url) {
  const state = url.searchParams.get('state');
  const { config, verifier, nonce } = begun.get(state);
  const tokens = await client.authorizationCodeGrant(config, url,
    { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce });
  const claims = tokens.claims();
  const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  sessions.set(claims.sid, { person, config });
  return claims.sid;
}
/** OpenID Connect Back-Channel Logout 1.0 §2.6. */
async function signedOut(token) {
  const [{ config }] = sessions.values();
  const { issuer, jwks_uri } = config.serverMetadata();
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), { issuer, audience: 'node-oidc', typ: 'logout+jwt' });
  if (!('http://schemas.openid.net/event/backchannel-logout' in payload.events) || 'nonce' in payload) throw new Error('no logout token');
  sessions.delete(payload.sid);
}
createServer(async (request, response) => {
  const url = new URL(request.url, '${origin}');
  try {
    if (request.method === 'POST') {
      let body = '';
      for await (const chunk of request) body += chunk;
      await signedOut(new URLSearchParams(body).get('logout_token'));
      return response.end();
    }
    if (url.pathname === '/signed-in') {
      const sid = await finish(url);
      return response.writeHead(302, { Location: '/', 'Set-Cookie': 'NODE_OIDC=' + sid + '; Path=/; HttpOnly' }).end();
    }
    const { person } = sessions.get(/NODE_OIDC=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]) ?? {};
    if (person === undefined) return response.writeHead(302, { Location: (await begin()).href }).end();
    const { student_number = '', staff_number = '', name, ${GROUPS}: groups = [] } = person;
    response.end('SIGNED-IN ' + JSON.stringify({ user: student_number + staff_number, name, groups }));
  } catch (error) {
    console.error(error);
    response.writeHead(400).end('refused');
  }
}).listen(${port}, 'localhost');
`,
  } satisfies ForeignClient & Record<string, unknown>;
}
