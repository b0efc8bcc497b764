import { rmSync } from 'node:fs';
import { type CheckpointPolicy, parseChallenge } from '@lanyard/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Agent, createAgentHome, startAgent } from '../support/agent-process.js';
import { type Campus, createCampus, policy } from '../support/campus.js';
import { openPseudoTerminal, type PseudoTerminal } from '../support/pseudo-terminal.js';
import { type SmallVerifier, startSmallVerifier } from '../support/small-verifier.js';
import { until } from '../support/until.js';

const verifierPort = 7998;
const agentPort = 7999;
const now = () => Math.floor(Date.now() / 1000);
const open = 'a00101a2';
const shut = 'a00100a1';

describe('an agent with a door', () => {
  let campus: Campus;
  let verifier: SmallVerifier;
  let line: PseudoTerminal;
  let agent: Agent;
  let sequence = 4;
  const home = createAgentHome();
  const start = () =>
    startAgent({ port: agentPort, home, verifierUrl: verifier.url, environment: { LANYARD_DOOR: line.device } });

  beforeAll(async () => {
    campus = createCampus(8);
    verifier = await startSmallVerifier(verifierPort, campus.enrolment);
    line = await openPseudoTerminal();
    agent = await start();
    await agent.ready();
    await give();
    await until(async () => (await agent.status()).door.line === 'connected');
  });
  afterAll(async () => {
    await agent.kill('SIGTERM');
    line.close();
    await verifier.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const give = async (changes: Partial<CheckpointPolicy> = {}, part: Parameters<Campus['full']>[0] = {}) => {
    sequence += 1;
    const door = { output: 'relay-serial', fail: 'secure', open_seconds: 1 } as const;
    const of = { ...policy, door, ...changes };
    verifier.state.package = { sequence, envelope: campus.full({ sequence, policy: of, ...part }, sequence) };
    verifier.state.fullPackage = verifier.state.package.envelope;
    await until(async () => (await agent.status()).package_sequence === sequence, 20_000);
  };
  const said = async (frames: string, from: number) => until(() => line.received().slice(from).includes(frames));

  it('opens it for an accepted code, after the passage is in the journal, and shuts it by itself', async () => {
    const from = line.received().length;
    const { end } = (await agent.status()).journal;
    expect(await agent.decide(campus.persons[0]!.code())).toMatchObject({ verdict: 'accepted' });
    await said(open, from);
    expect((await agent.status()).journal.end).toBe(end + 1);
    await said(shut, line.received().length);
  });

  it('leaves it shut for a refused code [malformed] [replayed]', async () => {
    const code = campus.persons[1]!.code();
    await agent.decide(code);
    await until(async () => (await agent.status()).door.state === 'shut');
    const from = line.received().length;
    await agent.decide('LYG1:');
    await agent.camera(code);
    await said(shut, from);
    expect(line.received().slice(from)).not.toContain(open);
  });

  it('opens it once for an answer to a touch of its tag, where the policy says so [lost reply] [restart]', async () => {
    const taps = () => [...verifier.held.values()].filter((entry) => entry.scheme === 'nfc-c');
    const told = (n: number) => ({ n, at: now(), verdict: 'accepted', name: '张三' });
    await give({ door_tags: 'open' });
    const from = line.received().length;
    verifier.state.losePresented = 2;
    verifier.state.presented.push(told(1));
    await said(open, from);
    await until(() => taps().length === 1);
    await agent.kill('SIGKILL');
    agent = await start();
    await agent.ready();
    await until(async () => (await agent.status()).door.line === 'connected');
    verifier.state.presented.push(told(2));
    await until(() => taps().length === 2);
    expect(taps()).toMatchObject([{ verdict: 'accepted' }, { verdict: 'accepted' }]);
  });

  it('shows answers and stays shut where the policy says so, and asks for none where there are no tags', async () => {
    await give({ door_tags: 'show' });
    await until(async () => (await agent.status()).door.state === 'shut');
    const from = line.received().length;
    const { end } = (await agent.status()).journal;
    verifier.state.presented.push({ n: 3, at: now(), verdict: 'accepted' });
    await until(async () => (await agent.status()).journal.end === end + 1);
    await give();
    const calls = verifier.state.presentedCalls;
    await agent.decide('LYG1:');
    await said(shut, from);
    expect(line.received().slice(from)).not.toContain(open);
    expect(verifier.state.presentedCalls - calls).toBeLessThanOrEqual(1);
  });

  it('opens with the key in the lock and journals it', async () => {
    const { end } = (await agent.status()).journal;
    const from = line.received().length;
    await line.send('KEY\r\n');
    await said(open, from);
    await until(() => [...verifier.held.values()].some((entry) => entry.scheme === 'physical-key'));
    expect((await agent.status()).journal.end).toBe(end + 1);
  });

  it('carries out a guard’s order once, and only where the policy allows it [again] [restart] [not allowed]', async () => {
    const order = (fill: number) => ({
      orders: [
        { id: new Uint8Array(16).fill(fill), kind: 'release' as const, rowNumber: null, untilSeconds: now() + 60 },
      ],
    });
    const released = () => [...verifier.held.values()].filter((entry) => entry.scheme === 'guard').length;
    await give({ guard_release: true }, order(1));
    await until(() => released() === 1);
    await give({ guard_release: true }, order(1));
    await give({ guard_release: false }, order(2));
    await agent.kill('SIGKILL');
    agent = await start();
    await agent.ready();
    const { end } = (await agent.status()).journal;
    await until(() => verifier.held.size === end);
    expect(released()).toBe(1);
  });

  it('holds it open in an emergency that the verifier signed, and lets go when its time is over', async () => {
    await until(async () => (await agent.status()).door.line === 'connected');
    const emergencyMode = { mode: 'open' as const, fromSeconds: now() - 1, untilSeconds: now() + 4 };
    await give({}, { emergencyMode });
    expect(await agent.status()).toMatchObject({ mode: 'open', door: { state: 'open' } });
    await until(async () => (await agent.status()).mode === 'normal', 10_000);
    expect(await agent.status()).toMatchObject({ door: { state: 'shut' } });
  });

  it('shows a challenge where one is required, takes its answer once and refuses a free code', async () => {
    await give({ requires_challenge: true });
    const challenge = parseChallenge((await agent.status()).challenge!);
    expect(Buffer.from(challenge.checkpointNumber)).toEqual(Buffer.alloc(8, 7));
    const answer = (person: number) => campus.persons[person]!.answer(challenge.bytes, now());
    expect(await agent.decide(campus.persons[2]!.code())).toMatchObject({ reason: 'challenge-missing' });
    expect(await agent.decide(answer(3))).toMatchObject({ verdict: 'accepted' });
    expect(await agent.decide(answer(4))).not.toMatchObject({ verdict: 'accepted' });
  });

  it('lets a fail-safe door go when it ends', async () => {
    await give({ door: { output: 'relay-serial', fail: 'safe', open_seconds: 1 } });
    await said(open, line.received().length);
    const from = line.received().length;
    await agent.kill('SIGTERM');
    await said(shut, from);
    expect(line.received().slice(from).endsWith(shut)).toBe(true);
    agent = await start();
    await agent.ready();
  });
});
