import { writeFileSync } from 'node:fs';
import { acceptPackage, decodeBase64url, type PackageState } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrolSimulated, type SimulatedAgent } from './support/simulated-agent.js';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { OPERATOR_TOKEN, POLICY, startVerifier, type TestVerifier, until } from './support/start-verifier.js';
import { cpuSeconds, memoryMb } from './support/watch-process.js';

const proof = process.env['LANYARD_PROOF_OUT'];
/** `npm run proof fleet` takes 1,000 agents and looks longer at them. */
const count = Number(process.env['LANYARD_FLEET'] ?? 120);
const full = process.env['LANYARD_FLEET'] !== undefined;
const perCheckpoint = 4;
const checkpointsPerZone = 10;
const people = full ? 2_000 : 50;
const changes = full ? 5 : 2;
const restMs = full ? 60_000 : 500;
const longestMs = 900_000;

let issuer: StandInIssuer;
let verifier: TestVerifier;
let url: string;
let pid: number;
let rows: ReturnType<StandInIssuer['makePerson']>['row'][];
const agents: SimulatedAgent[] = [];
const ended = new AbortController();
const report: Record<string, unknown> = {};
let following: Promise<unknown> = Promise.resolve();
let connections = 0;
let sampling: NodeJS.Timeout | undefined;

beforeAll(async () => {
  issuer = await startStandInIssuer(9780);
  rows = Array.from({ length: people }, () => issuer.makePerson().row);
  issuer.publish(rows);
  verifier = await startVerifier({ port: 9781, issuerUrl: issuer.url });
  await verifier.synced(issuer.sequence());
  // The process that is measured, as the launcher starts it.
  await verifier.verifier.following.stop();
  url = await verifier.startSecond(9782);
  [pid = 0] = verifier.secondPids();
  report['memory_alone_mb'] = memoryMb(pid).now;
}, longestMs);
afterAll(async () => {
  clearInterval(sampling);
  ended.abort();
  await following;
  await verifier.close();
  await issuer.close();
  if (proof !== undefined) writeFileSync(proof, JSON.stringify({ rounds: count, ...report }));
});

/** Some of them at a time. */
async function forAll(work: (agent: SimulatedAgent) => Promise<void>, of: readonly SimulatedAgent[]): Promise<void> {
  const waiting = [...of];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}
