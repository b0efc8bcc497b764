import { randomBytes } from 'node:crypto';
import { acceptPackage, gateCodeSecrets, type PackageState } from '@lanyard/protocol';
import { type SunTemplate, sunTemplate } from '@lanyard/protocol/nfc';
import { createSigner, generateKeyPair, nodeAes, nodeCrypto, nodeRandomBytes } from '@lanyard/protocol/node-crypto';
import { describe, expect, it } from 'vitest';
import * as f from '../../../packages/protocol/test/fixtures.js';
import { createNfcPhone } from '../../../packages/protocol/test/support/nfc-phone.js';
import { createNtag424Card } from '../../../packages/protocol/test/support/ntag424-card.js';
import type { CardTap, CardTapResult } from '../../src/domain/card-check.js';
import type { ShownVerdict } from '../../src/domain/decision-session.js';
import type { CardFaultCode } from '../../src/domain/reader-port.js';
import { createTapSession } from '../../src/domain/tap-session.js';
import { verdictTexts } from '../../src/domain/verdict-texts.js';
import { createCampus } from '../support/campus.js';
import { createGate, packageOf } from '../support/gate-bench.js';
import { createMemoryReaders, type MemoryCard } from '../support/memory-readers.js';

const campus = createCampus(3);
const origin = 'https://verifier.example';

type Check = (tap: CardTap) => Omit<CardTapResult, 'id'> | 'away';

function setUp(options: { state?: PackageState | undefined; check?: Check; nowMs?: number } = {}) {
  const state = 'state' in options ? options.state : packageOf(campus);
  const asked: CardTap[] = [];
  const screen: (ShownVerdict & { held: boolean })[] = [];
  const clock = { ms: options.nowMs ?? Date.now(), monotonic: 0 };
  const torn: string[] = [];
  const kept: CardTap[] = [];
  const { session, entries, faults } = createGate({ clock, inForce: state });
  const taps = createTapSession({
    ...{ session, verifierOrigin: origin, randomBytes: nodeRandomBytes, findPackage: () => state },
    sign: createSigner(generateKeyPair().privateKey),
    monotonicMs: () => clock.monotonic,
    async checkCardTaps(given) {
      asked.push(...given);
      return given.map((tap) => {
        const answer = options.check?.(tap) ?? 'away';
        if (answer === 'away') throw new TypeError('fetch failed');
        return { id: tap.id, ...answer } as CardTapResult;
      });
    },
    keepForLater: (tap) => void kept.push(tap),
    show: (shown, held) => void screen.push({ ...shown, held }),
    onDecided: () => {},
    onTorn: (code) => void torn.push(code),
    onFault: (error) => void faults.push(error),
  });
  const readers = createMemoryReaders();
  return {
    ...{ kept, entries, asked, screen, clock, faults, torn, readers, session },
    /** What the screen shows after this card was tapped. */
    async tap(card: MemoryCard) {
      readers.commands.length = 0;
      await taps.take(readers.event(card));
      return screen.at(-1)!;
    },
    gone: () => taps.take({ kind: 'card-gone', reader: 'Memory 1' }),
    lost: () => taps.readersLost(),
    mute: () => taps.take({ kind: 'card-mute', reader: 'Memory 1' }),
  };
}

/** A phone of a person of the campus, or of a stranger. */
function phoneOf(person: number, changes: { key?: 'other' } = {}): MemoryCard {
  const { gateKey } = campus.persons[person]!.phone(changes.key ? generateKeyPair().privateKey : undefined);
  const secrets = gateCodeSecrets(nodeCrypto, gateKey!.linkKey);
  return createNfcPhone({ random: nodeRandomBytes, gateKey: { ...secrets, sign: signerOf(gateKey!.key) } });
}
function stranger(): MemoryCard {
  const secrets = gateCodeSecrets(nodeCrypto, nodeRandomBytes(16));
  const sign = createSigner(generateKeyPair().privateKey);
  return createNfcPhone({ random: nodeRandomBytes, gateKey: { ...secrets, sign } });
}
function signerOf(pem: string) {
  return createSigner(pem as unknown as Parameters<typeof createSigner>[0]);
}

