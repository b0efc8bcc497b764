import { createHash, randomBytes } from 'node:crypto';
import type { CommandContext } from '../commands/command.js';
import type { SoftwareWallet } from '../software-wallet/software-wallet.js';

const REDIRECT = 'http://localhost:9/demo';
const HOPS = 12;
const NEW_ACCOUNT_MS = 5_000;

/**
 * What a browser and a wallet do on one device: the service sends the browser to the identity layer, the student ID is
 * presented, and the browser comes back to the service with a code.
 */
export async function signInWithStudentId(context: CommandContext, wallet: SoftwareWallet): Promise<string> {
  const idp = context.installation.publicUrl('idp');
  await context.client.call('idp', '/v1/relying-parties', {
    body: { client_id: 'demo-service', client_name: 'Demo service', redirect_uris: [REDIRECT] },
  });
  const until = Date.now() + NEW_ACCOUNT_MS;
  for (;;) {
    const ended = await tryOnce(idp, wallet);
    // The register's news of a student imported a moment ago may still be on its way.
    if (ended === 'signed in' || Date.now() > until) return ended;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function tryOnce(idp: string, wallet: SoftwareWallet): Promise<string> {
  const cookies = new Map<string, string>();
  let next = authorizationAddress(idp);
  for (let hop = 0; hop < HOPS; hop += 1) {
    const atPage = /\/sign-in\/[^/?]+$/.test(new URL(next).pathname);
    const answer = await fetch(atPage ? `${next}/wallet` : next, {
      redirect: 'manual',
      headers: { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = answer.headers.get('location');
    if (location === null) return `stopped with ${answer.status}`;
    next = atPage ? ((await wallet.presentTo(location)) ?? '') : new URL(location, next).href;
    if (next.startsWith(REDIRECT)) return new URL(next).searchParams.has('code') ? 'signed in' : 'refused';
  }
  return 'led in a circle';
}

function authorizationAddress(idp: string): string {
  const query = new URLSearchParams({
    client_id: 'demo-service',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: REDIRECT,
    state: randomBytes(8).toString('hex'),
    nonce: randomBytes(8).toString('hex'),
    code_challenge: createHash('sha256').update(randomBytes(32).toString('base64url')).digest('base64url'),
    code_challenge_method: 'S256',
  });
  return `${idp}/auth?${query}`;
}