const quantile = (values: number[], share: number) =>
  Math.round([...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0);

describe(`${count} agents against one verifier`, () => {
  it(
    'all enrol and get their first package',
    async () => {
      const startedMs = performance.now();
      const checkpoints = Math.ceil(count / perCheckpoint);
      for (let n = 0; n < checkpoints; n += 1) {
        const policy = { ...POLICY, zone: `zone-${Math.floor(n / checkpointsPerZone)}` };
        const answer = await fetch(`${url}/v1/checkpoints/gate-${n}`, {
          ...{ method: 'PUT', body: JSON.stringify({ name_zh: `门${n}`, name_en: `Gate ${n}`, policy }) },
          headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, 'Content-Type': 'application/json' },
        });
        if (!answer.ok) throw new Error(await answer.text());
      }
      const wanted = Array.from({ length: count }, (_, n) => `gate-${Math.floor(n / perCheckpoint)}`);
      const lane = async () => {
        for (let next = wanted.shift(); next !== undefined; next = wanted.shift())
          agents.push(await enrolSimulated(url, OPERATOR_TOKEN, next));
      };
      await Promise.all(Array.from({ length: 20 }, lane));
      report['enrolled_seconds'] = Math.round((performance.now() - startedMs) / 100) / 10;
      sampling = setInterval(() => {
        const sql = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'verifier'";
        void verifier.database.run.raw(sql).then(
          ({ rows: found }) => {
            connections = Math.max(connections, found[0].n);
          },
          () => {},
        );
      }, 250);
      const firstMs = performance.now();
      following = Promise.all(agents.map((agent) => agent.follow(ended.signal)));
      await until(() => agents.every(({ received }) => received.length > 0));
      report['memory_waiting_mb'] = memoryMb(pid).now;
      report['first_packages_seconds'] = Math.round((performance.now() - firstMs) / 100) / 10;
    },
    longestMs,
  );

  it(
    'costs little while nothing happens: polls, a report a minute, some passages',
    async () => {
      const cpu = cpuSeconds(pid);
      const startedMs = performance.now();
      // A minute's reports spread over the time there is.
      const perAgentMs = restMs / count;
      await Promise.all(
        agents.map(async (agent, n) => {
          await new Promise((resolve) => setTimeout(resolve, n * perAgentMs));
          await agent.report();
          await agent.pass(1 + (n % 3));
        }),
      );
      const seconds = (performance.now() - startedMs) / 1000;
      report['rest_cpu_share'] = Math.round(((cpuSeconds(pid) - cpu) / seconds) * 1000) / 1000;
    },
    longestMs,
  );

  it(
    'a suspension reaches every one of them',
    async () => {
      const figures: object[] = [];
      for (let change = 0; change < changes; change += 1) {
        const before = agents.map(({ received }) => received.length);
        const cpu = cpuSeconds(pid);
        const startedMs = performance.now();
        rows = rows.map((row, n) => (n === change ? { ...row, state: { ...row.state, suspended: true } } : row));
        issuer.publish(rows);
        // While it spreads, gates go on passing people.
        await Promise.all([
          until(() => agents.every(({ received }, n) => received.length > (before[n] ?? 0))),
          forAll(
            (agent) => agent.pass(1),
            agents.filter((_, n) => n % 10 === change),
          ),
        ]);
        const times = agents.map(({ received }, n) => (received[before[n] ?? 0]?.atMs ?? 0) - startedMs);
        figures.push({
          ...{ p50_ms: quantile(times, 0.5), p95_ms: quantile(times, 0.95), last_ms: quantile(times, 1) },
          cpu_seconds: Math.round((cpuSeconds(pid) - cpu) * 100) / 100,
        });
      }
      report['changes'] = figures;
      report['memory_mb'] = memoryMb(pid);
      report['connections'] = connections;
      console.info(`fleet of ${count}: ${JSON.stringify(report)}`);
    },
    longestMs,
  );

  it('nothing was lost and nothing counted twice', async () => {
    ended.abort();
    await following;
    // A busy machine breaks connections off; an agent asks again, and nothing may come of it.
    report['calls_broken_off'] = agents.flatMap(({ faults }) => faults).length;
    const { rows: held } = await verifier.database.run.raw(
      'SELECT agent_id, count(*)::int AS n, max(sequence)::int AS last FROM passage GROUP BY agent_id',
    );
    const byAgent = new Map(held.map((row: { agent_id: string; n: number; last: number }) => [row.agent_id, row]));
    for (const agent of agents) {
      expect(byAgent.get(agent.id)).toMatchObject({ n: agent.journal.length, last: agent.journal.length });
      expect(agent.acceptedUpTo).toBe(agent.journal.length);
    }
    const { rows: reports } = await verifier.database.run.raw('SELECT count(*)::int AS n FROM agent_report');
    expect(reports[0].n).toBe(count);
  });

  it(
    'each package holds under its signatures, and the last one names who is suspended',
    () => {
      const bytes = ({ kid, key }: { kid: string; key: string }) => ({
        ...{ kid: decodeBase64url(kid), key: decodeBase64url(key) },
      });
      // Verifying is the agents' work: one in ten is enough where there are a thousand.
      for (const agent of agents.filter((_, n) => !full || n % 10 === 0)) {
        let have: PackageState | undefined;
        for (const { envelope } of agent.received) {
          const result = acceptPackage(nodeCrypto, {
            ...{ have, envelope, checkpointId: agent.checkpointId, nowSeconds: Math.floor(Date.now() / 1000) },
            pinned: {
              people: agent.signers.people.map(bytes),
              checkpoint: agent.signers.checkpoint.map(bytes),
            },
          });
          if (!result.ok) throw new Error(`${agent.id} ${result.refusal} ${result.detail}`);
          have = result.state;
        }
        expect(have?.people.sequence).toBe(issuer.sequence());
      }
    },
    longestMs,
  );
});
