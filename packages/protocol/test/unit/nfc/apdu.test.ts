import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeCommand,
  decodeResponse,
  encodeCommand,
  encodeResponse,
  expectStatus,
  NfcError,
} from '../../../src/nfc/index.js';

const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof NfcError) return error.code;
    throw error;
  }
  return 'accepted';
};

const byte = fc.integer({ min: 0, max: 255 });

describe('command', () => {
  it('comes back as sent, in all four cases', () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            cla: byte,
            ins: byte,
            p1: byte,
            p2: byte,
            data: fc.uint8Array({ minLength: 1, maxLength: 255 }),
            expected: fc.integer({ min: 1, max: 256 }),
          },
          { requiredKeys: ['cla', 'ins', 'p1', 'p2'] },
        ),
        (command) => {
          expect(decodeCommand(encodeCommand(command))).toEqual(command);
        },
      ),
    );
  });

  it('is never longer than a short command may be', () => {
    const head = { cla: 0, ins: 0xb0, p1: 0, p2: 0 };
    expect(encodeCommand({ ...head, data: new Uint8Array(255), expected: 256 })).toHaveLength(261);
    expect(() => encodeCommand({ ...head, data: new Uint8Array(256) })).toThrow(TypeError);
    expect(() => encodeCommand({ ...head, expected: 257 })).toThrow(TypeError);
    expect(() => encodeCommand({ ...head, expected: 0 })).toThrow(TypeError);
  });

  it.each([
    ['three bytes', [0, 0xa4, 4], 'nfc-malformed'],
    ['data cut off', [0, 0xa4, 4, 0, 5, 1, 2], 'nfc-malformed'],
    ['two bytes too many', [0, 0xa4, 4, 0, 1, 1, 0, 0], 'nfc-malformed'],
    ['an extended length', [0, 0xa4, 4, 0, 0, 0, 1, 9], 'nfc-malformed'],
    ['262 bytes', Array(262).fill(0), 'nfc-too-large'],
  ])('is refused [%s]', (_, bytes, code) => {
    expect(codeOf(() => decodeCommand(Uint8Array.from(bytes as number[])))).toBe(code);
  });

  it('is read or refused with a code, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        codeOf(() => decodeCommand(bytes));
        codeOf(() => decodeResponse(bytes));
      }),
    );
  });
});

describe('answer', () => {
  it('is split into data and status word', () => {
    expect(decodeResponse(encodeResponse(Uint8Array.of(1, 2), 0x9100))).toEqual({
      data: Uint8Array.of(1, 2),
      statusWord: 0x9100,
    });
    expect(decodeResponse(new Uint8Array(258)).data).toHaveLength(256);
  });

  it('shares nothing with a Buffer it came in [answer, command]', () => {
    const { data } = decodeResponse(Buffer.from('0102039100', 'hex'));
    const command = decodeCommand(Buffer.from('00a4040c0101', 'hex'));
    expect([data.constructor, command.data?.constructor]).toEqual([Uint8Array, Uint8Array]);
  });

  it.each([
    ['nothing', 0, 'nfc-malformed'],
    ['one byte', 1, 'nfc-malformed'],
    ['259 bytes', 259, 'nfc-too-large'],
    ['64 kB', 65_536, 'nfc-too-large'],
  ])('is refused [%s]', (_, length, code) => {
    expect(codeOf(() => decodeResponse(new Uint8Array(length)))).toBe(code);
  });

  it('keeps the status word it is refused for', () => {
    const refused = decodeResponse(encodeResponse(new Uint8Array(), 0x6a82));
    expect(() => expectStatus(refused, 0x9000)).toThrow(expect.objectContaining({ statusWord: 0x6a82 }));
  });
});
