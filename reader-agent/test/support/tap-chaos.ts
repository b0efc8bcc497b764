/** Who taps what in the chaos test: kinds of taps with what must and must not come of them, drawn from a seed. */
import {
  cardKeyNumbers,
  decryptPiccData,
  encodeNdefUrl,
  NfcError,
  type VerifiedSun,
  verifySun,
} from '@lanyard/protocol/nfc';
import { generateKeyPair, nodeAes } from '@lanyard/protocol/node-crypto';
import type { CardTap } from '../../src/domain/card-check.js';
import { type Campus, createCampus } from './campus.js';
import { campusCardSpec } from './taps.js';
import type { Behaviour, CampusCardSpec, CardSpec, LegacySpec, PhoneSpec } from './virtual-reader/card-spec.js';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function createDice(seed: number) {
  let state = seed >>> 0;
  return {
    next(): number {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    },
    below(n: number): number {
      return Math.floor(this.next() * n);
    },
  };
}
export type Dice = ReturnType<typeof createDice>;

/** Cards and the one who checks them as the issuer does: CMAC, then a counter that only rises. */
export function createCardOffice(origin: string) {
  const held = new Map<string, { spec: CampusCardSpec; row: number; counter: number }>();
  let metaRead: Uint8Array | undefined;
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

  function check(tap: CardTap): { verdict: string; reason?: string; row?: number } {
    try {
      const sun = decryptPiccData(nodeAes, metaRead as Uint8Array, Buffer.from(tap.picc_data, 'hex'));
      const card = held.get(hex(sun.uid));
      if (card === undefined) return { verdict: 'rejected', reason: 'unknown-handle' };
      const key = card.spec.personalised?.keys[cardKeyNumbers.fileRead] as Uint8Array;
      const verified: VerifiedSun = verifySun(nodeAes, key, sun, Buffer.from(tap.cmac, 'hex'));
      if (verified.counter <= card.counter) return { verdict: 'rejected', reason: 'replayed' };
      card.counter = verified.counter;
      return { verdict: 'accepted', row: card.row };
    } catch (error) {
      if (error instanceof NfcError) return { verdict: 'rejected', reason: 'issuer-signature-invalid' };
      throw error;
    }
  }
  return {
    /** A card that is known under this row. Its batch shares the meta-read key. */
    issue(row: number): CampusCardSpec {
      const spec = campusCardSpec(origin);
      const keys = [...(spec.personalised?.keys ?? [])];
      metaRead ??= keys[cardKeyNumbers.metaRead] as Uint8Array;
      keys[cardKeyNumbers.metaRead] = metaRead;
      const made: CampusCardSpec = {
        ...spec,
        personalised: { ...(spec.personalised as NonNullable<typeof spec.personalised>), keys },
      };
      held.set(hex(made.uid), { spec: made, row, counter: 0 });
      return made;
    },
    check: (taps: readonly CardTap[]) => taps.map((tap) => ({ id: tap.id, ...check(tap) })),
  };
}

/** A tag with a fixed address: what a stranger has copied off somebody's card. */
function copiedCard(origin: string, tap: CardTap): CampusCardSpec {
  const file = new Uint8Array(256);
  file.set(encodeNdefUrl(`${origin}/c/${tap.key_version}/${tap.picc_data}/${tap.cmac}`));
  return {
    kind: 'campus-card',
    uid: Uint8Array.of(4, 9, 9, 9, 9, 9, 9),
    personalised: {
      ...{ file, settings: Uint8Array.of(0, 0xe0, 0xee), readCounter: 0 },
      keys: Array.from({ length: 5 }, () => new Uint8Array(16)),
    },
  };
}

/** `accept`: anything but green is a fault of ours. `refuse`: green is a false accept. `again`: nothing may be decided. */
export interface DrawnTap {
  readonly name: string;
  readonly spec: CardSpec;
  readonly expect: 'accept' | 'refuse' | 'again';
}

