import { randomBytes } from 'node:crypto';
import {
  acceptPackage,
  createVerifyKeyCache,
  decideCode,
  decideDataOf,
  decodeBase64url,
  verifySignedTime,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryHash } from '../../src/domain/passages/check-journal.js';
import type { PassageEntry } from '../../src/domain/passages/passage-entry.js';
import { gateCode } from './support/codes.js';
import { type StandInIssuer, startStandInIssuer, type TestPerson } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
type Agent = Awaited<ReturnType<TestVerifier['enrolAgent']>>;
const START = Buffer.alloc(32).toString('base64url');
const use = () => randomBytes(16).toString('base64url');

beforeAll(async () => {
  issuer = await startStandInIssuer(9750);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({ port: 9751, issuerUrl: issuer.url });
  await verifier.synced(issuer.sequence());
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

async function agentAt(checkpoint: string, zone: string): Promise<Agent> {
  await verifier.putCheckpoint(checkpoint, { zone });
  return verifier.enrolAgent(checkpoint);
}
function journal(uses: readonly (string | undefined)[]): PassageEntry[] {
  const entries: PassageEntry[] = [];
  for (const [index, named] of uses.entries()) {
    const body = {
      ...{ sequence: index + 1, at: Math.floor(Date.now() / 1000), verdict: 'accepted' as const, reason: null },
      ...{ scheme: 'gate-code' as const, row: 7, marks: [], ...(named === undefined ? {} : { use: named }) },
      previous: entries.at(-1)?.hash ?? START,
    };
    entries.push({ ...body, hash: entryHash(body) });
  }
  return entries;
}
const upload = (agent: Agent, entries: readonly PassageEntry[]) =>
  agent.client.json('/v1/passages', { method: 'POST', body: { entries } });
const found = async (zone: string) => {
  const { double_uses } = (await (await verifier.operator('/v1/double-uses?limit=200')).json()) as {
    double_uses: { zone: string; passages: { checkpoint: string; agent: string }[] }[];
  };
  return double_uses.filter((one) => one.zone === zone);
};
/** The checkpoint part of the package an agent gets now. */
async function partOf(agent: Agent) {
  const { state } = await takenBy(agent);
  return { ...state.checkpoint, pinned: state.pinned };
}
async function takenBy(agent: Agent) {
  const signers = (list: { kid: string; key: string }[]) =>
    list.map(({ kid, key }) => ({ kid: decodeBase64url(kid), key: decodeBase64url(key) }));
  const response = await agent.client.raw(`/v1/checkpoints/${agent.checkpoint_id}/package`);
  const result = acceptPackage(nodeCrypto, {
    have: undefined,
    envelope: new Uint8Array(await response.arrayBuffer()),
    pinned: { people: signers(agent.people_signers), checkpoint: signers(agent.checkpoint_signers) },
    checkpointId: agent.checkpoint_id,
    nowSeconds: Math.floor(Date.now() / 1000),
  });
  if (!result.ok) throw new Error(`${result.refusal} ${result.detail}`);
  return result;
}

describe('[attack] one code at two gates that were cut off', () => {
  it('is found when the second journal comes in, and audited', async () => {
    const [one, two] = [await agentAt('east-1', 'east'), await agentAt('east-2', 'east')];
    const shared = use();
    await upload(one, journal([use(), shared]));
    expect(await found('east')).toEqual([]);
    await upload(two, journal([shared, use()]));
    expect(await found('east')).toMatchObject([
      {
        passages: [
          { checkpoint: 'east-1', agent: one.agent_id },
          { checkpoint: 'east-2', agent: two.agent_id },
        ],
      },
    ]);
    const audit = (await (await verifier.operator('/v1/audit?action=double-use.found')).json()) as { rows: unknown[] };
    expect(audit.rows).toHaveLength(1);
  });

  it('is found once however often the journal is sent again, and when both come in at once [200 codes, 100 %]', async () => {
    const [one, two] = [await agentAt('west-1', 'west'), await agentAt('west-2', 'west')];
    const shared = Array.from({ length: 200 }, use);
    const [a, b] = [journal(shared), journal([...shared].reverse())];
    await Promise.all([upload(one, a), upload(two, b)]);
    await upload(two, b);
    await upload(one, a);
    expect(await found('west')).toHaveLength(200);
  });

  it('is no finding [other zone] [same agent] [passages without a use] [refused]', async () => {
    const [one, two, other] = [
      await agentAt('north-1', 'north'),
      await agentAt('north-2', 'north'),
      await agentAt('south-1', 'south'),
    ];
    const shared = use();
    await upload(one, journal([shared, undefined]));
    await upload(other, journal([shared]));
    const refused = { ...journal([shared])[0]!, verdict: 'rejected' as const, reason: 'replayed' };
    await upload(two, [{ ...refused, hash: entryHash(refused) }]);
    expect([...(await found('north')), ...(await found('south'))]).toEqual([]);
  });

  it('is refused as a journal where the digest is none [21 characters] [changed after it was hashed]', async () => {
    const agent = await agentAt('north-3', 'north');
    const [entry] = journal([use()]);
    await expect(upload(agent, [{ ...entry!, use: 'short' }])).rejects.toMatchObject({ status: 400 });
    await expect(upload(agent, [{ ...entry!, use: use() }])).rejects.toMatchObject({ code: 'journal-broken' });
  });
});

describe('gates of one zone', () => {
  it('learn each other’s keys and a zone key from their packages, and lose both with a withdrawal', async () => {
    const [one, two] = [await agentAt('lib-1', 'lib'), await agentAt('lib-2', 'lib')];
    const [a, b] = [await partOf(one), await partOf(two)];
    expect(a.peers?.map(({ agentId }) => agentId).sort()).toEqual([one.agent_id, two.agent_id].sort());
    expect(Buffer.from(a.zoneKey!)).toEqual(Buffer.from(b.zoneKey!));
    const third = await agentAt('lib-3', 'lib');
    const wider = await partOf(one);
    expect(Buffer.from(wider.zoneKey!)).not.toEqual(Buffer.from(a.zoneKey!));
    await verifier.operator(`/v1/agents/${two.agent_id}/withdraw`, { method: 'POST' });
    await verifier.operator(`/v1/agents/${third.agent_id}/withdraw`, { method: 'POST' });
    const alone = await partOf(one);
    expect([alone.peers, alone.zoneKey]).toEqual([undefined, undefined]);
  });
});

describe('an emergency mode', () => {
  const set = (body: object) => verifier.operator('/v1/emergency-modes', { body });
  it('goes out with the package, is listed and audited, and ends before its time where somebody ends it', async () => {
    const agent = await agentAt('dorm-1', 'dorm');
    const answer = await set({ checkpoints: ['dorm-1'], mode: 'lock', minutes: 10, reason: '演练' });
    expect([answer.status, await answer.json()]).toMatchObject([201, { checkpoints: ['dorm-1'], mode: 'lock' }]);
    const { emergencyMode } = await partOf(agent);
    expect(emergencyMode).toMatchObject({ mode: 'lock' });
    expect(emergencyMode!.untilSeconds - emergencyMode!.fromSeconds).toBe(600);
    await set({ checkpoints: ['dorm-1'], mode: 'open', minutes: 5, reason: '火警' });
    expect((await partOf(agent)).emergencyMode).toMatchObject({ mode: 'open' });
    expect(await (await verifier.operator('/v1/emergency-modes')).json()).toMatchObject({
      modes: [{ checkpoint: 'dorm-1', mode: 'open', reason: '火警' }],
    });
    await verifier.operator('/v1/emergency-modes/end', { body: { checkpoints: 'all' } });
    expect((await partOf(agent)).emergencyMode).toBeUndefined();
    const audit = (await (await verifier.operator('/v1/audit?action=emergency-mode.set')).json()) as {
      rows: unknown[];
    };
    expect(audit.rows).toHaveLength(2);
  });

  it.each([
    ['longer than a day', { checkpoints: ['dorm-1'], mode: 'open', minutes: 1_441, reason: '演练' }, 400],
    ['without a reason', { checkpoints: ['dorm-1'], mode: 'open', minutes: 5, reason: ' ' }, 400],
    ['of another kind', { checkpoints: ['dorm-1'], mode: 'panic', minutes: 5, reason: '演练' }, 400],
    ['at a checkpoint there is not', { checkpoints: ['nowhere'], mode: 'open', minutes: 5, reason: '演练' }, 404],
  ])('is refused [%s]', async (_, body, status) => {
    expect((await set(body)).status).toBe(status);
  });

  it('is set by staff only [agent] [nobody]', async () => {
    const body = { checkpoints: 'all', mode: 'open', minutes: 5, reason: '演练' };
    expect((await verifier.call('/v1/emergency-modes', { body })).status).toBe(401);
    const agent = await agentAt('dorm-2', 'dorm');
    await expect(agent.client.json('/v1/emergency-modes', { method: 'POST', body })).rejects.toMatchObject({
      status: 403,
    });
  });
});

describe('an emergency list', () => {
  const NUMBER = '202301000001';
  const EXPIRED = 9 * 86_400;
  const add = (body: object) => verifier.operator('/v1/emergency-list', { body: { ...BASE, ...body } });
  const BASE = { checkpoints: ['post-1'], student_number: NUMBER, reason: '值班校医', days: 30 };
  const person = (number: string, row: number) =>
    issuer.state.faces.set(row, { name: '测试·校医', student_number: number, portrait_id: null });
  /** What a gate that was left alone with this package says of each person nine days later. */
  async function afterNineDays(agent: Agent, people: readonly TestPerson[]) {
    const { state } = await takenBy(agent);
    const nowSeconds = Math.floor(Date.now() / 1000) + EXPIRED;
    return people.map((one) => {
      const code = gateCode(one, issuer.keyDay, { timeSeconds: nowSeconds });
      const context = { crypto: nodeCrypto, keys: createVerifyKeyCache(nodeCrypto, 10), nowSeconds };
      const decision = decideCode(code, decideDataOf(state, nowSeconds), {
        ...{ ...context, clockReliable: true, clockUncertaintySeconds: 0, challenges: [] },
      });
      return [decision.verdict, decision.reason, ...decision.marks].filter((said) => said !== undefined).join(' ');
    });
  }

  it('lets in whom it names, past the package’s time and marked [somebody else] [suspended] [taken off]', async () => {
    const stopped = { registered: true, suspended: true, revoked: false, enrolmentState: 'enrolled' as const };
    const people = [issuer.makePerson(), issuer.makePerson(), issuer.makePerson({ state: stopped })];
    const [doctor, other, suspended] = people as [TestPerson, TestPerson, TestPerson];
    person(NUMBER, doctor.row.rowNumber);
    person('202301000002', suspended.row.rowNumber);
    issuer.publish([...issuer.rows(), ...people.map(({ row }) => row)]);
    await verifier.synced(issuer.sequence());
    const agent = await agentAt('post-1', 'post');
    expect(await afterNineDays(agent, people)).toEqual(Array(3).fill('cannot-decide package-expired'));
    const added = await add({});
    expect([added.status, await added.json()]).toMatchObject([
      201,
      { checkpoints: ['post-1'], row: doctor.row.rowNumber },
    ]);
    await add({ student_number: '202301000002', reason: '值班保安' });
    expect((await partOf(agent)).emergencyRowNumbers).toEqual(
      [doctor.row.rowNumber, suspended.row.rowNumber].sort((a, b) => a - b),
    );
    expect(await afterNineDays(agent, [doctor, other, suspended])).toEqual([
      'accepted emergency',
      'cannot-decide package-expired',
      'rejected suspended emergency',
    ]);
    const end = { checkpoints: 'all', row: doctor.row.rowNumber };
    const ended = await verifier.operator('/v1/emergency-list/end', { body: end });
    expect(await ended.json()).toEqual({ ended: ['post-1'] });
    expect(await (await verifier.operator('/v1/emergency-list/end', { body: end })).json()).toEqual({ ended: [] });
    expect(await afterNineDays(agent, [doctor])).toEqual(['cannot-decide package-expired']);
    const audit = (await (await verifier.operator('/v1/audit?action=emergency-list.added')).json()) as {
      rows: unknown[];
    };
    expect(audit.rows).toHaveLength(2);
    expect(JSON.stringify(audit)).not.toContain(NUMBER);
  });

  it('is of one checkpoint, is listed by rows, and leaves out a row that the people no longer have', async () => {
    const [one, two] = [await agentAt('post-2', 'post'), await agentAt('post-3', 'post')];
    const passing = issuer.makePerson();
    const before = issuer.rows();
    person('202301000003', passing.row.rowNumber);
    issuer.publish([...before, passing.row]);
    await verifier.synced(issuer.sequence());
    await add({ checkpoints: ['post-2'], student_number: '202301000003' });
    const row = passing.row.rowNumber;
    expect([(await partOf(one)).emergencyRowNumbers, (await partOf(two)).emergencyRowNumbers]).toEqual([[row], []]);
    const listings = async () => {
      const text = await (await verifier.operator('/v1/emergency-list?limit=200')).text();
      expect(text).not.toContain('202301000003');
      const { listings } = JSON.parse(text) as { listings: { checkpoint: string; row: number }[] };
      return listings.filter(({ checkpoint }) => checkpoint === 'post-2');
    };
    expect(await listings()).toMatchObject([{ row, reason: '值班校医', listed_by: 'operator', in_packages: true }]);
    issuer.publish(before);
    await verifier.synced(issuer.sequence());
    expect((await partOf(one)).emergencyRowNumbers).toEqual([]);
    expect(await listings()).toMatchObject([{ row, in_packages: false }]);
  });

  it('holds two hundred and no more [201st] [listed again]', async () => {
    await agentAt('post-4', 'post');
    await verifier.database.run.raw(
      `INSERT INTO emergency_listing SELECT 'post-4', n, '演练', 'operator', now(), now() + interval '1 day'
       FROM generate_series(1, 199) AS n`,
    );
    const answers: number[] = [];
    for (const number of ['202388000001', '202388000002']) {
      person(number, Number(number.slice(4)));
      answers.push((await add({ checkpoints: ['post-4'], student_number: number })).status);
    }
    expect(answers).toEqual([201, 409]);
    // Listed again is no further place.
    expect((await add({ checkpoints: ['post-4'], student_number: '202388000001' })).status).toBe(201);
  });

  it.each([
    ['a student there is not', { student_number: '199901000001' }, 404],
    ['the beginning of a number', { student_number: NUMBER.slice(0, 6) }, 404],
    ['a student without a gate code', { student_number: '202399000009' }, 409],
    ['a checkpoint there is not', { checkpoints: ['nowhere'] }, 404],
    ['for more than a year', { days: 367 }, 400],
    ['without a reason', { reason: ' ' }, 400],
  ])('refuses [%s]', async (_, body, status) => {
    person('202399000009', -1);
    expect((await add(body)).status).toBe(status);
  });

  it('is kept by staff only [agent] [nobody]', async () => {
    expect((await verifier.call('/v1/emergency-list', { body: BASE })).status).toBe(401);
    const agent = await agentAt('post-5', 'post');
    await expect(agent.client.json('/v1/emergency-list', { method: 'POST', body: BASE })).rejects.toMatchObject({
      status: 403,
    });
  });
});

describe('the time', () => {
  it('is signed for agents by a pinned signer [nonce of another form] [withdrawn agent]', async () => {
    const agent = await agentAt('clock-1', 'clock');
    const nonce = new Uint8Array(randomBytes(16));
    const response = await agent.client.raw(`/v1/agent-time?nonce=${Buffer.from(nonce).toString('base64url')}`);
    const { pinned } = await partOf(agent);
    const said = verifySignedTime(nodeCrypto, new Uint8Array(await response.arrayBuffer()), {
      nonce,
      signers: pinned.checkpoint,
    });
    expect(Math.abs(said - Date.now())).toBeLessThan(10_000);
    await expect(agent.client.raw('/v1/agent-time?nonce=short')).rejects.toMatchObject({ status: 400 });
    await verifier.operator(`/v1/agents/${agent.agent_id}/withdraw`, { method: 'POST' });
    await expect(agent.client.raw(`/v1/agent-time?nonce=${'A'.repeat(22)}`)).rejects.toMatchObject({ status: 401 });
  });
});
