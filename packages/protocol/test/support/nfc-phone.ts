/** Our own application as a phone wrapper or an applet answers it, bytes in and bytes out; only tests use it. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Sign } from '../../src/index.js';
import { equalBytes } from '../../src/index.js';
import { type ApduCommand, decodeCommand, encodeResponse } from '../../src/nfc/apdu.js';
import {
  checkpointToBeSigned,
  createPhoneHello,
  lanyardAid,
  NfcError,
  type PhoneChallenge,
  parsePhoneChallenge,
  phoneAbilities,
  phonePassToBeSigned,
  phoneToBeSigned,
} from '../../src/nfc/index.js';

export interface NfcPhoneOptions {
  /** Handle and mask of the day, and the gate key's signer; absent for a guest of another university. */
  readonly gateKey?: { readonly handle: Uint8Array; readonly mask: Uint8Array; readonly sign: Sign };
  readonly pass?: { readonly bytes: Uint8Array; readonly sign: Sign };
  /** With it the phone signs only for checkpoints whose signature this accepts. */
  readonly verifyCheckpoint?: (checkpointNumber: Uint8Array, data: Uint8Array, signature: Uint8Array) => boolean;
  readonly random: (length: number) => Uint8Array;
}

export interface NfcPhone {
  transmit(command: Uint8Array): Uint8Array;
  reset(): void;
}

const nothing = new Uint8Array();

/** A phone near a reader. Status words: docs/formats.md, NFC. */
export function createNfcPhone(options: NfcPhoneOptions): NfcPhone {
  let hello: Uint8Array | undefined;

  function select(command: ApduCommand): Uint8Array {
    if (command.p1 !== 4 || !equalBytes(command.data ?? nothing, lanyardAid)) return encodeResponse(nothing, 0x6a82);
    const { gateKey, pass, verifyCheckpoint } = options;
    const abilities =
      (gateKey === undefined ? 0 : phoneAbilities.gateKey) |
      (pass === undefined ? 0 : phoneAbilities.pass) |
      (verifyCheckpoint === undefined ? 0 : phoneAbilities.signedCheckpointsOnly);
    hello = createPhoneHello({
      abilities,
      sessionRandom: options.random(8),
      ...(gateKey === undefined ? {} : { handle: gateKey.handle }),
    });
    return encodeResponse(hello, 0x9000);
  }

  function readPass(command: ApduCommand): Uint8Array {
    if (options.pass === undefined) return encodeResponse(nothing, 0x6a82);
    const at = (command.p1 << 8) | command.p2;
    if (at > options.pass.bytes.length) return encodeResponse(nothing, 0x6b00);
    return encodeResponse(options.pass.bytes.subarray(at, at + (command.expected ?? 0)), 0x9000);
  }

  function authenticate(selectAnswer: Uint8Array, command: ApduCommand): Uint8Array {
    const challenge: PhoneChallenge = parsePhoneChallenge(command.data ?? nothing);
    const { verifyCheckpoint, gateKey, pass } = options;
    if (verifyCheckpoint !== undefined) {
      const { checkpointSignature, checkpointNumber } = challenge;
      const signed = checkpointToBeSigned(selectAnswer, challenge);
      if (checkpointSignature === undefined || !verifyCheckpoint(checkpointNumber, signed, checkpointSignature)) {
        return encodeResponse(nothing, 0x6982);
      }
    }
    // One signature a session: a further one needs a further SELECT, whose random makes it another exchange.
    hello = undefined;
    if (command.p1 === 0 && gateKey !== undefined) {
      return encodeResponse(gateKey.sign(phoneToBeSigned(selectAnswer, challenge, gateKey.mask)), 0x9000);
    }
    if (command.p1 === 1 && pass !== undefined) {
      return encodeResponse(pass.sign(phonePassToBeSigned(selectAnswer, challenge, sha256(pass.bytes))), 0x9000);
    }
    return encodeResponse(nothing, 0x6a88);
  }

  return {
    reset() {
      hello = undefined;
    },
    transmit(bytes) {
      try {
        const command = decodeCommand(bytes);
        if (command.cla !== 0) return encodeResponse(nothing, 0x6e00);
        if (command.ins === 0xa4) return select(command);
        if (hello === undefined) return encodeResponse(nothing, 0x6985);
        if (command.ins === 0xb0) return readPass(command);
        if (command.ins === 0x88) return authenticate(hello, command);
        return encodeResponse(nothing, 0x6d00);
      } catch (error) {
        if (error instanceof NfcError) return encodeResponse(nothing, 0x6700);
        throw error;
      }
    },
  };
}
