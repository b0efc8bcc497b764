import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Agent, createAgentHome, startAgent } from '../support/agent-process.js';
import { type Campus, createCampus, policy } from '../support/campus.js';
import { type SmallVerifier, startSmallVerifier } from '../support/small-verifier.js';
import { until } from '../support/until.js';

const ports = [7320, 7322];
const gossipPorts = [7324, 7325];
const decodeKey = (jwk: { x: string; y: string }) => {
  const [x, y] = [Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.y, 'base64url')];
  return Uint8Array.of((y.at(-1)! & 1) === 1 ? 3 : 2, ...x);
};

describe('two agents on one network', () => {
  let campus: Campus;
  const verifiers: SmallVerifier[] = [];
  const agents: Agent[] = [];
  const homes = [createAgentHome(), createAgentHome()];

  beforeAll(async () => {
    campus = createCampus(6);
    for (const [i, port] of ports.entries()) {
      verifiers.push(await startSmallVerifier(port, campus.enrolment));
      const environment = {
        LANYARD_GOSSIP_PORT: String(gossipPorts[i]),
        LANYARD_GOSSIP_TO: `127.0.0.1:${gossipPorts[1 - i]}`,
      };
      agents.push(await startAgent({ port: port + 1, home: homes[i]!, verifierUrl: verifiers[i]!.url, environment }));
    }
    for (const agent of agents) await agent.ready();
    await until(() => verifiers.every(({ state }) => state.keys.length > 0));
    const peers = verifiers.map(({ state }, i) => ({ agentId: `agent-${i}`, key: decodeKey(state.keys[0]!) }));
    const zone = { peers, zoneKey: new Uint8Array(32).fill(3) };
    const anti_passback = { mode: 'hard' as const, direction: 'in' as const, forget_minutes: 60 };
    for (const { state } of verifiers) {
      state.package = {
        sequence: 5,
        envelope: campus.full({ sequence: 5, policy: { ...policy, anti_passback }, ...zone }),
      };
    }
    for (const agent of agents) await until(async () => (await agent.status()).package_sequence === 5);
  });
  afterAll(async () => {
    for (const agent of agents) await agent.kill('SIGTERM');
    for (const verifier of verifiers) await verifier.stop();
    for (const home of homes) rmSync(home, { recursive: true, force: true });
  });

  it('refuse what the other took, and who is inside by the other’s word', async () => {
    const code = campus.persons[0]!.code();
    expect(await agents[0]!.decide(code)).toMatchObject({ verdict: 'accepted' });
    await until(async () => (await agents[1]!.status()).peers.heard > 0);
    expect(await agents[1]!.decide(code)).toMatchObject({ reason: 'replayed' });
    expect(await agents[1]!.decide(campus.persons[0]!.code())).toMatchObject({ reason: 'anti-passback' });
  });

  it('remember it over a restart, and decide on when the other is gone', async () => {
    await agents[1]!.kill('SIGTERM');
    agents[1] = await startAgent({ port: ports[1]! + 1, home: homes[1]!, verifierUrl: verifiers[1]!.url });
    await agents[1]!.ready();
    expect(await agents[1]!.decide(campus.persons[0]!.code())).toMatchObject({ reason: 'anti-passback' });
    expect(await agents[0]!.decide(campus.persons[1]!.code())).toMatchObject({ verdict: 'accepted' });
    expect(await agents[1]!.decide(campus.persons[2]!.code())).toMatchObject({ verdict: 'accepted' });
  });
});
