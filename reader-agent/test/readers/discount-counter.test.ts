import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundCard } from '../../../issuer/test/service/support/cards.js';
import { claimWallet, type HeldWallet, type Pair, startPair } from '../../../verifier/test/service/rights/support.js';
import {
  type Clerk,
  type CounterBody,
  type Railway,
  startRailway,
} from '../../../verifier/test/service/support/rail-counter.js';
import { bindingNames } from '../../src/adapters/readers/pcsc-binding.js';
import { type Agent, createAgentHome, startAgent } from '../support/agent-process.js';
import { type LosingLine, openLosingLine } from '../support/losing-line.js';
import { watchScreen } from '../support/taps.js';
import { until } from '../support/until.js';
import type { CardSpec } from '../support/virtual-reader/card-spec.js';
import { startCards, type VirtualCard } from '../support/virtual-reader/cards.js';
import { startVirtualReaders, type VirtualReaders } from '../support/virtual-reader/daemon.js';

/** Reader, agent, verifier and issuer as they run; the card and the phone are the virtual ones behind a real pcscd. */
const verifierPort = 7436;
const agentPort = 7437;
const linePort = 7438;
const KEY_VERSION = 7;
/** With stations on record, for each binding: who taps a phone, who lays down a card, who graduates with both. */
const STUDENTS = {
  smartcard: ['202301000001', '202305000002', '202304000011'],
  'nfc-pcsc': ['202305000003', '202302000004', '202301000012'],
} as const;
/** Cut off, not registered, suspended. */
const OTHERS = ['202303000008', '202305000009', '202301000010'] as const;
let pair: Pair;
let rail: Railway;

beforeAll(async () => {
  pair = await startPair(verifierPort);
  rail = await startRailway(pair.verifier);
  await pair.issuer.operator('/v1/card-batches', { body: { key_version: KEY_VERSION, name: 'tests' } });
}, 120_000);
afterAll(async () => {
  await pair?.close();
});

/** A card as the issuer has personalised and bound it, for the process of the virtual cards. */
async function campusCard(number: string): Promise<CardSpec> {
  const { uid, file, settings, readCounter, keys } = (await boundCard(pair.issuer, KEY_VERSION, number)).card.memory;
  return { kind: 'campus-card', uid, personalised: { file, settings, readCounter, keys: keys.map(({ key }) => key) } };
}

