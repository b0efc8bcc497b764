import { fork } from 'node:child_process';
import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOperatorClient, type OperatorClient } from '@lanyard/launcher/internal/client/call-service.js';
import { demoNumber } from '@lanyard/launcher/internal/demo/demo-roster.js';
import { readInstallation } from '@lanyard/launcher/internal/installation/read-installation.js';
import { createSoftwareWallet, type OfferObject } from '@lanyard/launcher/internal/software-wallet/software-wallet.js';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { freePort, median, round3 } from '../measure.js';
import { cpuSeconds } from './verify-api.js';

const ROUNDS = 5;
const SIGN_INS = 250;
const TICKETS = 250;
const AT_ONCE = 8;
const BENCH_SEAT = 44;
const REDIRECT = 'http://localhost:9/callback';
const SERVICE = 'http://localhost:9/app/';

interface Server {
  url: string;
  pid: number;
  secret: string;
  cookies: string;
}

const take = (answer: Response, cookies: Map<string, string>) => {
  for (const line of answer.headers.getSetCookie()) {
    const [pair = ''] = line.split(';');
    cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
  }
};
const headerOf = (cookies: ReadonlyMap<string, string>) =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');

/** An authorization request of its own each time, as a client makes it. */
function authorization(url: string): { address: string; verifier: string } {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: 'bench-oidc',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: REDIRECT,
    state: 's',
    nonce: randomBytes(8).toString('hex'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  return { address: `${url}/auth?${query}`, verifier };
}

/** Follows a first sign-in to its end, with one jar for all paths; `atInteraction` proves the person. */
async function openSession(
  url: string,
  atInteraction: (address: string, cookies: Map<string, string>) => Promise<string>,
): Promise<string> {
  const cookies = new Map<string, string>();
  let next: string | undefined = authorization(url).address;
  for (let hop = 0; next?.startsWith(url) && hop < 12; hop += 1) {
    if (/\/(sign-in|interaction)\/[^/]+$/.test(new URL(next).pathname)) next = await atInteraction(next, cookies);
    const answer = await fetch(next, { redirect: 'manual', headers: { Cookie: headerOf(cookies) } });
    take(answer, cookies);
    const location: string | null = answer.headers.get('location');
    next = location === null ? undefined : new URL(location, next).href;
  }
  if (!next?.startsWith(REDIRECT)) throw new Error(`no sign-in at ${url}: ${next}`);
  return headerOf(cookies);
}

/** Into one more service within a session: authorization, code, tokens. */
async function signIn(server: Server): Promise<void> {
  const { address, verifier } = authorization(server.url);
  const answer = await fetch(address, { redirect: 'manual', headers: { Cookie: server.cookies } });
  const code = new URL(answer.headers.get('location') ?? 'x:').searchParams.get('code');
  await answer.arrayBuffer();
  const tokens = await fetch(`${server.url}/token`, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from(`bench-oidc:${server.secret}`).toString('base64')}`,
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: code ?? '',
      code_verifier: verifier,
      redirect_uri: REDIRECT,
    }),
  });
  if (!(await tokens.text()).includes('id_token')) throw new Error(`no tokens from ${server.url}`);
}

async function ticket(server: Server): Promise<string> {
  let next = `${server.url}/cas/login?service=${encodeURIComponent(SERVICE)}`;
  const cookies = new Map<string, string>();
  for (let hop = 0; hop < 6 && next.startsWith(server.url); hop += 1) {
    const answer: Response = await fetch(next, {
      redirect: 'manual',
      headers: { Cookie: `${server.cookies}; ${headerOf(cookies)}` },
    });
    take(answer, cookies);
    const said = await answer.text();
    const location = answer.headers.get('location');
    if (location === null)
      throw new Error(
        `no way on from ${next}, cookies ${[...cookies.keys()]} and ${server.cookies}: ${answer.status} ${said.replace(/<[^>]*>/g, ' ').slice(0, 900)}`,
      );
    next = new URL(location, next).href;
  }
  return new URL(next).searchParams.get('ticket') ?? '';
}

async function validate(server: Server, text: string): Promise<void> {
  const answer = await fetch(
    `${server.url}/cas/p3/serviceValidate?service=${encodeURIComponent(SERVICE)}&ticket=${text}`,
  );
  const said = await answer.text();
  if (!said.includes('authenticationSuccess'))
    throw new Error(`the ticket "${text}" was not accepted: ${said.slice(0, 300)}`);
}

/** Units of work per CPU second of the server's process. */
async function rate(server: Server, works: readonly (() => Promise<void>)[]): Promise<number> {
  const before = cpuSeconds(server.pid);
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let index = next++; index < works.length; index = next++) await works[index]?.();
    }),
  );
  return works.length / (cpuSeconds(server.pid) - before);
}
const times = (count: number, work: () => Promise<void>) => Array.from({ length: count }, () => work);

/** One ES256 signature, per CPU second of this process: the part of a sign-in that no code can save. */
function signatureRate(): number {
  const key = createPrivateKey(generateKeyPair().privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const text = randomBytes(400);
  const before = process.cpuUsage();
  const count = 4_000;
  for (let index = 0; index < count; index += 1) sign('sha256', text, key);
  const used = process.cpuUsage(before);
  return count / ((used.user + used.system) / 1e6);
}

/** A sign-in within a session and a validation, at a running installation and at the library alone, in turns. */
export async function identityFigures(): Promise<object[]> {
  const installation = readInstallation(process.env);
  const client = createOperatorClient(installation);
  const layer = await openLayer(client, installation.home, `http://localhost:${installation.port('idp')}`);
  const bare = await openBare();
  try {
    for (const server of [layer, bare.server])
      await rate(
        server,
        times(SIGN_INS, () => signIn(server)),
      );
    const rates = {
      layer: [] as number[],
      bare: [] as number[],
      empty: [] as number[],
      validate: [] as number[],
      sign: [] as number[],
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.layer.push(
        await rate(
          layer,
          times(SIGN_INS, () => signIn(layer)),
        ),
      );
      rates.bare.push(
        await rate(
          bare.server,
          times(SIGN_INS, () => signIn(bare.server)),
        ),
      );
      const tickets = await Promise.all(Array.from({ length: TICKETS }, () => ticket(layer)));
      rates.validate.push(
        await rate(
          layer,
          tickets.map((text) => () => validate(layer, text)),
        ),
      );
      rates.empty.push(
        await rate(
          layer,
          times(SIGN_INS, () => fetch(`${layer.url}/v1/nowhere`).then((answer) => void answer.arrayBuffer())),
        ),
      );
      rates.sign.push(signatureRate());
    }
    const [signIns, validations, floor] = [median(rates.layer), median(rates.validate), median(rates.bare)];
    const least = 1 / (2 / median(rates.empty) + 1 / median(rates.sign));
    const note = `beside the bare library with its memory adapter; of two empty requests and one signature ${round3(signIns / least)}`;
    return [
      {
        bench: 'idp-signin',
        subject_per_cpu_s: Math.round(signIns),
        floor_per_cpu_s: Math.round(floor),
        ratio: round3(signIns / floor),
        note,
      },
      {
        bench: 'cas-validate',
        subject_per_cpu_s: Math.round(validations),
        floor_per_cpu_s: Math.round(floor),
        ratio: round3(validations / floor),
        note: `p3/serviceValidate beside a sign-in at the bare library; empty request ${Math.round(median(rates.empty))}`,
      },
    ];
  } finally {
    bare.stop();
  }
}

async function openLayer(client: OperatorClient, home: string, url: string): Promise<Server> {
  const pids = JSON.parse(readFileSync(join(home, 'pids.json'), 'utf8')) as Record<string, number>;
  const party = await client.call<{ client_secret?: string }>('idp', '/v1/relying-parties', {
    body: { client_id: 'bench-oidc', client_name: 'bench', redirect_uris: [REDIRECT] },
  });
  const secret =
    party.client_secret ??
    (await client.call<{ client_secret: string }>('idp', '/v1/relying-parties/bench-oidc/secret', { body: {} }))
      .client_secret;
  await client.call('idp', '/v1/relying-parties', {
    body: {
      id: 'bench-cas',
      name_zh: 'bench',
      name_en: 'bench',
      protocol: 'cas',
      claims: ['name'],
      purpose_zh: '测速',
      purpose_en: 'bench',
      cas: { services: [{ url: SERVICE }] },
    },
  });
  const offer = await client.call<{ credential_offer: OfferObject; tx_code: string }>(
    'issuer',
    '/v1/credential-offers',
    {
      body: { student_number: demoNumber(BENCH_SEAT) },
    },
  );
  const wallet = createSoftwareWallet();
  await wallet.claim(offer.credential_offer, offer.tx_code, { ids: 10, passes: 0 });
  const cookies = await openSession(url, async (address, jar) => {
    const answer = await fetch(`${address}/wallet`, { redirect: 'manual', headers: { Cookie: headerOf(jar) } });
    return (await wallet.presentTo(answer.headers.get('location') ?? '')) ?? '';
  });
  return { url, pid: pids['idp'] ?? 0, secret, cookies };
}

async function openBare(): Promise<{ server: Server; stop: () => void }> {
  const port = await freePort();
  const secret = randomBytes(32).toString('base64url');
  const child = fork(new URL('../bare-provider.js', import.meta.url).pathname, [String(port), secret, REDIRECT], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await new Promise((resolve) => child.once('message', resolve));
  const url = `http://localhost:${port}`;
  const cookies = await openSession(url, (address) => Promise.resolve(address));
  return { server: { url, pid: child.pid ?? 0, secret, cookies }, stop: () => void child.kill() };
}
