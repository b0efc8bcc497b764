/** The process of the virtual cards: not the test's own, since a card inside the process it talks to can block it. */
import { createPrivateKey, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { gateCodeSecrets, keyDay, linkKeyOfDay } from '@lanyard/protocol';
import { lanyardAid } from '@lanyard/protocol/nfc';
import { createSigner, nodeAes, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { createNfcPhone } from '../../../../packages/protocol/test/support/nfc-phone.js';
import { createNtag424Card } from '../../../../packages/protocol/test/support/ntag424-card.js';
import type {
  Behaviour,
  BothSpec,
  CampusCardSpec,
  CardSpec,
  FromCards,
  LegacySpec,
  PhoneSpec,
  ToCards,
} from './card-spec.js';

interface Card {
  readonly atr: Uint8Array;
  reset(): void;
  transmit(command: Uint8Array): Uint8Array;
}

const random = (length: number) => new Uint8Array(randomBytes(length));
const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
const iso14443Part4Atr = hex('3b80800101');
const ntag424Atr = hex('3b86800106757781028000');
/** Of a storage card (PC/SC part 3): RID, 14443 A part 3, MIFARE Classic 1K. */
const storageAtr = hex('3b8f8001804f0ca000000306030001000000006a');
const signerOf = (pem: string) => createSigner(createPrivateKey(pem));

function phone(spec: PhoneSpec): Card {
  const { gateKey, pass, recorded } = spec;
  const signers = { gate: gateKey && signerOf(gateKey.key), pass: pass && signerOf(pass.key) };
  const make = () => {
    const day = keyDay(Math.floor(Date.now() / 1000));
    const secrets = gateKey && gateCodeSecrets(nodeCrypto, linkKeyOfDay(nodeCrypto, gateKey.linkKey, gateKey.day, day));
    return createNfcPhone({
      random,
      ...(secrets && signers.gate ? { gateKey: { ...secrets, sign: signers.gate } } : {}),
      ...(pass && signers.pass ? { pass: { bytes: pass.bytes, sign: signers.pass } } : {}),
    });
  };
  let inner = make();
  return {
    atr: iso14443Part4Atr,
    reset() {
      inner = make();
    },
    transmit(command) {
      if (recorded !== undefined && command[1] === 0xa4) return Buffer.concat([recorded.hello, hex('9000')]);
      if (recorded !== undefined && command[1] === 0x88) return Buffer.concat([recorded.signature, hex('9000')]);
      return inner.transmit(command);
    },
  };
}

function campusCard({ uid, personalised }: CampusCardSpec): Card {
  const memory = personalised && {
    ...{ uid, file: personalised.file, settings: personalised.settings, readCounter: personalised.readCounter },
    keys: personalised.keys.map((key) => ({ key, version: 1 })),
  };
  const card = createNtag424Card({ aes: nodeAes, uid, ...(memory ? { memory } : {}) });
  return { atr: ntag424Atr, reset: card.reset, transmit: card.transmit };
}

function legacy(spec: LegacySpec): Card {
  let uid = random(4);
  return {
    atr: spec.atr ?? storageAtr,
    reset() {
      uid = spec.uid === 'random' ? random(4) : Uint8Array.from(spec.uid);
    },
    transmit: (command) =>
      command[0] === 0xff && command[1] === 0xca ? Buffer.concat([uid, hex('9000')]) : hex('6a81'),
  };
}

function both(spec: BothSpec): Card {
  const parts = { phone: phone(spec.phone), card: campusCard(spec.card) };
  let active = parts.phone;
  return {
    atr: iso14443Part4Atr,
    reset() {
      parts.phone.reset();
      parts.card.reset();
    },
    transmit(command) {
      const byName = command[1] === 0xa4 && command[2] === 4;
      if (byName) active = Buffer.from(command).includes(Buffer.from(lanyardAid)) ? parts.phone : parts.card;
      return active.transmit(command);
    },
  };
}

function makeCard(spec: CardSpec): Card {
  if (spec.kind === 'phone') return phone(spec);
  if (spec.kind === 'campus-card') return campusCard(spec);
  return spec.kind === 'legacy' ? legacy(spec) : both(spec);
}

function frame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes.length);
  return Buffer.concat([head, bytes]);
}

function misbehave(behaviour: Behaviour, n: number, answer: Uint8Array): Uint8Array {
  const { oversized, status, noiseAt } = behaviour;
  if (oversized?.at === n) return Buffer.concat([random(oversized.bytes), hex('9000')]);
  if (status?.at === n) return Uint8Array.of(status.word >>> 8, status.word & 0xff);
  return noiseAt === n ? Buffer.concat([random(answer.length - 2), hex('9000')]) : answer;
}

/** Lays a card on a reader: sends its ATR, then answers until it is taken away or the reader is gone. */
function lay(
  card: Card,
  behaviour: Behaviour,
  path: string,
  on: (event: 'in' | 'out', commands: number) => void,
): Socket {
  let held: Buffer = Buffer.alloc(0);
  let n = 0;
  const socket = connect(path, () => {
    socket.write(frame(card.atr));
    on('in', 0);
  });
  const reply = (bytes: Uint8Array) => {
    if (behaviour.slowMs === undefined) socket.write(frame(bytes));
    else setTimeout(() => socket.destroyed || socket.write(frame(bytes)), behaviour.slowMs);
  };
  const hear = (command: Buffer) => {
    if (command.length === 0) return card.reset();
    n += 1;
    if (behaviour.tearAt === n) socket.destroy();
    else if (behaviour.hangAt === n) socket.write(hex('ffffffff'));
    else if (behaviour.silentAt !== n) reply(misbehave(behaviour, n, card.transmit(command)));
  };
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
      const end = 4 + held.readUInt32BE(0);
      const command = held.subarray(4, end);
      held = held.subarray(end);
      hear(command);
    }
  });
  socket.on('error', () => {});
  socket.once('close', () => on('out', n));
  return socket;
}

const cards = new Map<number, { card: Card; behaviour: Behaviour }>();
const taps = new Map<number, Socket>();
const say = (message: FromCards) => process.send?.(message);

process.on('disconnect', () => process.exit());
process.on('message', (message: ToCards) => {
  if (message.do === 'make') {
    cards.set(message.card, { card: makeCard(message.spec), behaviour: message.spec.behaviour ?? {} });
  } else if (message.do === 'forget') cards.delete(message.card);
  else if (message.do === 'remove') taps.get(message.tap)?.destroy();
  else {
    const { tap } = message;
    const made = cards.get(message.card);
    if (made === undefined) throw new Error(`no card ${message.card}`);
    taps.set(
      tap,
      lay(made.card, made.behaviour, message.socket, (at, commands) => {
        if (at === 'out') taps.delete(tap);
        say(at === 'in' ? { tap, at } : { tap, at, commands });
      }),
    );
  }
});
