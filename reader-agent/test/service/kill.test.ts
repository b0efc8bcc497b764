import { rmSync } from 'node:fs';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainStart, checkChain } from '../../src/domain/journal-chain.js';
import { createAgentHome, startAgent } from '../support/agent-process.js';
import { type Campus, createCampus } from '../support/campus.js';
import { type SmallVerifier, startSmallVerifier } from '../support/small-verifier.js';
import { until } from '../support/until.js';

const verifierPort = 7260;
const agentPort = 7261;
const rounds = 10;

describe('an agent killed under load', () => {
  let campus: Campus;
  let verifier: SmallVerifier;
  const home = createAgentHome();
  beforeAll(async () => {
    campus = createCampus(40);
    verifier = await startSmallVerifier(verifierPort, campus.enrolment);
    verifier.state.package = { sequence: 5, envelope: campus.full({ sequence: 5 }) };
  });
  afterAll(async () => {
    await verifier.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it(`keeps every verdict shown green, accepts no code twice, is back each time [${rounds} times kill -9]`, async () => {
    const green: number[] = [];
    const codes: string[] = [];
    const back: number[] = [];
    const accepted = new Map<string, number>();
    for (let round = 0; round < rounds; round++) {
      const agent = await startAgent({ port: agentPort, home, verifierUrl: verifier.url });
      back.push(await agent.ready());
      await until(async () => (await agent.status())['package_sequence'] === 5);
      for (const code of codes.splice(0).slice(-8)) {
        const again = await agent.decide(code);
        if (again.verdict === 'accepted') accepted.set(code, (accepted.get(code) ?? 0) + 1);
      }
      let alive = true;
      const load = async (lane: number) => {
        for (let i = 0; alive; i++) {
          const code = campus.persons[(lane * 10 + i) % 40]!.code();
          codes.push(code);
          const answer = await agent.decide(code).catch(() => undefined);
          if (answer?.verdict !== 'accepted') continue;
          green.push(answer.n);
          accepted.set(code, (accepted.get(code) ?? 0) + 1);
        }
      };
      const lanes = [0, 1, 2, 3].map(load);
      const target = green.length + 20 + round * 7;
      await until(() => green.length > target);
      const dead = agent.kill('SIGKILL');
      alive = false;
      await dead;
      await Promise.all(lanes);
    }
    process.stdout.write(`an agent is back within ${Math.round(Math.max(...back))} ms (3,000 on a quiet machine)\n`);
    const agent = await startAgent({ port: agentPort, home, verifierUrl: verifier.url });
    await agent.ready();
    const journal = (await agent.status())['journal'];
    expect(journal.whole).toBe(true);
    await until(() => verifier.held.size === journal.end, 20_000);
    await agent.kill('SIGTERM');
    const entries = [...verifier.held.values()];
    expect(checkChain(nodeCrypto, chainStart, entries)?.sequence).toBe(journal.end);
    expect(entries.filter((entry) => entry.verdict === 'accepted').length).toBeGreaterThanOrEqual(green.length);
    for (const n of green) expect(verifier.held.get(n)?.verdict).toBe('accepted');
    expect([...accepted.values()].filter((times) => times > 1)).toEqual([]);
  }, 90_000);
});
