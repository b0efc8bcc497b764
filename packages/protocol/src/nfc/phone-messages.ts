import { concatBytes, readUint32, writeUint32 } from '../bytes/bytes.js';
import { ascii } from '../bytes/text.js';
import { type ApduCommand, type ApduResponse, expectStatus, statusOk } from './apdu.js';
import { lanyardAid } from './card-commands.js';
import { NfcError } from './errors.js';

/** What a phone or applet answers to SELECT: version (1), abilities (1), handle (16), random of this session (8). */
export const selectAnswerBytes = 26;
const challengeBytes = 30;
const signatureBytes = 64;

/** Bits of the abilities. The other five are sent as zeros and ignored by gates. */
export const phoneAbilities = {
  /** The handle is that of today's gate key; without this bit it is zeros. */
  gateKey: 1,
  /** READ BINARY gives a pass. */
  pass: 2,
  /** It signs only for checkpoints that sign their challenge. */
  signedCheckpointsOnly: 4,
} as const;

/** SELECT of our application. */
export const selectPhone: ApduCommand = { cla: 0, ins: 0xa4, p1: 4, p2: 0, data: lanyardAid, expected: 256 };

/** A SELECT answer that was read; it proves nobody yet. */
export interface PhoneHello {
  readonly abilities: number;
  /** 16 bytes: handle of the key day of the phone's clock (docs/formats.md, gate key). */
  readonly handle: Uint8Array;
  /** The whole answer: the signature covers it, so no part can be exchanged and no two sessions are alike. */
  readonly bytes: Uint8Array;
}

/** Reads the answer to SELECT. @throws NfcError `nfc-status-word`, `nfc-malformed`, `nfc-unsupported-version` */
export function parsePhoneHello(response: ApduResponse): PhoneHello {
  const bytes = expectStatus(response, statusOk);
  const version = bytes[0];
  if (version !== undefined && version !== 1) throw new NfcError('nfc-unsupported-version', `version ${version}`);
  if (bytes.length !== selectAnswerBytes) throw new NfcError('nfc-malformed', 'length of the SELECT answer');
  return { abilities: bytes[1] as number, handle: bytes.subarray(2, 18), bytes };
}

/** A SELECT answer as a phone makes it; `handle` is left out without a gate key. */
export function createPhoneHello(input: {
  readonly abilities: number;
  readonly handle?: Uint8Array;
  readonly sessionRandom: Uint8Array;
}): Uint8Array {
  const { handle = new Uint8Array(16), sessionRandom, abilities } = input;
  if (handle.length !== 16 || sessionRandom.length !== 8) throw new TypeError('a handle has 16, the random 8 bytes');
  return concatBytes(Uint8Array.of(1, abilities), handle, sessionRandom);
}

/** What a gate asks a phone to sign: checkpoint number (8), zone (2), time (4), random (16); then perhaps its signature (64). */
export interface PhoneChallenge {
  readonly checkpointNumber: Uint8Array;
  readonly zone: number;
  readonly timeSeconds: number;
  readonly random: Uint8Array;
  readonly checkpointSignature?: Uint8Array;
  /** 30 or 94 bytes. */
  readonly bytes: Uint8Array;
}

/** The 30 bytes of a challenge. `random` is new for each tap. */
export function createPhoneChallenge(input: {
  readonly checkpointNumber: Uint8Array;
  readonly zone: number;
  readonly timeSeconds: number;
  readonly random: Uint8Array;
}): PhoneChallenge {
  const { checkpointNumber, zone, random } = input;
  if (checkpointNumber.length !== 8 || random.length !== 16 || zone < 0 || zone > 0xffff) {
    throw new TypeError('a challenge has a checkpoint number of 8, a zone of 2 and 16 random bytes');
  }
  const bytes = new Uint8Array(challengeBytes);
  bytes.set(checkpointNumber);
  bytes[8] = zone >>> 8;
  bytes[9] = zone;
  writeUint32(bytes, 10, input.timeSeconds);
  bytes.set(random, 14);
  return { ...input, bytes };
}

/** Reads the data of INTERNAL AUTHENTICATE, as a phone does. @throws NfcError `nfc-malformed` */
export function parsePhoneChallenge(data: Uint8Array): PhoneChallenge {
  if (data.length !== challengeBytes && data.length !== challengeBytes + signatureBytes) {
    throw new NfcError('nfc-malformed', 'length of a challenge');
  }
  return {
    checkpointNumber: data.slice(0, 8),
    zone: ((data[8] as number) << 8) | (data[9] as number),
    timeSeconds: readUint32(data, 10),
    random: data.slice(14, challengeBytes),
    ...(data.length === challengeBytes ? {} : { checkpointSignature: data.slice(challengeBytes) }),
    bytes: data.slice(),
  };
}

const checkpointDomain = ascii('lanyard nfc checkpoint 1\0');

/** What a checkpoint signs (ES256) so that a phone answers real gates only: domain text, SELECT answer, the 30 bytes. */
export function checkpointToBeSigned(hello: Uint8Array, challenge: PhoneChallenge): Uint8Array {
  return concatBytes(checkpointDomain, hello, challenge.bytes.subarray(0, challengeBytes));
}

/** The same challenge with the checkpoint's signature. */
export function withCheckpointSignature(challenge: PhoneChallenge, signature: Uint8Array): PhoneChallenge {
  if (signature.length !== signatureBytes) throw new TypeError('an ES256 signature has 64 bytes');
  const bytes = concatBytes(challenge.bytes.subarray(0, challengeBytes), signature);
  return { ...challenge, checkpointSignature: signature, bytes };
}

/** Who signs: P1 of INTERNAL AUTHENTICATE. */
export const phoneSigner = { gateKey: 0, passKey: 1 } as const;

/** INTERNAL AUTHENTICATE under the gate key (P1 00) or the holder key of the pass that was read (P1 01). */
export function authenticatePhone(challenge: PhoneChallenge, signer: keyof typeof phoneSigner): ApduCommand {
  return { cla: 0, ins: 0x88, p1: phoneSigner[signer], p2: 0, data: challenge.bytes, expected: signatureBytes };
}

/** The signature, 64 bytes r || s. @throws NfcError `nfc-status-word`, `nfc-malformed` */
export function parsePhoneSignature(response: ApduResponse): Uint8Array {
  const signature = expectStatus(response, statusOk);
  if (signature.length !== signatureBytes) throw new NfcError('nfc-malformed', 'length of a signature');
  return signature;
}

const gateKeyDomain = ascii('lanyard nfc gate key 1\0');
const passDomain = ascii('lanyard nfc pass 1\0');

/**
 * What a gate key signs: domain text, SELECT answer, whole challenge, mask of the handle's day. The mask is never sent:
 * whoever holds a reader to a phone knows all the rest, and could else recover the public key from the signature.
 */
export function phoneToBeSigned(hello: Uint8Array, challenge: PhoneChallenge, mask: Uint8Array): Uint8Array {
  return concatBytes(gateKeyDomain, hello, challenge.bytes, mask);
}

/** What the holder key of a pass signs: domain text, SELECT answer, whole challenge, SHA-256 of the pass. */
export function phonePassToBeSigned(hello: Uint8Array, challenge: PhoneChallenge, passHash: Uint8Array): Uint8Array {
  return concatBytes(passDomain, hello, challenge.bytes, passHash);
}
