import { describe, expect, it } from 'vitest';
import { nodeAes } from '../../../src/crypto/node-crypto.js';
import { fromHex, toHex } from '../../../src/index.js';
import {
  authenticateFirst,
  authenticateSecond,
  cardCrc32,
  changeOtherKey,
  changeOwnKey,
  decodeResponse,
  type Ev2Session,
  encodeCommand,
  encodeResponse,
  NfcError,
  openResponse,
  openSession,
  protectedCommand,
} from '../../../src/nfc/index.js';
import { readVector } from '../../vectors.js';

const hex = (text: string) => fromHex(text)!;
const upper = (bytes: Uint8Array) => toHex(bytes).toUpperCase();
const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof NfcError) return error.code;
    throw error;
  }
  return 'accepted';
};

interface InSession {
  title: string;
  ti: string;
  enc_key: string;
  mac_key: string;
  counter: number;
  command: string;
}
const file = readVector<{
  authentications: (Record<
    | 'title'
    | 'key'
    | 'rnd_a'
    | 'rnd_b'
    | 'first'
    | 'first_answer'
    | 'second'
    | 'second_answer'
    | 'ti'
    | 'enc_key'
    | 'mac_key',
    string
  > & { key_number: number })[];
  commands: (InSession &
    Record<'ins' | 'header' | 'data' | 'answer' | 'answer_data', string> & { mode: 'mac' | 'full' })[];
  key_changes: (InSession & {
    key_number: number;
    old_key: string | null;
    new_key: string;
    version: number;
    crc?: string;
    answer?: string;
  })[];
}>('ntag424/ev2.json');
const sessionOf = (vector: InSession): Ev2Session => ({
  encKey: hex(vector.enc_key),
  macKey: hex(vector.mac_key),
  transactionId: hex(vector.ti),
  commandCounter: vector.counter,
});

describe('EV2 first authentication', () => {
  it.each(file.authentications)('is byte for byte as published [$title]', (vector) => {
    expect(upper(encodeCommand(authenticateFirst(vector.key_number)))).toBe(vector.first);
    const key = hex(vector.key);
    const first = decodeResponse(hex(vector.first_answer));
    const { command, challenge } = authenticateSecond(nodeAes, key, first, hex(vector.rnd_a));
    expect(upper(challenge.rndB)).toBe(vector.rnd_b);
    expect(upper(encodeCommand(command))).toBe(vector.second);
    const session = openSession(nodeAes, key, challenge, decodeResponse(hex(vector.second_answer)));
    expect([
      upper(session.transactionId),
      upper(session.encKey),
      upper(session.macKey),
      session.commandCounter,
    ]).toEqual([vector.ti, vector.enc_key, vector.mac_key, 0]);
  });

  const vector = file.authentications[0]!;
  const key = hex(vector.key);
  const challenge = { rndA: hex(vector.rnd_a), rndB: hex(vector.rnd_b) };
  const second = decodeResponse(hex(vector.second_answer));
  const first = decodeResponse(hex(vector.first_answer));
  it.each<[string, string, () => unknown]>([
    [
      'a card that does not know the key',
      'card-authentication-failed',
      () => openSession(nodeAes, hex('11'.repeat(16)), challenge, second),
    ],
    [
      'the answer to another random number',
      'card-authentication-failed',
      () => openSession(nodeAes, key, { ...challenge, rndA: new Uint8Array(16) }, second),
    ],
    [
      'status 91AE',
      'card-authentication-failed',
      () => openSession(nodeAes, key, challenge, decodeResponse(hex('91AE'))),
    ],
    [
      'status 9140 at the first step',
      'card-authentication-failed',
      () => authenticateSecond(nodeAes, key, decodeResponse(hex('9140')), challenge.rndA),
    ],
    [
      'a first answer of LRP mode',
      'nfc-malformed',
      () =>
        authenticateSecond(nodeAes, key, decodeResponse(encodeResponse(new Uint8Array(17), 0x91af)), challenge.rndA),
    ],
    [
      'a short second answer',
      'nfc-malformed',
      () => openSession(nodeAes, key, challenge, decodeResponse(encodeResponse(new Uint8Array(16), 0x9100))),
    ],
    [
      'the second answer at the first step',
      'card-authentication-failed',
      () => authenticateSecond(nodeAes, key, second, challenge.rndA),
    ],
    [
      'the first answer at the second step',
      'card-authentication-failed',
      () => openSession(nodeAes, key, challenge, first),
    ],
  ])('is refused [%s]', (_, code, run) => {
    expect(codeOf(run)).toBe(code);
  });
});

describe('EV2 secure messaging', () => {
  it.each(file.commands)('is byte for byte as published [$title]', (vector) => {
    const session = sessionOf(vector);
    const command = protectedCommand(nodeAes, session, hex(vector.ins)[0]!, hex(vector.header), hex(vector.data));
    expect(upper(encodeCommand(command))).toBe(vector.command);
    const opened = openResponse(nodeAes, session, decodeResponse(hex(vector.answer)), vector.mode);
    expect(upper(opened.data)).toBe(vector.answer_data);
    expect(opened.session.commandCounter).toBe(vector.counter + 1);
  });

  it.each(file.commands)('refuses every flipped bit of the answer and a repeat of it [$title]', (vector) => {
    const session = sessionOf(vector);
    const answer = hex(vector.answer);
    for (let bit = 0; bit < (answer.length - 2) * 8; bit++) {
      const flipped = answer.slice();
      flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7));
      expect(codeOf(() => openResponse(nodeAes, session, decodeResponse(flipped), vector.mode))).toBe(
        'card-mac-invalid',
      );
    }
    const { session: next } = openResponse(nodeAes, session, decodeResponse(answer), vector.mode);
    expect(codeOf(() => openResponse(nodeAes, next, decodeResponse(answer), vector.mode))).toBe('card-mac-invalid');
  });

  it.each([
    ['no MAC', '9100', 'card-mac-invalid'],
    ['another status', '917E', 'nfc-status-word'],
    ['ISO success', 'FC222E5F7A5424529000', 'nfc-status-word'],
  ])('refuses an answer with [%s]', (_, answer, code) => {
    expect(codeOf(() => openResponse(nodeAes, sessionOf(file.commands[1]!), decodeResponse(hex(answer)), 'mac'))).toBe(
      code,
    );
  });
});

describe('ChangeKey', () => {
  it.each(file.key_changes)('is byte for byte as published [$title]', (vector) => {
    const session = sessionOf(vector);
    const change = { keyNumber: vector.key_number, newKey: hex(vector.new_key), version: vector.version };
    const command =
      vector.old_key === null
        ? changeOwnKey(nodeAes, session, change)
        : changeOtherKey(nodeAes, session, { ...change, oldKey: hex(vector.old_key) });
    expect(upper(encodeCommand(command))).toBe(vector.command);
    if (vector.crc !== undefined) expect(upper(cardCrc32(change.newKey))).toBe(vector.crc);
    if (vector.answer === undefined) return;
    expect(openResponse(nodeAes, session, decodeResponse(hex(vector.answer)), 'mac').data).toHaveLength(0);
  });
});
