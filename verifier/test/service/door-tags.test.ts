import { randomBytes } from 'node:crypto';
import { nodeAes } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readUrl } from '../../../issuer/test/service/support/cards.js';
import { createNtag424Card, type Ntag424Card } from '../../../packages/protocol/test/support/ntag424-card.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';
import { answer, fetchRequest, openRequestObject, presentFor } from './support/wallet.js';

const PORT = 7400;
let issuer: StandInIssuer;
let verifier: TestVerifier;
let offsetMs = 0;
const clock = {
  nowMs: () => Date.now() + offsetMs,
  nowSeconds: () => Math.floor((Date.now() + offsetMs) / 1000),
};
let agent: Awaited<ReturnType<TestVerifier['enrolAgent']>>;
let tag: Ntag424Card;

interface Registered {
  number: number;
  file: string;
  settings: string;
  keys: string[];
}
interface Presented {
  n: number;
  id: string;
  verdict: string;
  reason?: string;
  title_zh: string;
  name?: string;
}

beforeAll(async () => {
  issuer = await startStandInIssuer(PORT - 1);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({
    port: PORT,
    issuerUrl: issuer.url,
    clock,
    environment: { LANYARD_UNIVERSITY_NAME: '示例大学', LANYARD_PUBLIC_PAGE_PER_MINUTE: '100000' },
  });
  await verifier.synced(issuer.sequence());
  await verifier.putCheckpoint('dorm-7', { requires_semester_registration: true });
  agent = await verifier.enrolAgent('dorm-7');
  tag = await makeTag('dorm-7');
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

/** A tag as its writer makes it from what the registration answers. */
async function makeTag(checkpoint: string, uid = Uint8Array.of(4, ...randomBytes(6))): Promise<Ntag424Card> {
  const answered = await verifier.operator('/v1/door-tags', {
    body: { checkpoint, name: '西门', uid: Buffer.from(uid).toString('hex') },
  });
  expect(answered.status).toBe(201);
  const made = (await answered.json()) as Registered;
  const file = hex(made.file);
  return createNtag424Card({
    aes: nodeAes,
    uid,
    memory: {
      ...{ uid, readCounter: 0, settings: hex(made.settings) },
      keys: made.keys.map((key) => ({ key: hex(key), version: 1 })),
      file: Uint8Array.of(...file, ...new Uint8Array(256 - file.length)),
    },
  });
}

const touch = (url: string, userAgent = 'Android') =>
  fetch(url, { redirect: 'manual', headers: { 'User-Agent': userAgent } });
const linkOf = async (answered: Response) => {
  expect(answered.status, await answered.clone().text()).toBe(303);
  return answered.headers.get('location') ?? '';
};
const present = async (link: string, claims: object = {}) => {
  const request = await fetchRequest(link, issuer.authority.root);
  const held = issuer.makeStudentId({ claims });
  return answer(request, { student_id: [presentFor(request, held)] });
};
const presented = (after: number, wait = 0) =>
  agent.client.json<{ presented: Presented[]; last: number }>(
    `/v1/checkpoints/dorm-7/presented?after=${after}&wait=${wait}`,
  );

describe('a touch of a door tag', () => {
  it('opens the wallet with a request of its own, and the answer appears on the door’s screen', async () => {
    const { last } = await presented(0);
    const waiting = presented(last, 20);
    const link = await linkOf(await touch(readUrl(tag)));
    expect(link).toMatch(/^http:\/\/localhost:8080\/present\?/);
    expect((await present(link)).status).toBe(200);
    const told = await waiting;
    expect(told.presented).toMatchObject([{ verdict: 'accepted', title_zh: '通过' }]);
    expect(told.presented[0]).not.toHaveProperty('name');
    expect((await presented(told.last)).presented).toEqual([]);
  });

  it('tells the door’s name in the wallet and asks for what its policy looks at', async () => {
    const link = new URL(await linkOf(await touch(readUrl(tag))));
    const jwt = await (await fetch(link.searchParams.get('request_uri') ?? '')).text();
    const { payload } = openRequestObject(jwt, issuer.authority.root);
    expect(JSON.stringify(payload)).toContain('南门');
    const request = await fetchRequest(String(link), issuer.authority.root);
    const paths = request.dcql_query.credentials[0]?.claims?.map(({ path }) => path[0]);
    expect(paths).toEqual(['registered_until']);
  });

  it('shows the name where the door shows portraits', async () => {
    await verifier.putCheckpoint('desk', { show_portrait: true });
    const desk = await makeTag('desk');
    const link = await linkOf(await touch(readUrl(desk)));
    const request = await fetchRequest(link, issuer.authority.root);
    expect(request.dcql_query.credentials[0]?.claims?.map(({ path }) => path[0])).toEqual(['name', 'portrait']);
  });

  it('is decided by the door’s policy [not registered]', async () => {
    const { last } = await presented(0);
    const link = await linkOf(await touch(readUrl(tag)));
    expect((await present(link, { registered_until: '2020-01-01' })).status).toBe(200);
    expect((await presented(last)).presented).toMatchObject([{ verdict: 'rejected', reason: 'not-registered' }]);
  });

  it('tells an iPhone what to open: a tap there ends in the browser, not in an installed wallet', async () => {
    const page = await touch(readUrl(tag), 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)');
    expect(page.status).toBe(200);
    const text = await page.text();
    expect(text).toContain('data-state="open-wallet"');
    expect(text).toContain('openid4vp://');
    expect(text).toContain('<code id="request">openid4vp://');
    expect(text.match(/<script/g)).toHaveLength(1);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect((await fetch(`${verifier.url}/tap-page.js`)).headers.get('content-type')).toContain('text/javascript');
  });

  it('is worth ten seconds', async () => {
    const link = await linkOf(await touch(readUrl(tag)));
    const request = await fetchRequest(link, issuer.authority.root);
    offsetMs += 11_000;
    const held = issuer.makeStudentId();
    expect((await answer(request, { student_id: [presentFor(request, held)] })).status).toBe(400);
    offsetMs = 0;
  });

  it('gives each tap a nonce of its own', async () => {
    const nonces = [];
    for (let i = 0; i < 3; i++) {
      const request = await fetchRequest(await linkOf(await touch(readUrl(tag))), issuer.authority.root);
      nonces.push(request.nonce);
    }
    expect(new Set(nonces).size).toBe(3);
  });
});

describe('attack: the address of a tap is forwarded', () => {
  it('becomes one request of 200 at a time, at two processes, and staff see an alarm', async () => {
    const second = await verifier.startSecond(PORT + 1);
    const url = readUrl(tag);
    const there = url.replace(`:${PORT}`, `:${PORT + 1}`);
    expect(there.startsWith(second)).toBe(true);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => touch(i % 2 === 0 ? url : there)));
    const opened = answers.filter((one) => one.status === 303);
    expect(opened).toHaveLength(1);
    expect(answers.filter((one) => one.status === 410)).toHaveLength(199);
    const { tags } = (await (await verifier.operator('/v1/door-tags')).json()) as { tags: { replays: number }[] };
    expect(tags[0]?.replays).toBeGreaterThan(0);
    const audit = await verifier.database.run.raw("SELECT count(*) AS n FROM audit WHERE action = 'door-tag.replayed'");
    expect(Number(audit.rows[0].n)).toBe(1);
  });

  it('is refused soon to whoever tries on, and a lecture hall behind the same address goes on touching', async () => {
    const narrow = await verifier.startSecond(PORT + 2, { LANYARD_PUBLIC_PAGE_PER_MINUTE: '3' });
    const at = (url: string) => touch(url.replace(`http://localhost:${PORT}`, narrow));
    const desks = await Promise.all(Array.from({ length: 6 }, () => makeTag('dorm-7')));
    const old = readUrl(desks[0]!);
    expect((await at(old)).status).toBe(303);
    const tries = [old, `${old.slice(0, -16)}${'0'.repeat(16)}`, old, old, old];
    const statuses = [];
    for (const url of tries) statuses.push((await at(url)).status);
    expect(statuses).toEqual([410, 410, 410, 429, 429]);
    for (const desk of desks) expect((await at(readUrl(desk))).status).toBe(303);
    expect((await at(old)).status).toBe(429);
  });

  it('is answered once: who answers second is too late', async () => {
    const link = await linkOf(await touch(readUrl(tag)));
    const request = await fetchRequest(link, issuer.authority.root);
    const answers = await Promise.all(
      [issuer.makeStudentId(), issuer.makeStudentId()].map((held) =>
        answer(request, { student_id: [presentFor(request, held)] }),
      ),
    );
    expect(answers.map((one) => one.status).sort()).toEqual([200, 400]);
  });

  it('is nothing once the tag was touched again', async () => {
    const [old, fresh] = [readUrl(tag), readUrl(tag)];
    expect((await touch(fresh)).status).toBe(303);
    expect((await touch(old)).status).toBe(410);
  });

  it('does not carry an answer to another tap: the presentation is bound to its own', async () => {
    const [one, two] = [
      await fetchRequest(await linkOf(await touch(readUrl(tag))), issuer.authority.root),
      await fetchRequest(await linkOf(await touch(readUrl(tag))), issuer.authority.root),
    ];
    const { last } = await presented(0);
    expect((await answer(two, { student_id: [presentFor(one, issuer.makeStudentId())] })).status).toBe(200);
    expect((await presented(last)).presented[0]).toMatchObject({ verdict: 'rejected' });
  });
});