const sunSettings = ({ piccDataOffset: picc, macOffset: mac }: SunTemplate) =>
  Uint8Array.of(0x40, 0x00, 0xe0, 0xc1, 0xff, 0x12, picc, 0, 0, mac, 0, 0, mac, 0, 0);
function campusCard(at = origin, kind: 'c' | 't' = 'c'): MemoryCard {
  const template = sunTemplate(at, kind, 1);
  const file = new Uint8Array(256);
  file.set(template.file);
  const keys = Array.from({ length: 5 }, () => ({ key: nodeRandomBytes(16), version: 1 }));
  const uid = Uint8Array.of(4, ...randomBytes(6));
  return createNtag424Card({
    ...{ aes: nodeAes, uid, memory: { uid, keys, file, settings: sunSettings(template), readCounter: 7 } },
  });
}
const storageAtr = new Uint8Array(Buffer.from('3b8f8001804f0ca000000306030001000000006a', 'hex'));
const answering = (answer: Uint8Array | CardFaultCode, atr?: Uint8Array): MemoryCard => ({
  transmit: () => answer,
  ...(atr === undefined ? {} : { atr }),
});
const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

describe('a phone at a card reader (NFC-A)', () => {
  it('is accepted over the package, without the network, in two commands and one journal entry', async () => {
    const gate = setUp();
    expect(await gate.tap(phoneOf(0))).toMatchObject({ verdict: 'accepted', holderProved: true, held: false });
    expect(gate.readers.commands).toHaveLength(2);
    expect(gate.entries).toMatchObject([{ verdict: 'accepted', scheme: 'nfc-a', row: 0x99000001 }]);
    expect(gate.asked).toEqual([]);
  });

  it('is refused [another key] [unknown handle] [suspended] [no package]', async () => {
    expect(await setUp().tap(phoneOf(0, { key: 'other' }))).toMatchObject({ reason: 'holder-signature-invalid' });
    expect(await setUp().tap(stranger())).toMatchObject({ reason: 'unknown-handle', holderProved: false });
    expect(await setUp({ state: packageOf(campus, { suspended: [1] }) }).tap(phoneOf(1))).toMatchObject({
      reason: 'suspended',
    });
    expect(await setUp({ state: undefined }).tap(phoneOf(0))).toMatchObject({ reason: 'no-package' });
  });

  it('is accepted by its pass where the gate does not know it [guest of another university], and refused [revoked]', async () => {
    const accepted = acceptPackage(nodeCrypto, {
      ...{ have: undefined, envelope: f.makePackage().envelope, pinned: f.pinned },
      ...{ checkpointId: 'south-gate', nowSeconds: f.noon },
    });
    if (!accepted.ok) throw new Error(accepted.refusal);
    const guest = (bytes: Uint8Array) =>
      createNfcPhone({ random: nodeRandomBytes, pass: { bytes, sign: f.keys.holder.sign } });
    const gate = setUp({ state: accepted.state, nowMs: f.noon * 1000 });
    const foreign = f.pass({}, { universityCode: f.foreignCode, signer: f.keys.foreignPass });
    expect(await gate.tap(guest(foreign))).toMatchObject({ verdict: 'accepted', holderProved: true });
    expect(gate.readers.commands.length).toBeLessThanOrEqual(4);
    expect(await gate.tap(guest(f.pass({ listIndex: 5 })))).toMatchObject({ reason: 'revoked' });
    expect(gate.entries).toMatchObject([{ scheme: 'nfc-a', row: null }, { reason: 'revoked' }]);
  });

  it('is refused when what it says was said before [recorded answers of another tap]', async () => {
    const gate = setUp();
    const heard: Uint8Array[] = [];
    const real = phoneOf(0);
    await gate.tap({
      transmit(command) {
        const answer = real.transmit(command) as Uint8Array;
        heard.push(answer);
        return answer;
      },
    });
    await gate.gone();
    let n = 0;
    expect(await gate.tap({ transmit: () => heard[n++]! })).toMatchObject({ reason: 'holder-signature-invalid' });
    expect(gate.entries.map(({ verdict }) => verdict)).toEqual(['accepted', 'rejected']);
  });

  it('is refused when the clock jumps in the middle of its tap [ahead] [back]', async () => {
    for (const jumpMs of [120_000, -120_000]) {
      const gate = setUp();
      const real = phoneOf(0);
      const shown = await gate.tap({
        transmit(command) {
          if (command[1] === 0x88) gate.clock.ms += jumpMs;
          return real.transmit(command);
        },
      });
      expect(shown.verdict, String(jumpMs)).not.toBe('accepted');
    }
  });

  it('counts once while it lies there, whatever its reader does, and anew once it was taken away', async () => {
    const gate = setUp();
    const card = phoneOf(0);
    await gate.tap(card);
    expect(await gate.tap(card)).toMatchObject({ held: true, n: 1 });
    expect(gate.entries).toHaveLength(1);
    await gate.gone();
    expect(await gate.tap(card)).toMatchObject({ held: false, verdict: 'accepted' });
    expect(await gate.tap(phoneOf(1))).toMatchObject({ held: false, verdict: 'accepted' });
    expect(gate.entries).toHaveLength(3);
  });

  it('counts once where a reader that goes down says first that it is gone, and anew where it went long before', async () => {
    const gate = setUp();
    const card = phoneOf(0);
    await gate.tap(card);
    await gate.gone();
    gate.lost();
    expect(await gate.tap(card)).toMatchObject({ held: true, n: 1 });
    await gate.gone();
    gate.clock.monotonic += 1_000;
    gate.lost();
    expect(await gate.tap(card)).toMatchObject({ held: false, verdict: 'accepted' });
    expect(gate.entries).toHaveLength(2);
  });

  it('gets the signature of the checkpoint where the policy says so [and signs nothing without it]', async () => {
    const checkpoint_authentication = true;
    const signing = setUp({ state: packageOf(campus, { policy: { checkpoint_authentication } }) });
    await signing.tap(phoneOf(0));
    expect(signing.readers.commands[1]).toHaveLength(5 + 94 + 1);
    expect(signing.screen.at(-1)).toMatchObject({ verdict: 'accepted' });
    const plain = setUp();
    await plain.tap(phoneOf(0));
    expect(plain.readers.commands[1]).toHaveLength(5 + 30 + 1);
  });
});

