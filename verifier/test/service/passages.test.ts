import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryHash } from '../../src/domain/passages/check-journal.js';
import type { PassageEntry } from '../../src/domain/passages/passage-entry.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
type Agent = Awaited<ReturnType<TestVerifier['enrolAgent']>>;
const START = Buffer.alloc(32).toString('base64url');

beforeAll(async () => {
  issuer = await startStandInIssuer(7540);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({ port: 7541, issuerUrl: issuer.url });
  await verifier.synced(issuer.sequence());
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

/** A journal as an agent writes it. */
function journal(length: number, first = 1, previous = START): PassageEntry[] {
  const entries: PassageEntry[] = [];
  for (let index = 0; index < length; index += 1) {
    const accepted = index % 2 === 0;
    const entry = {
      sequence: first + index,
      at: Math.floor(Date.now() / 1000),
      verdict: accepted ? ('accepted' as const) : ('rejected' as const),
      reason: accepted ? null : 'too-old',
      scheme: 'gate-code' as const,
      row: accepted ? 4_000_000_000 : null,
      marks: accepted ? ['grace'] : [],
      previous: entries.at(-1)?.hash ?? previous,
    };
    entries.push({ ...entry, hash: entryHash(entry) });
  }
  return entries;
}
const post = (agent: Agent, entries: unknown) =>
  agent.client.json<{ accepted_up_to: number }>('/v1/passages', { method: 'POST', body: { entries } });
const stored = async (agent: Agent): Promise<number> =>
  Number(
    (await verifier.database.run.raw('SELECT count(*) AS n FROM passage WHERE agent_id = ?', [agent.agent_id])).rows[0]
      .n,
  );
async function newAgent(checkpoint: string) {
  await verifier.putCheckpoint(checkpoint);
  return verifier.enrolAgent(checkpoint);
}

describe('a journal is taken in exactly once', () => {
  it('[in two parts, the second repeated and overlapping]', async () => {
    const agent = await newAgent('gate-a');
    const entries = journal(10);
    expect(await post(agent, entries.slice(0, 4))).toEqual({ accepted_up_to: 4 });
    expect(await post(agent, entries.slice(2))).toEqual({ accepted_up_to: 10 });
    expect(await post(agent, entries.slice(2))).toEqual({ accepted_up_to: 10 });
    expect(await post(agent, entries.slice(0, 2))).toEqual({ accepted_up_to: 10 });
    expect(await stored(agent)).toBe(10);
    const counts = await (await verifier.operator('/v1/checkpoints/gate-a/counts')).json();
    expect(counts).toMatchObject({
      totals: { accepted: 5, rejected: 5 },
      counts: [
        { source: 'gate', verdict: 'accepted', reason: null, n: 5 },
        { source: 'gate', verdict: 'rejected', reason: 'too-old', n: 5 },
      ],
    });
  });
  it('[the same entries sixteen times in parallel]', async () => {
    const agent = await newAgent('gate-b');
    const entries = journal(500);
    const answers = await Promise.all(Array.from({ length: 16 }, () => post(agent, entries)));
    expect(new Set(answers.map((answer) => answer.accepted_up_to))).toEqual(new Set([500]));
    expect(await stored(agent)).toBe(500);
    expect(await (await verifier.operator('/v1/checkpoints/gate-b/counts')).json()).toMatchObject({
      totals: { accepted: 250, rejected: 250 },
    });
  });
  it('[a journal that counts from 0]', async () => {
    const agent = await newAgent('gate-c');
    expect(await post(agent, journal(3, 0))).toEqual({ accepted_up_to: 2 });
    expect(await post(agent, journal(3, 0).slice(0, 1)).catch((error) => error.code)).toEqual({ accepted_up_to: 2 });
    expect(await stored(agent)).toBe(3);
  });
  it('is shown live without persons', async () => {
    const agent = await newAgent('gate-d');
    const { last } = (await (await verifier.operator('/v1/live')).json()) as { last: number };
    await post(agent, journal(2));
    const { events } = (await (await verifier.operator(`/v1/live?after=${last}`)).json()) as { events: object[] };
    expect(events).toMatchObject([
      { checkpoint: 'gate-d', source: 'gate', verdict: 'accepted', reason: null },
      { checkpoint: 'gate-d', source: 'gate', verdict: 'rejected', reason: 'too-old' },
    ]);
    expect(JSON.stringify(events)).not.toContain('4000000000');
  });
});

describe('a journal is refused as a whole', () => {
  const broken: [string, string, (entries: PassageEntry[]) => unknown[]][] = [
    ['a gap at the start', 'journal-gap', (entries) => entries.slice(1)],
    ['a gap inside', 'journal-gap', (entries) => [...entries.slice(0, 2), ...entries.slice(3)]],
    [
      'another first link',
      'journal-broken',
      (entries) => [{ ...entries[0], previous: Buffer.alloc(32, 1).toString('base64url') }],
    ],
    ['a changed entry', 'journal-broken', (entries) => [entries[0], { ...entries[1], row: 5 }, entries[2]]],
    ['a hash of its own', 'journal-broken', (entries) => [{ ...entries[0], hash: START }]],
    ['entries out of order', 'journal-gap', (entries) => [entries[1], entries[0]]],
    ['501 entries', 'input-invalid', () => journal(501)],
    ['no entries', 'input-invalid', () => []],
    [
      'a reason nobody knows',
      'input-invalid',
      (entries) => [{ ...entries[0], verdict: 'rejected', reason: 'because' }],
    ],
    ['accepted with a reason', 'input-invalid', (entries) => [{ ...entries[0], reason: 'too-old' }]],
    ['a name in an entry', 'input-invalid', (entries) => [{ ...entries[0], name: 'x' }]],
    ['a fraction of a row', 'input-invalid', (entries) => [{ ...entries[0], row: 1.5 }]],
  ];
  it.each(broken)('[%s]', async (name, code, change) => {
    const agent = await newAgent('gate-e');
    const entries = change(journal(4));
    await expect(post(agent, entries), name).rejects.toMatchObject({ code });
    expect(await stored(agent)).toBe(0);
  });
  it('[the newest known entry with another hash; says where to go on]', async () => {
    const agent = await newAgent('gate-f');
    const entries = journal(3);
    await post(agent, entries);
    const forged = { ...entries[2]!, row: 9 };
    await expect(post(agent, [{ ...forged, hash: entryHash(forged) }])).rejects.toMatchObject({
      code: 'journal-broken',
    });
    await expect(post(agent, journal(1, 9))).rejects.toMatchObject({
      code: 'journal-gap',
      problem: { accepted_up_to: 3 },
    });
  });
  it('[a withdrawn agent, a service, nobody]', async () => {
    const agent = await newAgent('gate-g');
    await verifier.operator(`/v1/agents/${agent.agent_id}/withdraw`, { method: 'POST' });
    await expect(post(agent, journal(1))).rejects.toMatchObject({ status: 401 });
    await expect(
      verifier.admin.json('/v1/passages', { method: 'POST', body: { entries: journal(1) } }),
    ).rejects.toMatchObject({ status: 403 });
    expect((await verifier.call('/v1/passages', { body: { entries: journal(1) } })).status).toBe(401);
  });
});
