/**
 * A whole NTAG 424 DNA as a state machine, bytes in and bytes out: NDEF application, SDM, AuthenticateEV2First, secure
 * messaging, ChangeKey, ChangeFileSettings. The card's side of src/nfc; only tests use it. It knows no reader and no
 * clock, so a slow, torn or cloned card is made around it.
 */
import { randomBytes } from 'node:crypto';
import type { AesPort } from '../../src/crypto/aes-port.js';
import { concatBytes, equalBytes, toHex } from '../../src/index.js';
import { aesCmac, padded, truncatedMac, zeroBlock } from '../../src/nfc/aes-cmac.js';
import { type ApduCommand, decodeCommand, encodeResponse } from '../../src/nfc/apdu.js';
import { cardCrc32 } from '../../src/nfc/card-commands.js';
import { NfcError } from '../../src/nfc/errors.js';
import { type Ev2Session, messagingIv, messagingMac, sessionKeys, unpadded } from '../../src/nfc/ev2-session.js';
import { counterBytes, sunMacKey } from '../../src/nfc/sun.js';

interface CardKey {
  key: Uint8Array;
  version: number;
}

/** What survives when the card leaves the field. */
export interface CardMemory {
  readonly uid: Uint8Array;
  readonly keys: CardKey[];
  readonly file: Uint8Array;
  /** FileOption, access rights and, with SDM, the rest: as ChangeFileSettings takes it. */
  settings: Uint8Array;
  readCounter: number;
}

export interface Ntag424Card {
  /** One command, one answer. Never throws on any bytes. */
  transmit(command: Uint8Array): Uint8Array;
  /** The card leaves the field and comes back: sessions and selections are gone. */
  reset(): void;
  readonly memory: CardMemory;
}

export interface Ntag424Options {
  readonly aes: AesPort;
  /** 7 bytes. */
  readonly uid: Uint8Array;
  /** For random numbers of the card; fixed in tests that compare bytes. */
  readonly random?: (length: number) => Uint8Array;
  /** A card that was personalised before. */
  readonly memory?: CardMemory;
}

const nothing = new Uint8Array();
const factorySettings = Uint8Array.of(0, 0xe0, 0xee);

class Refused extends Error {
  constructor(readonly statusWord: number) {
    super(statusWord.toString(16));
  }
}