describe('a campus card at a card reader (NFC-B)', () => {
  const accepted: Check = () => ({ verdict: 'accepted', row: 77 }) as Omit<CardTapResult, 'id'>;

  it('is shown to the verifier and accepted by its word, in four commands', async () => {
    const gate = setUp({ check: accepted });
    expect(await gate.tap(campusCard())).toMatchObject({ verdict: 'accepted' });
    expect(gate.readers.commands).toHaveLength(4);
    expect(gate.entries).toMatchObject([{ scheme: 'nfc-b', row: 77 }]);
    expect(gate.asked).toMatchObject([{ key_version: 1, picc_data: expect.stringMatching(/^[0-9A-F]{32}$/) }]);
  });

  it('is refused by its word [replayed] [suspended] and not decided in its silence [network-needed]', async () => {
    const rejected = (reason: 'replayed' | 'suspended') => setUp({ check: () => ({ verdict: 'rejected', reason }) });
    expect(await rejected('replayed').tap(campusCard())).toMatchObject({ verdict: 'rejected', reason: 'replayed' });
    expect(await rejected('suspended').tap(campusCard())).toMatchObject({ reason: 'suspended' });
    const away = setUp();
    expect(await away.tap(campusCard())).toMatchObject({ verdict: 'cannot-decide', reason: 'network-needed' });
    expect(away.entries).toMatchObject([{ reason: 'network-needed', scheme: 'nfc-b', row: null }]);
  });

  it('is let in marked where the policy of a cut-off door says so, once, and kept for the verifier', async () => {
    const gate = setUp({ state: packageOf(campus, { policy: { offline_cards: 'accept-marked' } }) });
    const card = campusCard();
    let said: Uint8Array | undefined;
    const heard: MemoryCard = {
      transmit(command) {
        const answer = card.transmit(command) as Uint8Array;
        if (command[1] === 0xb0) said = answer;
        return answer;
      },
    };
    expect(await gate.tap(heard)).toMatchObject({ verdict: 'accepted', marks: ['card-offline'], holderProved: false });
    expect(gate.entries).toMatchObject([{ scheme: 'nfc-b', row: null, marks: ['card-offline'] }]);
    expect(gate.kept).toEqual([gate.asked[0]]);
    const copy: MemoryCard = {
      transmit: (command) => (command[1] === 0xb0 ? (said as Uint8Array) : hex(command[4] === 8 ? '6a82' : '9000')),
    };
    expect(await gate.tap(copy)).toMatchObject({ verdict: 'rejected', reason: 'replayed' });
  });

  it('shows whose card it is where the issuer verified it and the person may not pass', async () => {
    const check = () => ({ verdict: 'rejected', reason: 'suspended', row: 77 }) as unknown as Omit<CardTapResult, 'id'>;
    const gate = setUp({ check });
    expect(await gate.tap(campusCard())).toMatchObject({ reason: 'suspended', holderProved: true });
    expect(gate.entries).toMatchObject([{ row: 77, reason: 'suspended' }]);
  });

  it('asks again under the same id where the first call tore', async () => {
    let calls = 0;
    const gate = setUp({ check: (tap) => (++calls === 1 ? 'away' : accepted(tap)) });
    expect(await gate.tap(campusCard())).toMatchObject({ verdict: 'accepted' });
    expect(gate.asked).toHaveLength(2);
    expect(new Set(gate.asked.map(({ id }) => id)).size).toBe(1);
  });

  it('is not one of ours [address elsewhere] [door tag] [address that only begins like ours]', async () => {
    for (const card of [
      campusCard('https://evil.example'),
      campusCard(origin, 't'),
      campusCard(`${origin}.evil.example`),
    ]) {
      const gate = setUp({ check: accepted });
      expect(await gate.tap(card)).toMatchObject({ verdict: 'rejected', notice: 'card-not-ours' });
      expect(gate.asked).toEqual([]);
    }
  });
});