export const goodPeople = 40;
export const goodCards = 10;
/** People whose rows must never be let in: suspended ones, and victims of forgers and copies. */
const suspendedPerson = 40;
const victimPerson = 41;
export const allPeople = 42;
export const suspendedPeople = [suspendedPerson];
const cardRow = 0x77000000;
const victimRow = 0x66000000;

/** Whether somebody on this row may be let in at all. */
export function isGoodRow(row: number | null): boolean {
  if (row === null) return false;
  const person = row - 0x99000001;
  return (person >= 0 && person < goodPeople) || (row >= cardRow && row < cardRow + goodCards);
}

export function createTapDeck(dice: Dice, campus: Campus, origin: string) {
  const office = createCardOffice(origin);
  const cards = Array.from({ length: goodCards }, (_, i) => office.issue(cardRow + i));
  const victimCard = office.issue(victimRow);
  const forger = generateKeyPair().privateKey;
  const strangers = createCampus(3).persons;
  let copied: CardTap | undefined;
  const phone = (): PhoneSpec => campus.persons[dice.below(goodPeople)]?.phone() as PhoneSpec;
  const victim = (key?: typeof forger) => campus.persons[victimPerson]?.phone(key) as PhoneSpec;
  const hostile: readonly Behaviour[] = [
    { oversized: { at: 1, bytes: 4_000 } },
    { oversized: { at: 2, bytes: 300 } },
    { status: { at: 1, word: 0x6f00 } },
    { status: { at: 2, word: 0x9000 } },
    { status: { at: 2, word: 0x6982 } },
    { noiseAt: 1 },
    { noiseAt: 2 },
  ];
  const legacy: readonly LegacySpec[] = [
    { kind: 'legacy', uid: Uint8Array.of(4, 1, 2, 3) },
    { kind: 'legacy', uid: 'random' },
    { kind: 'legacy', uid: victimCard.uid, atr: new Uint8Array(Buffer.from('3b86800106757781028000', 'hex')) },
  ];
  const pick = <T>(list: readonly T[]): T => list[dice.below(list.length)] as T;

  /** Parts per thousand. */
  const deck: readonly (readonly [number, string, () => Omit<DrawnTap, 'name'>])[] = [
    [560, 'phone', () => ({ spec: phone(), expect: 'accept' })],
    [120, 'campus card', () => ({ spec: pick(cards), expect: 'accept' })],
    [70, 'suspended', () => ({ spec: campus.persons[suspendedPerson]?.phone() as PhoneSpec, expect: 'refuse' })],
    [50, 'forged phone', () => ({ spec: victim(forger), expect: 'refuse' })],
    [30, 'stranger', () => ({ spec: pick(strangers).phone(), expect: 'refuse' })],
    [30, 'copied card', () => ({ spec: copied ? copiedCard(origin, copied) : pick(legacy), expect: 'refuse' })],
    [40, 'UID card', () => ({ spec: pick(legacy), expect: 'refuse' })],
    [25, 'both', () => ({ spec: { kind: 'both', phone: phone(), card: pick(cards) }, expect: 'accept' })],
    [10, 'both, forged', () => ({ spec: { kind: 'both', phone: victim(forger), card: victimCard }, expect: 'refuse' })],
    [35, 'hostile', () => ({ spec: { ...victim(), behaviour: pick(hostile) }, expect: 'refuse' })],
    [25, 'torn', () => ({ spec: { ...victim(), behaviour: { tearAt: 1 + dice.below(2) } }, expect: 'again' })],
    [5, 'silent', () => ({ spec: { ...victim(), behaviour: { silentAt: 1 + dice.below(2) } }, expect: 'again' })],
  ];
  return {
    phone,
    /** The verifier's answer about cards; what was accepted once may be copied from then on. */
    check(taps: readonly CardTap[]) {
      const results = office.check(taps);
      if (results[0]?.verdict === 'accepted') copied = taps[0];
      return results;
    },
    draw(): DrawnTap {
      let at = dice.below(1_000);
      for (const [weight, name, make] of deck) {
        if (at < weight) return { name, ...make() };
        at -= weight;
      }
      throw new TypeError('the deck has a thousand parts');
    },
  };
}
