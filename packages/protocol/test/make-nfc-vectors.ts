/** Whole exchanges of the phone protocol, so that a native wrapper or an applet can be written against them. */

import { handleOf, linkKeyOfDay, maskOf, toHex } from '../src/index.js';
import { decodeResponse, encodeCommand, encodeResponse } from '../src/nfc/apdu.js';
import * as nfc from '../src/nfc/index.js';
import * as f from './fixtures.js';

const { crypto, noon } = f;

export interface PhoneVector {
  readonly title: string;
  /** In order, hexadecimal. */
  readonly exchange: readonly { readonly command: string; readonly answer: string }[];
  /** What the signature is over, and with which key. */
  readonly to_be_signed: string;
  readonly key: string;
  readonly signature: string;
  readonly valid: boolean;
}

export function nfcPhoneVectors() {
  const linkKey = linkKeyOfDay(crypto, f.linkKey, f.partDay, f.partDay);
  const gateKey = { handle: handleOf(crypto, linkKey), mask: maskOf(crypto, linkKey) };
  const agent = f.fixedKey('agent');
  const challenge = nfc.createPhoneChallenge({
    checkpointNumber: f.seeded('checkpoint number', 8),
    zone: 3,
    timeSeconds: noon,
    random: f.seeded('tap', 16),
  });
  const helloOf = (abilities: number, handle?: Uint8Array) =>
    nfc.createPhoneHello({
      abilities,
      sessionRandom: f.seeded('session', 8),
      ...(handle === undefined ? {} : { handle }),
    });
  const ok = (data: Uint8Array) => toHex(encodeResponse(data, 0x9000));
  const step = (command: nfc.ApduCommand, answer: string) => ({ command: toHex(encodeCommand(command)), answer });

  const warm = helloOf(1, gateKey.handle);
  const warmSigned = nfc.phoneToBeSigned(warm, challenge, gateKey.mask);
  const proved = nfc.withCheckpointSignature(
    challenge,
    agent.sign(nfc.checkpointToBeSigned(helloOf(5, gateKey.handle), challenge)),
  );
  const provedHello = helloOf(5, gateKey.handle);
  const provedSigned = nfc.phoneToBeSigned(provedHello, proved, gateKey.mask);
  const pass = f.pass();
  const cold = helloOf(2);
  const coldSigned = nfc.phonePassToBeSigned(cold, challenge, crypto.sha256(pass));

  const one = (
    title: string,
    signer: f.FixedKey,
    signed: Uint8Array,
    head: readonly { command: string; answer: string }[],
    last: nfc.ApduCommand,
    over = signed,
  ): PhoneVector => {
    const signature = signer.sign(signed);
    return {
      title,
      exchange: [...head, step(last, ok(signature))],
      to_be_signed: toHex(over),
      key: toHex(signer.compressed),
      signature: toHex(signature),
      valid: toHex(over) === toHex(signed),
    };
  };
  const warmHead = [step(nfc.selectPhone, ok(warm))];
  const vectors = [
    one('gate key, two commands', f.keys.student, warmSigned, warmHead, nfc.authenticatePhone(challenge, 'gateKey')),
    one(
      'gate key, for a checkpoint that signs',
      f.keys.student,
      provedSigned,
      [step(nfc.selectPhone, ok(provedHello))],
      nfc.authenticatePhone(proved, 'gateKey'),
    ),
    one(
      'pass, three commands',
      f.keys.holder,
      coldSigned,
      [step(nfc.selectPhone, ok(cold)), step(nfc.readBinary(0, 256), ok(pass))],
      nfc.authenticatePhone(challenge, 'passKey'),
    ),
    one(
      'signed without the mask',
      f.keys.student,
      nfc.phoneToBeSigned(warm, challenge, new Uint8Array()),
      warmHead,
      nfc.authenticatePhone(challenge, 'gateKey'),
      warmSigned,
    ),
    one(
      'signed over another session',
      f.keys.student,
      nfc.phoneToBeSigned(provedHello, challenge, gateKey.mask),
      warmHead,
      nfc.authenticatePhone(challenge, 'gateKey'),
      warmSigned,
    ),
  ];
  return {
    description:
      'NFC-A, phone or applet at a gate (formats: NFC). ES256 is not deterministic: compare by verifying `signature` over `to_be_signed` under `key`',
    aid: toHex(nfc.lanyardAid),
    link_key: toHex(linkKey),
    handle: toHex(gateKey.handle),
    mask: toHex(gateKey.mask),
    checkpoint_key: toHex(agent.compressed),
    checkpoint_to_be_signed: toHex(nfc.checkpointToBeSigned(provedHello, challenge)),
    vectors,
    refused_answers: [
      { title: 'no such application', command: 'select', answer: '6a82', code: 'nfc-status-word' },
      { title: 'locked phone', command: 'authenticate', answer: '6982', code: 'nfc-status-word' },
      {
        title: 'version 2',
        command: 'select',
        answer: toHex(encodeResponse(Uint8Array.of(2, ...warm.subarray(1)), 0x9000)),
        code: 'nfc-unsupported-version',
      },
      { title: '25 bytes', command: 'select', answer: ok(warm.subarray(1)), code: 'nfc-malformed' },
      {
        title: 'a DER signature',
        command: 'authenticate',
        answer: ok(new Uint8Array(70).fill(48)),
        code: 'nfc-malformed',
      },
    ],
  };
}

/** The answer of a vector as a reader sees it. */
export const answerOf = (hex: string): nfc.ApduResponse => decodeResponse(new Uint8Array(Buffer.from(hex, 'hex')));
