import { rmSync } from 'node:fs';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bindingNames } from '../../src/adapters/readers/pcsc-binding.js';
import type { CardTap } from '../../src/domain/card-check.js';
import { type Agent, createAgentHome, startAgent } from '../support/agent-process.js';
import { type Campus, createCampus } from '../support/campus.js';
import { type SmallVerifier, startSmallVerifier } from '../support/small-verifier.js';
import { campusCardSpec, type Glass, watchScreen } from '../support/taps.js';
import { until } from '../support/until.js';
import type { CardSpec } from '../support/virtual-reader/card-spec.js';
import { startCards } from '../support/virtual-reader/cards.js';
import { startVirtualReaders, type VirtualReaders } from '../support/virtual-reader/daemon.js';

const verifierPort = 7160;
const agentPort = 7161;

describe.each(bindingNames)('an agent with a card reader [%s]', (binding) => {
  let daemon: VirtualReaders;
  let cards: ReturnType<typeof startCards>;
  let campus: Campus;
  let verifier: SmallVerifier;
  let agent: Agent;
  let screen: Awaited<ReturnType<typeof watchScreen>>;
  const home = createAgentHome();

  beforeAll(async () => {
    daemon = await startVirtualReaders();
    cards = startCards();
    campus = createCampus(6);
    verifier = await startSmallVerifier(verifierPort, campus.enrolment);
    verifier.state.package = { sequence: 5, envelope: campus.full({ sequence: 5 }, 10, [4]) };
    agent = await startAgent({
      ...{ port: agentPort, home, verifierUrl: verifier.url },
      environment: { LANYARD_READERS: 'all', LANYARD_READER_BINDING: binding },
    });
    await until(async () => (await agent.status())['package_sequence'] === 5);
    await until(async () => (await agent.status()).readers?.readers.length === 1);
    screen = await watchScreen(agent);
  });
  afterAll(async () => {
    await screen.close();
    await agent.kill('SIGTERM');
    await verifier.stop();
    cards.stop();
    await daemon.stop();
    rmSync(home, { recursive: true, force: true });
  });

  /** What a tap leads to on the screen, and how many commands the card was given. */
  const tap = async (spec: CardSpec): Promise<Glass & { commands: number }> => {
    screen.clear();
    const laid = await cards.make(spec).tap(daemon.readers[0]!.socket);
    const shown = await screen.next();
    const commands = await laid.remove();
    if (shown === undefined) throw new Error('nothing on the screen');
    return { ...shown, commands };
  };
  const journalEnd = async () => (await agent.status()).journal.end;
  const card = () => campusCardSpec(verifier.url);

  it('accepts a phone by two commands and without the network, and refuses others', async () => {
    expect(await tap(campus.persons[0]!.phone())).toMatchObject({ verdict: 'accepted', reason: null, commands: 2 });
    await until(() => [...verifier.held.values()].some(({ scheme, row }) => scheme === 'nfc-a' && row === 0x99000001));
    expect(await tap(campus.persons[4]!.phone())).toMatchObject({ reason: 'suspended', commands: 2 });
    const forged = campus.persons[0]!.phone(generateKeyPair().privateKey);
    expect(await tap(forged)).toMatchObject({ verdict: 'rejected', reason: 'holder-signature-invalid' });
    expect(await tap(createCampus(1).persons[0]!.phone())).toMatchObject({ reason: 'unknown-handle' });
  });

  it('has a campus card decided by the verifier, in four commands [accepted] [replayed] [connection torn once]', async () => {
    const seen: CardTap[] = [];
    verifier.state.checkCards = (taps) => {
      seen.push(...taps);
      return taps.map(({ id }) => ({ id, verdict: 'accepted', row: 0x99000002 }));
    };
    expect(await tap(card())).toMatchObject({ verdict: 'accepted', commands: 4 });
    verifier.state.checkCards = (taps) => taps.map(({ id }) => ({ id, verdict: 'rejected', reason: 'replayed' }));
    expect(await tap(card())).toMatchObject({ verdict: 'rejected', reason: 'replayed' });
    let calls = 0;
    verifier.state.checkCards = (taps) => {
      seen.push(...taps);
      calls += 1;
      return calls === 1 ? undefined : taps.map(({ id }) => ({ id, verdict: 'accepted', row: 0x99000002 }));
    };
    expect(await tap(card())).toMatchObject({ verdict: 'accepted' });
    expect(seen.at(-1)?.id).toBe(seen.at(-2)?.id);
    verifier.state.checkCards = undefined;
    expect(await tap(card())).toMatchObject({ verdict: 'cannot-decide', reason: 'network-needed' });
  });

  it('refuses a cloned UID card with its own words [old card] [copy with UID and ATR of a real one] [random UID]', async () => {
    const real = card();
    for (const spec of [
      { kind: 'legacy', uid: Uint8Array.of(4, 1, 2, 3) },
      { kind: 'legacy', uid: 'random' },
      { kind: 'legacy', uid: real.uid, atr: new Uint8Array(Buffer.from('3b86800106757781028000', 'hex')) },
    ] as const) {
      const shown = await tap(spec);
      expect(shown.verdict).toBe('rejected');
      expect(['card-legacy', 'card-not-ours']).toContain(shown.notice);
      expect(['这张卡不能作证件', '不是校园卡']).toContain(shown.texts.zh.title);
    }
    expect(await tap({ kind: 'both', phone: campus.persons[1]!.phone(), card: real })).toMatchObject({
      ...{ verdict: 'accepted', commands: 2 },
    });
  });

  it('says one thing about a torn card and journals nothing [at each command of a phone and of a card]', async () => {
    verifier.state.checkCards = (taps) => taps.map(({ id }) => ({ id, verdict: 'accepted', row: 1 }));
    const before = await journalEnd();
    for (const tearAt of [1, 2]) {
      const shown = await tap({ ...campus.persons[2]!.phone(), behaviour: { tearAt } });
      expect(shown).toMatchObject({ notice: 'card-torn', texts: { zh: { title: '没有读完' } } });
    }
    for (const tearAt of [1, 2, 3, 4])
      expect(await tap({ ...card(), behaviour: { tearAt } })).toMatchObject({ notice: 'card-torn' });
    expect(await journalEnd()).toBe(before);
  });

  it('shows nothing green to hostile cards [oversized] [wrong status words] [noise] [silent] [too slow]', async () => {
    const phone = campus.persons[2]!.phone();
    for (const behaviour of [
      { oversized: { at: 1, bytes: 5_000 } },
      { oversized: { at: 2, bytes: 300 } },
      { status: { at: 2, word: 0x6a88 } },
      { status: { at: 2, word: 0x9000 } },
      { noiseAt: 1 },
      { noiseAt: 2 },
      { silentAt: 2 },
      { slowMs: 1_500 },
    ]) {
      const shown = await tap({ ...phone, behaviour });
      expect(shown.verdict, JSON.stringify(behaviour)).not.toBe('accepted');
    }
    expect(await tap(phone)).toMatchObject({ verdict: 'accepted' });
  });

  it('counts a card once that lies there while the daemon is killed and comes back', async () => {
    const spec = campus.persons[3]!.phone();
    expect(await tap(spec)).toMatchObject({ verdict: 'accepted' });
    screen.clear();
    const made = cards.make(spec);
    const lying = await made.tap(daemon.readers[0]!.socket);
    expect(await screen.next()).toMatchObject({ verdict: 'accepted' });
    const end = await journalEnd();
    await daemon.kill();
    await lying.out;
    await until(async () => (await agent.status()).readers?.state === 'no-daemon');
    await daemon.start();
    const again = await made.tap(daemon.readers[0]!.socket);
    await until(async () => (await agent.status()).readers?.readers.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await journalEnd()).toBe(end);
    await again.remove();
    expect(await tap(spec)).toMatchObject({ verdict: 'accepted' });
    expect(await journalEnd()).toBe(end + 1);
  });

  it('says how its readers are, and how long taps take', async () => {
    const { readers, taps } = await agent.status();
    expect(readers).toMatchObject({ state: 'working', readers: [{ state: 'ready' }] });
    expect(taps.decided).toBeGreaterThan(10);
    expect(taps.torn).toBeGreaterThanOrEqual(6);
    await daemon.kill();
    await until(async () => (await agent.status()).readers?.state === 'no-daemon');
    await daemon.start();
    await until(async () => (await agent.status()).readers?.state === 'working');
  });
});