describe('a stolen gate, at card readers', () => {
  it('opens nothing elsewhere: all it knows of a phone is public, and of cards it knows nothing [copied package]', async () => {
    const stolen = packageOf(campus).people.table;
    const sign = createSigner(generateKeyPair().privateKey);
    for (let i = 0; i < stolen.size; i++) {
      const secrets = gateCodeSecrets(nodeCrypto, stolen.row(i).linkKey);
      const made = createNfcPhone({ random: nodeRandomBytes, gateKey: { ...secrets, sign } });
      expect(await setUp().tap(made)).toMatchObject({ reason: 'holder-signature-invalid', holderProved: false });
    }
    // No key of a card is in a gate, so nothing a thief takes from it verifies or makes a read.
    expect(await setUp().tap(campusCard())).toMatchObject({ verdict: 'cannot-decide', reason: 'network-needed' });
  });
});

describe('NFC relay of a campus card', () => {
  it('is marked in the journal where its answers come late, and changes no verdict', async () => {
    const gate = setUp({ check: () => ({ verdict: 'accepted', row: 77 }) as Omit<CardTapResult, 'id'> });
    const late = (ms: number): MemoryCard => {
      const real = campusCard();
      return {
        transmit(command) {
          gate.clock.monotonic += ms;
          return real.transmit(command);
        },
      };
    };
    for (let i = 0; i < 10; i++) {
      await gate.tap(late(15));
      await gate.gone();
    }
    expect(await gate.tap(late(75))).toMatchObject({ verdict: 'accepted', marks: ['slow-card'] });
    expect(gate.entries.at(-1)).toMatchObject({ marks: ['slow-card'] });
    expect(gate.entries.slice(0, -1).every(({ marks }) => marks.length === 0)).toBe(true);
  });
});

