import {
  type ApduCommand,
  type ApduResponse,
  authenticatePhone,
  createPhoneChallenge,
  decodeNdefUrl,
  decodeResponse,
  encodeCommand,
  expectStatus,
  NfcError,
  type PhoneAnswer,
  type PhoneHello,
  parsePhoneHello,
  parsePhoneSignature,
  parseSunUrl,
  phoneAbilities,
  readBinary,
  type SunUrl,
  selectNdefApplication,
  selectNdefFile,
  selectPhone,
  statusOk,
} from '@lanyard/protocol/nfc';
import { CardFault, type PresentedCard } from './reader-port.js';

/** Longest wait for one answer, and for a whole card. Phones sign in 100 to 300 ms. */
export const answerLimitMs = 800;
export const cardLimitMs = 2_500;

const blockBytes = 256;
/** Two blocks hold every pass there is. */
const maxPassBlocks = 2;

/** ATR of a storage card (PC/SC part 3, §3.1.3.2.3.2): it knows its number and no commands of ours. */
const storageCard = [0x80, 0x4f, 0x0c, 0xa0, 0x00, 0x00, 0x03, 0x06];

/** What a card has shown. Nothing of it is proved. */
export type CardRead =
  | { readonly kind: 'phone'; readonly answer: PhoneAnswer }
  | { readonly kind: 'campus-card'; readonly sun: SunUrl }
  /** Only a number, which this agent does not even ask for: a UID gives no rights. */
  | { readonly kind: 'legacy' }
  | { readonly kind: 'not-ours' };

/** Commands to one card, each within its own limit and all within the card's. */
export interface CardExchange {
  send(command: ApduCommand): Promise<ApduResponse>;
  /** Milliseconds of the fastest answer so far but for the first, which may have been on its way already. */
  readonly fastestMs: number;
}

export function openExchange(card: PresentedCard, monotonicMs: () => number): CardExchange {
  const until = monotonicMs() + cardLimitMs;
  let fastestMs = Number.POSITIVE_INFINITY;
  let isFirst = true;
  return {
    async send(command) {
      const sentMs = monotonicMs();
      if (sentMs >= until) throw new CardFault('card-timeout');
      const answer = await card.transmit(encodeCommand(command), Math.min(answerLimitMs, until - sentMs));
      if (!isFirst) fastestMs = Math.min(fastestMs, monotonicMs() - sentMs);
      isFirst = false;
      return decodeResponse(answer);
    },
    get fastestMs() {
      return fastestMs;
    },
  };
}

/**
 * Reads a card by the strongest way it offers: our application first, then the SUN message of a campus card; whoever
 * has our application is never asked for less. 2 commands for a phone whose handle is known, 4 with its pass, 4 for a
 * campus card.
 * @throws CardFault where the exchange ends early, NfcError where the card answers what it must not.
 */
export async function readCard(
  card: PresentedCard,
  exchange: CardExchange,
  gate: {
    readonly verifierOrigin: string;
    readonly knowsPhone: (hello: PhoneHello) => boolean;
    readonly challenge: () => Parameters<typeof createPhoneChallenge>[0];
    readonly sign: (hello: PhoneHello, challenge: PhoneAnswer['challenge']) => PhoneAnswer['challenge'];
  },
): Promise<CardRead> {
  let selected: ApduResponse;
  try {
    selected = await exchange.send(selectPhone);
  } catch (error) {
    // Many readers give a storage card's refusal as an error of their own.
    if (error instanceof CardFault && error.code === 'reader-failed' && isStorageCard(card.atr)) return legacy;
    throw error;
  }
  if (selected.statusWord === statusOk) return readPhone(exchange, parsePhoneHello(selected), gate);
  if ((await exchange.send(selectNdefApplication)).statusWord !== statusOk) {
    return isStorageCard(card.atr) ? legacy : { kind: 'not-ours' };
  }
  expectStatus(await exchange.send(selectNdefFile), statusOk);
  const file = expectStatus(await exchange.send(readBinary(0, blockBytes)), statusOk);
  const sun = sunOf(file, gate.verifierOrigin);
  return sun?.kind === 'c' ? { kind: 'campus-card', sun } : { kind: 'not-ours' };
}

const legacy: CardRead = { kind: 'legacy' };

function isStorageCard(atr: Uint8Array): boolean {
  return storageCard.every((byte, i) => atr[4 + i] === byte);
}

/** Tags of others and door tags are none of our cards; what is no address at all is a fault of the card. */
function sunOf(file: Uint8Array, origin: string): SunUrl | undefined {
  try {
    return parseSunUrl(decodeNdefUrl(file), origin);
  } catch (error) {
    if (error instanceof NfcError) return undefined;
    throw error;
  }
}

async function readPhone(
  exchange: CardExchange,
  hello: PhoneHello,
  gate: Parameters<typeof readCard>[2],
): Promise<CardRead> {
  const byPass = !gate.knowsPhone(hello) && (hello.abilities & phoneAbilities.pass) !== 0;
  const pass = byPass ? await readPass(exchange) : undefined;
  const challenge = gate.sign(hello, createPhoneChallenge(gate.challenge()));
  const signed = await exchange.send(authenticatePhone(challenge, pass === undefined ? 'gateKey' : 'passKey'));
  const answer = { hello, challenge, signature: parsePhoneSignature(signed) };
  return { kind: 'phone', answer: pass === undefined ? answer : { ...answer, pass } };
}

async function readPass(exchange: CardExchange): Promise<Uint8Array> {
  const blocks: Uint8Array[] = [];
  for (let i = 0; i < maxPassBlocks; i++) {
    const block = expectStatus(await exchange.send(readBinary(i * blockBytes, blockBytes)), statusOk);
    blocks.push(block);
    if (block.length < blockBytes) break;
  }
  return Uint8Array.from(blocks.flatMap((block) => [...block]));
}