/** A new card from the factory: five keys of zeros, an empty file that everybody may write. */
export function createNtag424Card(options: Ntag424Options): Ntag424Card {
  const { aes, uid } = options;
  const random = options.random ?? ((length: number) => new Uint8Array(randomBytes(length)));
  const memory: CardMemory = options.memory ?? {
    uid,
    keys: Array.from({ length: 5 }, () => ({ key: new Uint8Array(16), version: 0 })),
    file: new Uint8Array(256),
    settings: factorySettings,
    readCounter: 0,
  };
  let selected: 'none' | 'application' | 'ndef' | 'capability' = 'none';
  let counted = false;
  let versionFrame = 0;
  let pending: { keyNumber: number; rndB: Uint8Array } | undefined;
  let session: (Ev2Session & { keyNumber: number }) | undefined;

  const keyOf = (number: number): CardKey => {
    const found = memory.keys[number];
    if (found === undefined) throw new Refused(0x9140);
    return found;
  };

  function select(command: ApduCommand): Uint8Array {
    const name = toHex(command.data ?? nothing);
    session = undefined;
    pending = undefined;
    counted = false;
    if (command.p1 === 4 && name === 'd2760000850101') selected = 'application';
    else if (command.p1 === 0 && selected !== 'none' && name === 'e104') selected = 'ndef';
    else if (command.p1 === 0 && selected !== 'none' && name === 'e103') selected = 'capability';
    else throw new Refused(0x6a82);
    return encodeResponse(nothing, 0x9000);
  }

  /** The file as anybody reads it: with SDM the chip writes UID, counter and CMAC into it. */
  function mirrored(): Uint8Array {
    const { settings } = memory;
    if (((settings[0] as number) & 0x40) === 0 || session !== undefined) return memory.file;
    if (!counted) memory.readCounter++;
    counted = true;
    const offset = (at: number) => (settings[at] as number) | ((settings[at + 1] as number) << 8);
    const keys = settings[5] as number;
    const [metaRead, fileRead] = [keys >>> 4, keys & 15];
    const sun = { uid: memory.uid, counter: memory.readCounter };
    const plain = concatBytes(Uint8Array.of(0xc7), memory.uid, counterBytes(memory.readCounter), random(5));
    const picc = aes.aesCbcEncrypt(keyOf(metaRead).key, zeroBlock, plain);
    const out = memory.file.slice();
    write(out, offset(6), picc);
    const input = out.slice(offset(9), offset(12));
    write(out, offset(12), truncatedMac(aesCmac(aes, sunMacKey(aes, keyOf(fileRead).key, sun), input)));
    return out;
  }

  function readBinary(command: ApduCommand): Uint8Array {
    const at = (command.p1 << 8) | command.p2;
    if (selected === 'capability') {
      const container = Uint8Array.from(Buffer.from('001720010000ff0406e10401000000', 'hex'));
      return encodeResponse(container.subarray(at, at + (command.expected ?? 0)), 0x9000);
    }
    if (selected !== 'ndef') throw new Refused(0x6982);
    if (at > 255) throw new Refused(0x6b00);
    return encodeResponse(mirrored().subarray(at, Math.min(256, at + (command.expected ?? 0))), 0x9000);
  }

  function native(command: ApduCommand): Uint8Array {
    if (selected === 'none') throw new Refused(0x9140);
    const data = command.data ?? nothing;
    if (command.ins === 0x60) {
      versionFrame = 1;
      return encodeResponse(Uint8Array.of(4, 4, 2, 0x30, 0, 0x11, 5), 0x91af);
    }
    if (command.ins === 0x71) return authenticate(data);
    if (command.ins === 0xaf) return pending === undefined ? nextVersionFrame() : authenticateSecond(data);
    if (command.ins === 0xf5 && session === undefined) {
      if (data[0] !== 2) throw new Refused(0x91f0);
      return encodeResponse(fileSettings(), 0x9100);
    }
    if (command.ins === 0x8d && session === undefined) return writeFree(data);
    if (session === undefined) throw new Refused(command.ins === 0x51 ? 0x919d : 0x91ae);
    return inSession(session, command.ins, data);
  }

  function fileSettings(): Uint8Array {
    const { settings } = memory;
    return concatBytes(Uint8Array.of(0), settings.subarray(0, 3), Uint8Array.of(0, 1, 0), settings.subarray(3));
  }

  function nextVersionFrame(): Uint8Array {
    versionFrame++;
    if (versionFrame === 2) return encodeResponse(Uint8Array.of(4, 4, 2, 1, 2, 0x11, 5), 0x91af);
    if (versionFrame !== 3) throw new Refused(0x911c);
    return encodeResponse(concatBytes(memory.uid, Uint8Array.of(0xcf, 0x39, 0xd4, 0x49, 0x80, 0x34, 0x20)), 0x9100);
  }

  function writeFree(data: Uint8Array): Uint8Array {
    const writable = ((memory.settings[2] as number) & 15) === 0xe;
    if (data[0] !== 2 || !writable) throw new Refused(0x919d);
    const [at, length] = [data[1] as number, data[4] as number];
    if (data.length !== 7 + length || at + length > 256) throw new Refused(0x917e);
    memory.file.set(data.subarray(7), at);
    return encodeResponse(nothing, 0x9100);
  }

  function authenticate(data: Uint8Array): Uint8Array {
    session = undefined;
    const keyNumber = data[0] ?? 0xff;
    const rndB = random(16);
    pending = { keyNumber, rndB };
    return encodeResponse(aes.aesCbcEncrypt(keyOf(keyNumber).key, zeroBlock, rndB), 0x91af);
  }

  function authenticateSecond(data: Uint8Array): Uint8Array {
    const { keyNumber, rndB } = pending as NonNullable<typeof pending>;
    pending = undefined;
    if (data.length !== 32) throw new Refused(0x917e);
    const { key } = keyOf(keyNumber);
    const plain = aes.aesCbcDecrypt(key, zeroBlock, data);
    const rndA = plain.slice(0, 16);
    if (!equalBytes(plain.subarray(16), concatBytes(rndB.subarray(1), rndB.subarray(0, 1)))) throw new Refused(0x91ae);
    const transactionId = random(4);
    session = { ...sessionKeys(aes, key, rndA, rndB), transactionId, commandCounter: 0, keyNumber };
    const answer = concatBytes(transactionId, rndA.subarray(1), rndA.subarray(0, 1), new Uint8Array(12));
    return encodeResponse(aes.aesCbcEncrypt(key, zeroBlock, answer), 0x9100);
  }

  function inSession(open: Ev2Session & { keyNumber: number }, ins: number, data: Uint8Array): Uint8Array {
    const counter = open.commandCounter;
    const body = data.subarray(0, Math.max(0, data.length - 8));
    if (data.length < 8 || !equalBytes(messagingMac(aes, open, ins, counter, body), data.subarray(body.length))) {
      throw new Refused(0x911e);
    }
    session = { ...open, commandCounter: counter + 1 };
    const decrypted = () =>
      unpadded(aes.aesCbcDecrypt(open.encKey, messagingIv(aes, open, 'command', counter), body.subarray(1)));
    if (ins === 0x51) return sealed(session, memory.uid, true);
    if (ins === 0x64) return sealed(session, Uint8Array.of(keyOf(body[0] as number).version), false);
    if (ins === 0xf5) return sealed(session, fileSettings(), false);
    if (open.keyNumber !== 0) throw new Refused(0x919d);
    if (ins === 0x5f) {
      if (body[0] !== 2) throw new Refused(0x91f0);
      memory.settings = checkedSettings(decrypted());
      return sealed(session, nothing, false);
    }
    if (ins !== 0xc4) throw new Refused(0x911c);
    return changeKey(session, body[0] as number, decrypted());
  }

  function changeKey(open: Ev2Session & { keyNumber: number }, number: number, plain: Uint8Array): Uint8Array {
    const slot = keyOf(number);
    if (number === open.keyNumber) {
      if (plain.length !== 17) throw new Refused(0x917e);
      slot.key = plain.slice(0, 16);
      slot.version = plain[16] as number;
      session = undefined;
      return encodeResponse(nothing, 0x9100);
    }
    if (plain.length !== 21) throw new Refused(0x917e);
    const key = plain.slice(0, 16).map((byte, i) => byte ^ (slot.key[i] as number));
    if (!equalBytes(cardCrc32(key), plain.subarray(17))) throw new Refused(0x911e);
    slot.key = key;
    slot.version = plain[16] as number;
    return sealed(open, nothing, false);
  }

  function sealed(open: Ev2Session, data: Uint8Array, full: boolean): Uint8Array {
    const counter = open.commandCounter;
    const body = full
      ? aes.aesCbcEncrypt(
          open.encKey,
          messagingIv(aes, open, 'response', counter),
          padded(data, (Math.floor(data.length / 16) + 1) * 16),
        )
      : data;
    return encodeResponse(concatBytes(body, messagingMac(aes, open, 0, counter, body)), 0x9100);
  }

  function run(command: ApduCommand): Uint8Array {
    if (command.cla === 0x90) return native(command);
    if (command.cla !== 0) throw new Refused(0x6e00);
    if (command.ins === 0xa4) return select(command);
    if (command.ins === 0xb0) return readBinary(command);
    throw new Refused(0x6d00);
  }

  return {
    memory,
    reset() {
      selected = 'none';
      counted = false;
      session = undefined;
      pending = undefined;
      versionFrame = 0;
    },
    transmit(bytes) {
      try {
        return run(decodeCommand(bytes));
      } catch (error) {
        session = undefined;
        pending = undefined;
        if (error instanceof Refused) return encodeResponse(nothing, error.statusWord);
        if (error instanceof NfcError) return encodeResponse(nothing, 0x6700);
        throw error;
      }
    },
  };
}

function checkedSettings(settings: Uint8Array): Uint8Array {
  const sdm = ((settings[0] ?? 0) & 0x40) !== 0;
  if (settings.length !== (sdm ? 15 : 3)) throw new Refused(0x917e);
  return settings;
}

/** Mirrors bytes into the file as upper-case hexadecimal text. */
function write(file: Uint8Array, at: number, bytes: Uint8Array): void {
  file.set(Buffer.from(toHex(bytes).toUpperCase(), 'ascii'), at);
}