describe('other cards at a card reader', () => {
  it('give no rights by their UID, which is not even asked for [storage card] [its copy] [random UID] [other ATR]', async () => {
    const gate = setUp({ check: () => ({ verdict: 'accepted' }) });
    const cloned = (uid: Uint8Array, atr?: Uint8Array): MemoryCard => ({
      ...(atr === undefined ? {} : { atr }),
      transmit: (command) => (command[0] === 0xff ? Uint8Array.of(...uid, 0x90, 0) : hex('6a81')),
    });
    for (const card of [cloned(hex('04010203'), storageAtr), cloned(nodeRandomBytes(4), storageAtr)]) {
      expect(await gate.tap(card)).toMatchObject({ verdict: 'rejected', notice: 'card-legacy' });
      expect(gate.readers.commands.some((command) => command[0] === 0xff)).toBe(false);
    }
    expect(await gate.tap(cloned(hex('04010203040506')))).toMatchObject({ notice: 'card-not-ours' });
    expect(await gate.tap(answering('reader-failed', storageAtr))).toMatchObject({ notice: 'card-legacy' });
    expect(gate.entries.every(({ verdict, row }) => verdict === 'rejected' && row === null)).toBe(true);
    expect(JSON.stringify(gate.entries)).not.toContain('04010203');
  });

  it('are read by the strongest way they offer, and never by a weaker one after it failed', async () => {
    const card = campusCard();
    const both = (phone: MemoryCard): MemoryCard => {
      let active = phone;
      return {
        transmit(command) {
          if (command[1] === 0xa4 && command[2] === 4) active = command[4] === 8 ? phone : card;
          return active.transmit(command);
        },
      };
    };
    const gate = setUp({ check: () => ({ verdict: 'accepted', row: 1 }) as Omit<CardTapResult, 'id'> });
    expect(await gate.tap(both(phoneOf(0)))).toMatchObject({ verdict: 'accepted' });
    expect(await gate.tap(both(phoneOf(0, { key: 'other' })))).toMatchObject({ reason: 'holder-signature-invalid' });
    const refusing: MemoryCard = {
      transmit: (command) => (command[1] === 0x88 ? hex('6982') : phoneOf(0).transmit(command)),
    };
    expect(await gate.tap(both(refusing))).toMatchObject({ verdict: 'rejected', notice: 'card-answers-wrong' });
    expect(gate.asked).toEqual([]);
    expect(gate.entries.map(({ scheme }) => scheme)).toEqual(['nfc-a', 'nfc-a', null]);
  });

  it.each(['card-gone', 'card-timeout', 'reader-failed'] as const)(
    'are asked to be tapped again where the exchange ends early, and nothing is journalled [%s]',
    async (code) => {
      const gate = setUp();
      const real = phoneOf(0);
      const shown = await gate.tap({
        transmit: (command) => (command[1] === 0x88 ? code : real.transmit(command)),
      });
      expect(shown).toMatchObject({ verdict: 'cannot-decide', notice: 'card-torn', reason: undefined });
      expect(verdictTexts(shown.reason, shown.marks, shown.notice).zh.title).toBe('没有读完');
      expect(gate.entries).toEqual([]);
      expect(gate.torn).toEqual([code]);
      await gate.gone();
      expect(await gate.tap(phoneOf(0))).toMatchObject({ verdict: 'accepted' });
    },
  );

  it('are asked to be tapped again where they do not talk at all', async () => {
    const gate = setUp();
    await gate.mute();
    expect(gate.screen).toMatchObject([{ notice: 'card-torn' }]);
    expect(gate.entries).toEqual([]);
  });

  it.each([
    ['too long', answering('answer-too-long')],
    ['noise', answering(hex('01112233445566779000'))],
    ['nothing', answering(new Uint8Array())],
    ['one byte', answering(hex('90'))],
    ['259 bytes', answering(new Uint8Array(259))],
  ])('are refused for answers that none of ours gives [%s]', async (_name, card) => {
    const gate = setUp();
    expect(await gate.tap(card)).toMatchObject({ verdict: 'rejected', notice: 'card-answers-wrong' });
    expect(gate.entries).toMatchObject([{ verdict: 'rejected', reason: 'malformed' }]);
  });

  it('are told that their version is unknown where it is', async () => {
    expect(await setUp().tap(answering(hex('0200112233449000')))).toMatchObject({ reason: 'unsupported-version' });
  });

  it('have so long for a whole tap and no longer [slow in every answer]', async () => {
    const gate = setUp();
    const real = campusCard();
    const shown = await gate.tap({
      transmit(command) {
        gate.clock.monotonic += 850;
        return real.transmit(command);
      },
    });
    expect(shown).toMatchObject({ notice: 'card-torn' });
    expect(gate.entries).toEqual([]);
  });
});