describe.each(bindingNames)('a discount at our reader [%s]', (binding) => {
  let daemon: VirtualReaders;
  let cards: ReturnType<typeof startCards>;
  let line: LosingLine;
  let agent: Agent;
  let screen: Awaited<ReturnType<typeof watchScreen>>;
  let desk: Clerk;
  let phone: VirtualCard;
  let card: VirtualCard;
  let heard = 0;
  const counter = `counter-${binding}`;
  const wallets = new Map<string, HeldWallet>();
  const phoneOf = (number: string) => cards.make({ kind: 'phone', gateKey: wallets.get(number)!.gateKey });
  const home = createAgentHome();

  beforeAll(async () => {
    const [byPhone, byCard, graduate] = STUDENTS[binding];
    for (const number of [byPhone, graduate, ...OTHERS]) wallets.set(number, await claimWallet(pair.issuer, number));
    expect((await rail.put(counter)).status).toBe(201);
    const enrolment = await pair.verifier.operator(`/v1/checkpoints/${counter}/enrolments`, { method: 'POST' });
    const { code } = (await enrolment.json()) as { code: string };
    line = await openLosingLine(pair.verifier.url, linePort);
    daemon = await startVirtualReaders();
    cards = startCards();
    phone = phoneOf(byPhone);
    card = cards.make(await campusCard(byCard));
    agent = await startAgent({
      ...{ port: agentPort, home, verifierUrl: line.url },
      environment: {
        ...{ LANYARD_READERS: 'all', LANYARD_READER_BINDING: binding, LANYARD_ENROLMENT_CODE: code },
        LANYARD_PUBLIC_URL_VERIFIER: pair.verifier.url,
      },
    });
    await until(async () => (await agent.status()).readers?.readers.length === 1, 40_000);
    screen = await watchScreen(agent);
    desk = await rail.clerk();
    // The agent has a package that knows this phone.
    await until(async () => (await shown(phone)).verdict === 'accepted', 40_000);
    await settled();
    heard = (await desk.hear(counter)).last;
  }, 120_000);
  afterAll(async () => {
    await screen?.close();
    await agent?.kill('SIGKILL');
    cards?.stop();
    await daemon?.stop();
    await line?.close();
    rmSync(home, { recursive: true, force: true });
  });

  async function shown(one: VirtualCard) {
    screen.clear();
    const laid = await one.tap(daemon.readers[0]!.socket);
    const seen = await screen.next();
    await laid.remove();
    return seen!;
  }
  /** The journal is with the verifier. */
  const settled = () =>
    until(async () => {
      const { journal } = await agent.status();
      return journal.end === journal.accepted_up_to;
    }, 40_000);
  /** What taps the clerk's page hears since the last time. */
  async function taps(wait = 0): Promise<string[]> {
    const { arrivals, last } = await desk.hear(counter, heard, wait);
    heard = last;
    return arrivals.map(({ id }) => id);
  }
  async function told(one: VirtualCard): Promise<CounterBody> {
    await shown(one);
    const [id] = await taps(20);
    const { status, body } = await desk.open(id!);
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  }

  it.each(['phone', 'card'] as const)(
    'shows four of four, uses one once however often it is sent, gives it back, refuses the fifth [%s]',
    async (which) => {
      const one = which === 'phone' ? phone : card;
      const first = await told(one);
      expect(first).toMatchObject({ result: 'eligible', uses: 4, left: 4, interval: { from: '广州南' } });
      expect(first.year_to).toMatch(/-09-30$/);
      expect((await desk.use(first.tap)).body.left).toBe(3);
      const all = await Promise.all(Array.from({ length: 20 }, () => desk.use(first.tap)));
      expect(new Set(all.map(({ status, body }) => `${status} ${body.left}`))).toEqual(new Set(['200 3']));
      const second = await told(one);
      expect(second).toMatchObject({ left: 3, this_tap: 'unused', used_today: [{ use: first.tap }] });
      expect((await desk.refund(second.tap, first.tap)).body.left).toBe(4);
      expect((await desk.refund(second.tap, first.tap)).body.left).toBe(4);
      expect((await desk.use(first.tap)).body.code).toBe('tap-used');
      expect((await desk.use(second.tap)).body.left).toBe(3);
      for (const left of [2, 1, 0]) expect((await desk.use((await told(one)).tap)).body.left).toBe(left);
      const fifth = await told(one);
      expect(fifth.left).toBe(0);
      expect((await desk.use(fifth.tap)).body.code).toBe('entitlement-used-up');
    },
  );

  it('hears a tap once whose journal is sent twice', async () => {
    line.state.losing = '/v1/passages';
    const lost = line.state.lost;
    await shown(phone);
    await settled();
    expect(line.state.lost).toBe(lost + 1);
    expect(await taps()).toHaveLength(1);
    expect(await taps()).toEqual([]);
  });

  it('tells and uses nothing while the verifier cannot be reached, nor by itself afterwards', async () => {
    const student = phoneOf(OTHERS[0]);
    const before = await told(student);
    line.cut();
    expect(await shown(card)).toMatchObject({ verdict: 'cannot-decide', reason: 'network-needed' });
    expect(await shown(student)).toMatchObject({ verdict: 'accepted' });
    expect(await taps()).toEqual([]);
    line.mend();
    await settled();
    // The tap comes as one; nothing was used by it.
    expect(await taps(5)).toHaveLength(1);
    expect(await told(student)).toMatchObject({ left: before.left, used_today: [] });
  });

  it('says why: not registered, suspended at the reader', async () => {
    const [, unregistered, suspended] = OTHERS;
    await pair.issuer.database.run.raw("UPDATE student SET registered_until = '2020-01-31' WHERE student_number = ?", [
      unregistered,
    ]);
    expect(await told(phoneOf(unregistered))).toMatchObject({ result: 'not-eligible', reason: 'not-registered' });
    const stop = (verb: string) =>
      pair.issuer.operator(`/v1/students/${suspended}/${verb}`, { body: { reason_code: 'drill' } });
    await stop('suspend');
    const stopped = phoneOf(suspended);
    await until(async () => (await shown(stopped)).reason === 'suspended', 40_000);
    await settled();
    await taps();
    expect(await told(stopped)).toMatchObject({ result: 'not-eligible', reason: 'suspended' });
    await stop('reinstate');
    await until(async () => (await shown(stopped)).verdict === 'accepted', 40_000);
    await settled();
    await taps();
  });

  it('says of a graduate that he is no student any more [phone] [card]', async () => {
    const [, , number] = STUDENTS[binding];
    const [hisPhone, hisCard] = [phoneOf(number), cards.make(await campusCard(number))];
    expect(await told(hisPhone)).toMatchObject({ result: 'eligible' });
    const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    const graduation = { kind: 'graduation', effective_date: today, document_number: '校毕字〔2026〕2号' };
    const answer = await pair.issuer.operator(`/v1/students/${number}/status-changes`, { body: graduation });
    expect(answer.status).toBeLessThan(300);
    await until(async () => (await shown(hisPhone)).verdict === 'rejected', 40_000);
    await settled();
    await taps();
    for (const one of [hisPhone, hisCard])
      expect(await told(one)).toMatchObject({ result: 'not-eligible', reason: 'not-a-current-student' });
  });
});