describe('an answer for the door', () => {
  it('is told to one agent, again after a lost reply, and to no second one', async () => {
    const other = await verifier.enrolAgent('dorm-7');
    const { last } = await presented(0);
    expect((await present(await linkOf(await touch(readUrl(tag))))).status).toBe(200);
    const told = (await presented(last)).presented;
    expect(told).toHaveLength(1);
    expect((await presented(last)).presented.map(({ id }) => id)).toEqual(told.map(({ id }) => id));
    const second = await other.client.json<{ presented: Presented[] }>('/v1/checkpoints/dorm-7/presented?after=0');
    expect(second.presented).toEqual([]);
  });

  it('is told to nobody ten minutes later, and an expired tap is no answer', async () => {
    const { last } = await presented(0);
    expect((await present(await linkOf(await touch(readUrl(tag))))).status).toBe(200);
    await linkOf(await touch(readUrl(tag)));
    offsetMs += 601_000;
    expect((await presented(last)).presented).toEqual([]);
    offsetMs = 0;
  });

  it('says that it was declined', async () => {
    const { last } = await presented(0);
    const request = await fetchRequest(await linkOf(await touch(readUrl(tag))), issuer.authority.root);
    const declined = await fetch(request.response_uri, {
      method: 'POST',
      body: new URLSearchParams({ error: 'access_denied', state: request.state ?? '' }),
    });
    expect(declined.status).toBe(200);
    expect((await presented(last)).presented).toMatchObject([{ verdict: 'rejected', reason: 'declined' }]);
  });

  it('counts touches for staff', async () => {
    const counted = await makeTag('dorm-7');
    await linkOf(await touch(readUrl(counted)));
    await linkOf(await touch(readUrl(counted)));
    const { tags } = (await (await verifier.operator('/v1/door-tags')).json()) as { tags: object[] };
    expect(tags.at(-1)).toMatchObject({ touches: 2, replays: 0 });
  });
});

