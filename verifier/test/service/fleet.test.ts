import { ServiceCallError } from '@lanyard/platform';
import { type AgentSettings, acceptPackage, decodeBase64url, settingsFor } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentReportBody } from './support/agent-report.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';

type Agent = Awaited<ReturnType<TestVerifier['enrolAgent']>>;
interface Entry {
  id: string;
  checkpoint_id: string;
  health: string;
  reasons: string[];
  package_sequence: number | null;
  journal_waiting: number | null;
}
interface Fleet {
  counts: Record<string, number>;
  agents: Entry[];
  next: string | null;
}

let issuer: StandInIssuer;
let verifier: TestVerifier;
let nowMs = Date.now();

beforeAll(async () => {
  issuer = await startStandInIssuer(9770);
  issuer.publish([issuer.makePerson().row]);
  const clock = { nowMs: () => nowMs, nowSeconds: () => Math.floor(nowMs / 1000) };
  verifier = await startVerifier({ port: 9771, issuerUrl: issuer.url, clock });
  await verifier.synced(issuer.sequence());
  await verifier.putCheckpoint('east-gate');
  await verifier.putCheckpoint('west-gate');
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const report = (agent: Agent, change: object = {}) =>
  agent.client.raw('/v1/agent-reports', { method: 'POST', body: { ...agentReportBody, ...change } });
const fleet = async (query = '') => (await (await verifier.operator(`/v1/fleet${query}`)).json()) as Fleet;
const detail = async ({ agent_id }: Agent) =>
  (await (await verifier.operator(`/v1/fleet/${agent_id}`)).json()) as Entry & {
    history: { health: string; reasons: string[] }[];
    settings: { revision: number; merged: AgentSettings };
  };
const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ServiceCallError ? `${error.status} ${error.code}` : error;
};
const set = async (scope: string, settings: object, seen = 0) => {
  const body = { scope, settings, seen_revision: seen };
  const answer = await verifier.operator('/v1/agent-settings', { body });
  return { status: answer.status, body: (await answer.json()) as { revision: number; code?: string } };
};
/** The settings in the package an agent gets now. */
async function carried(agent: Agent) {
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
  return settingsFor(result.state.checkpoint.settings, agent.agent_id);
}

describe('reports', () => {
  it('make an agent well, and the newest takes the place of the one before', async () => {
    const agent = await verifier.enrolAgent('east-gate');
    expect(await detail(agent)).toMatchObject({ health: 'silent', reasons: ['never-reported'], history: [] });
    expect((await report(agent)).status).toBe(204);
    expect(await detail(agent)).toMatchObject({ health: 'ok', reasons: [], journal_waiting: 0 });
    await report(agent, { journal: { whole: true, waiting: 12, oldest_seconds: 500 } });
    expect(await detail(agent)).toMatchObject({ health: 'lagging', reasons: ['journal-waiting'], journal_waiting: 12 });
  });
  it('leave a history of changes, not of reports', async () => {
    const agent = await verifier.enrolAgent('east-gate');
    for (const scanner of ['connected', 'connected', 'lost', 'lost', 'connected']) await report(agent, { scanner });
    expect((await detail(agent)).history.map(({ health, reasons }) => [health, ...reasons])).toEqual([
      ['ok'],
      ['degraded', 'scanner-lost'],
      ['ok'],
    ]);
  });
  it('that stop are noted as silence, once, and end it', async () => {
    const agent = await verifier.enrolAgent('west-gate');
    await report(agent);
    nowMs += 181_000;
    try {
      await verifier.verifier.sweep();
      await verifier.verifier.sweep();
      const after = await detail(agent);
      expect([after.health, after.reasons]).toEqual(['silent', ['no-contact']]);
      expect(after.history.map(({ health }) => health)).toEqual(['silent', 'ok']);
    } finally {
      nowMs = Date.now();
    }
    await report(agent);
    expect((await detail(agent)).history[0]?.health).toBe('ok');
  });
  it('are refused from strangers, services and withdrawn agents, and with a field too many', async () => {
    const agent = await verifier.enrolAgent('east-gate');
    expect((await verifier.call('/v1/agent-reports', { body: agentReportBody })).status).toBe(401);
    expect((await verifier.operator('/v1/agent-reports', { body: agentReportBody })).status).toBe(403);
    expect(await refusal(report(agent, { student: '20230001' }))).toBe('400 input-invalid');
    expect(await refusal(report(agent, { faults: [{ code: '张三', at: 1, times: 1 }] }))).toBe('400 input-invalid');
    await verifier.operator(`/v1/agents/${agent.agent_id}/withdraw`, { method: 'POST' });
    expect(await refusal(report(agent))).toBe('401 caller-unknown');
  });
});

describe('the fleet', () => {
  it('counts each health and pages by checkpoint and id; who needs attention can be asked for alone', async () => {
    await verifier.putCheckpoint('north-gate');
    const [well, ill] = [await verifier.enrolAgent('north-gate'), await verifier.enrolAgent('north-gate')];
    await report(well);
    await report(ill, { door: 'lost' });
    const all = await fleet('?checkpoint=north-gate');
    expect(all.agents.map(({ id }) => id)).toEqual([well.agent_id, ill.agent_id].sort());
    expect((await fleet('?checkpoint=north-gate&attention=1')).agents.map(({ id }) => id)).toEqual([ill.agent_id]);
    const first = await fleet('?checkpoint=north-gate&limit=1');
    expect(first.agents).toHaveLength(1);
    const second = await fleet(`?checkpoint=north-gate&limit=1&after=${first.next}`);
    expect([...first.agents, ...second.agents].map(({ id }) => id)).toEqual(all.agents.map(({ id }) => id));
    expect(second.next).toBeNull();
    expect(all.counts['degraded']).toBeGreaterThanOrEqual(1);
  });
  it('is not for agents and not for the open', async () => {
    const agent = await verifier.enrolAgent('east-gate');
    expect(await refusal(agent.client.json('/v1/fleet'))).toBe('403 not-allowed');
    expect((await verifier.call('/v1/fleet')).status).toBe(401);
    expect((await verifier.operator('/v1/fleet/agent-0')).status).toBe(404);
  });
});

describe('settings', () => {
  it('travel in the signed package, the nearer scope winning field by field', async () => {
    await verifier.putCheckpoint('lab');
    const [one, two] = [await verifier.enrolAgent('lab'), await verifier.enrolAgent('lab')];
    expect(await carried(one)).toBeUndefined();
    const base = await set('checkpoint:lab', { report_seconds: 30, scanner_baud: 19_200, wanted_version: '9.0.0' });
    expect(base.status).toBe(201);
    expect(await carried(one)).toMatchObject({ agentId: '', revision: base.body.revision });
    const own = await set(`agent:${one.agent_id}`, { scanner_baud: 9_600 });
    expect(await carried(one)).toEqual({
      agentId: one.agent_id,
      revision: own.body.revision,
      settings: { report_seconds: 30, scanner_baud: 9_600, wanted_version: '9.0.0' },
    });
    expect(await carried(two)).toMatchObject({ revision: base.body.revision, settings: { scanner_baud: 19_200 } });
    expect((await detail(one)).settings).toMatchObject({
      revision: own.body.revision,
      merged: { scanner_baud: 9_600 },
    });
    await report(two);
    expect((await detail(two)).reasons).toEqual(['version-below-wanted']);
  });
  it('reach a waiting agent with its long poll', async () => {
    await verifier.putCheckpoint('pool');
    const agent = await verifier.enrolAgent('pool');
    const first = await agent.client.raw('/v1/checkpoints/pool/package');
    const sequence = first.headers.get('Lanyard-Sequence');
    const path = `/v1/checkpoints/pool/package?have=${sequence}&wait=25`;
    const polling = agent.client.raw(path, { timeoutMs: 60_000 });
    await set('checkpoint:pool', { report_seconds: 45 });
    expect((await polling).status).toBe(200);
  });
  it('are not overwritten by who saw older ones, and each change is audited', async () => {
    const first = await set('checkpoint:east-gate', { report_seconds: 20 });
    expect(await set('checkpoint:east-gate', { report_seconds: 25 })).toMatchObject({
      status: 409,
      body: { code: 'settings-changed' },
    });
    const second = await set('checkpoint:east-gate', { report_seconds: 25 }, first.body.revision);
    expect(second.body.revision).toBeGreaterThan(first.body.revision);
    const { rows } = await verifier.database.run.raw(
      "SELECT row_text FROM audit WHERE action = 'agent-settings.set' AND row_text LIKE '%checkpoint:east-gate%'",
    );
    expect(rows).toHaveLength(2);
  });
  it('are refused outside their limits, for what may not be set, and for what does not exist', async () => {
    for (const settings of [{ report_seconds: 1 }, { scanner: '/dev/sda' }, { verifier_url: 'http://evil' }])
      expect(await set('fleet', settings)).toMatchObject({ status: 422, body: { code: 'agent-settings-invalid' } });
    expect((await set('checkpoint:nowhere', {})).status).toBe(404);
    expect((await set('agent:agent-0', {})).status).toBe(404);
    expect((await set('everything', {})).status).toBe(400);
    const agent = await verifier.enrolAgent('east-gate');
    const body = { scope: 'fleet', settings: {}, seen_revision: 0 };
    expect(await refusal(agent.client.json('/v1/agent-settings', { method: 'POST', body }))).toBe('403 not-allowed');
  });
});
