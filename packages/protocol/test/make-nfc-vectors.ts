/** Whole exchanges of the phone protocol, so that a native wrapper or an applet can be written against them. */

import { handleOf, linkKeyOfDay, maskOf, toHex } from '../src/index.js';
import { decodeResponse, encodeCommand, encodeResponse } from '../src/nfc/apdu.js';
import * as nfc from '../src/nfc/index.js';
import * as x509 from '../src/x509/index.js';
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

/** A verifier's list of its checkpoints, for phones that answer real gates only; certificates and all. */
export function checkpointListVectors() {
  const [root, verifier, agent, other] = ['reader root', 'verifier', 'agent', 'other agent'].map(f.fixedKey) as [
    f.FixedKey,
    f.FixedKey,
    f.FixedKey,
    f.FixedKey,
  ];
  const host = 'verifier.example';
  const certify = (subject: f.FixedKey, commonName: string, profile: x509.CertificatePlan['profile']) => {
    const prepared = x509.prepareCertificate(
      {
        serial: Uint8Array.of(0x40, profile.kind === 'ca' ? 1 : 2),
        subject: { commonName },
        issuer: { commonName: 'Reader root' },
        publicPoint: pointOf(subject),
        issuerPoint: pointOf(root),
        notBeforeSeconds: noon - 3_600,
        notAfterSeconds: noon + 86_400 * 30,
        profile,
      },
      crypto,
    );
    return x509.assembleCertificate(prepared, root.sign(prepared.toBeSigned));
  };
  const anchor = certify(root, 'Reader root', { kind: 'ca' });
  const leaf = certify(verifier, host, { kind: 'leaf', dnsName: host });
  const number = f.seeded('checkpoint number', 8);
  const gate = { number, nameZh: '南门', nameEn: 'South gate', keys: [agent.compressed] };
  const quiet = { number: f.seeded('quiet', 8), nameZh: '图书馆', nameEn: 'Library', keys: [] };
  const list = { issuedAtSeconds: noon, expiresSeconds: noon + 86_400, checkpoints: [gate, quiet] };
  const signed = x509.createCheckpointList(list, { leaf, sign: verifier.sign });
  const hello = nfc.createPhoneHello({ abilities: 4, sessionRandom: f.seeded('session', 8) });
  const bare = nfc.createPhoneChallenge({
    checkpointNumber: number,
    zone: 3,
    timeSeconds: noon,
    random: f.seeded('tap', 16),
  });
  const challenge = (by: f.FixedKey) =>
    toHex(nfc.withCheckpointSignature(bare, by.sign(nfc.checkpointToBeSigned(hello, bare))).bytes);
  const [head, body, signature] = signed.split('.') as [string, string, string];
  return {
    description:
      'GET verifier/v1/checkpoint-keys (formats: checkpoints and their keys). `anchor` is a root of GET issuer/v1/anchors, `reader`; times in seconds',
    ...{ host, anchor: toHex(anchor), now: noon, list: signed, select_answer: toHex(hello) },
    checkpoint: { number: toHex(number), name_en: gate.nameEn, key: toHex(agent.compressed) },
    challenges: [
      { title: 'signed by a listed gate', data: challenge(agent), answered: true },
      { title: 'signed by another key', data: challenge(other), answered: false },
      { title: 'not signed', data: toHex(bare.bytes), answered: false },
    ],
    refused: [
      { title: 'a day later', list: signed, now: noon + 86_400, host, code: 'expired' },
      { title: 'of a time to come', list: signed, now: noon - 61, host, code: 'malformed' },
      { title: 'of another host', list: signed, now: noon, host: 'other.example', code: 'unknown-signer' },
      {
        title: 'signed by a key without the certificate',
        list: x509.createCheckpointList(list, { leaf, sign: other.sign }),
        ...{ now: noon, host, code: 'signature-invalid' },
      },
      {
        title: 'certified by nobody known',
        list: x509.createCheckpointList(list, { leaf: anchor, sign: root.sign }),
        ...{ now: noon, host, code: 'unknown-signer' },
      },
      {
        title: 'another payload',
        list: `${head}.${body.slice(0, -4)}fQAA.${signature}`,
        now: noon,
        host,
        code: 'signature-invalid',
      },
      { title: 'cut', list: `${head}.${body}`, now: noon, host, code: 'malformed' },
    ],
  };
}

function pointOf({ compressed }: f.FixedKey): Uint8Array {
  const y = crypto.decompress(compressed);
  if (y === undefined) throw new TypeError('no point');
  return Uint8Array.of(4, ...compressed.subarray(1), ...y);
}

/** The answer of a vector as a reader sees it. */
export const answerOf = (hex: string): nfc.ApduResponse => decodeResponse(new Uint8Array(Buffer.from(hex, 'hex')));