describe('a tag', () => {
  it('has keys of its own, and one that was copied to another chip opens nothing', async () => {
    const other = await makeTag('dorm-7');
    expect(other.memory.keys[1]).not.toEqual(tag.memory.keys[1]);
    const { memory } = tag;
    const copy = createNtag424Card({
      aes: nodeAes,
      uid: Uint8Array.of(4, ...randomBytes(6)),
      memory: { ...memory, uid: Uint8Array.of(4, ...randomBytes(6)), readCounter: memory.readCounter + 50 },
    });
    expect((await touch(readUrl(copy))).status).toBe(410);
  });

  it.each([
    ['forged', (url: string) => `${url.slice(0, -16)}${'0'.repeat(16)}`, 410],
    ['of another tag', (url: string) => url.replace(/\/t\/\d+\//, '/t/9999/'), 410],
    ['of no card, where the issuer cannot be asked', (url: string) => url.replace('/t/', '/c/'), 503],
    ['cut', (url: string) => url.slice(0, -2), 404],
  ])('is refused when its address is [%s]', async (_, change, status) => {
    const answered = await touch(change(readUrl(tag)));
    expect(answered.status).toBe(status);
  });

  it('opens nothing once it is withdrawn', async () => {
    const gone = await makeTag('dorm-7');
    const { tags } = (await (await verifier.operator('/v1/door-tags')).json()) as { tags: { number: number }[] };
    const number = tags.at(-1)?.number;
    expect((await verifier.operator(`/v1/door-tags/${number}/withdraw`, { method: 'POST' })).status).toBe(204);
    expect((await touch(readUrl(gone))).status).toBe(410);
    expect((await verifier.operator(`/v1/door-tags/${number}/withdraw`, { method: 'POST' })).status).toBe(404);
  });

  it.each([
    ['a door nobody knows', { checkpoint: 'nowhere', name: 'x', uid: '04aabbccddeeff' }, 404],
    ['no UID of seven bytes', { checkpoint: 'dorm-7', name: 'x', uid: '04aabb' }, 400],
    ['a UID of another maker', { checkpoint: 'dorm-7', name: 'x', uid: '05aabbccddeeff' }, 400],
    ['no name', { checkpoint: 'dorm-7', uid: '04aabbccddeeff' }, 400],
  ])('is not registered [%s]', async (_, body, status) => {
    expect((await verifier.operator('/v1/door-tags', { body })).status).toBe(status);
  });

  it('is registered once', async () => {
    const body = { checkpoint: 'dorm-7', name: 'x', uid: Buffer.from(tag.memory.uid).toString('hex') };
    expect((await verifier.operator('/v1/door-tags', { body })).status).toBe(409);
  });

  it('tells its answers to agents of its own door only', async () => {
    await verifier.putCheckpoint('elsewhere');
    const other = await verifier.enrolAgent('elsewhere');
    await expect(other.client.json('/v1/checkpoints/dorm-7/presented')).rejects.toMatchObject({
      code: 'other-checkpoint',
    });
    expect((await verifier.operator('/v1/checkpoints/dorm-7/presented')).status).toBe(403);
  });
});
