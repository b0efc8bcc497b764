import { describe, expect, it } from 'vitest';
import { nodeAes } from '../../../src/crypto/node-crypto.js';
import { toHex } from '../../../src/index.js';
import * as nfc from '../../../src/nfc/index.js';
import { seeded } from '../../fixtures.js';
import { createNtag424Card, type Ntag424Card } from '../../support/ntag424-card.js';

const origin = 'https://verifier.example';
const master = seeded('card master key', 16);
const uid = Uint8Array.of(4, ...seeded('uid', 6));
const version = 7;
const template = nfc.sunTemplate(origin, 'c', version);
const key = (number: 0 | 1 | 2 | 3 | 4) => nfc.cardKey(nodeAes, master, uid, number);

function send(card: Ntag424Card, command: nfc.ApduCommand): nfc.ApduResponse {
  return nfc.decodeResponse(card.transmit(nfc.encodeCommand(command)));
}

function authenticate(card: Ntag424Card, number: number, with_: Uint8Array): nfc.Ev2Session {
  const first = send(card, nfc.authenticateFirst(number));
  const { command, challenge } = nfc.authenticateSecond(nodeAes, with_, first, seeded('rndA', 16));
  return nfc.openSession(nodeAes, with_, challenge, send(card, command));
}

/** A card personalised by the commands of src, in the order of the issuer. */
function personalised(): Ntag424Card {
  const card = createNtag424Card({ aes: nodeAes, uid });
  send(card, nfc.selectNdefApplication);
  expect(send(card, nfc.writeNdefFile(template.file)).statusWord).toBe(0x9100);
  let session = authenticate(card, 0, new Uint8Array(16));
  for (const number of [1, 2, 3, 4] as const) {
    const change = { keyNumber: number, oldKey: new Uint8Array(16), newKey: key(number), version };
    const answer = send(card, nfc.changeOtherKey(nodeAes, session, change));
    session = nfc.openResponse(nodeAes, session, answer, 'mac').session;
  }
  const settings = nfc.changeFileSettings(nodeAes, session, nfc.sunFileSettings(template));
  session = nfc.openResponse(nodeAes, session, send(card, settings), 'mac').session;
  const last = nfc.changeOwnKey(nodeAes, session, { keyNumber: 0, newKey: key(0), version });
  expect(send(card, last).statusWord).toBe(0x9100);
  card.reset();
  return card;
}

/** Reads the card as a phone or gate does. */
function tap(card: Ntag424Card): nfc.SunUrl {
  card.reset();
  nfc.expectStatus(send(card, nfc.selectNdefApplication), 0x9000);
  nfc.expectStatus(send(card, nfc.selectNdefFile), 0x9000);
  return nfc.parseSunUrl(nfc.decodeNdefUrl(nfc.expectStatus(send(card, nfc.readBinary(0, 256)), 0x9000)), origin);
}

describe('a virtual NTAG 424 DNA, personalised', () => {
  it('answers each tap with the next counter and a CMAC under its own keys', () => {
    const card = personalised();
    for (const counter of [1, 2, 3]) {
      const url = tap(card);
      const sun = nfc.decryptPiccData(nodeAes, key(1), url.piccData);
      expect(nfc.verifySun(nodeAes, key(2), sun, url.cmac)).toEqual({ uid, counter });
      expect(url.number).toBe(version);
    }
  });

  it('raises its counter once a tap, however often the file is read in it', () => {
    const card = personalised();
    tap(card);
    send(card, nfc.readBinary(0, 16));
    send(card, nfc.readBinary(16, 100));
    expect(card.memory.readCounter).toBe(1);
  });

  it('lets nobody write it or use the keys it came with [write, key 0, key 2]', () => {
    const card = personalised();
    send(card, nfc.selectNdefApplication);
    expect(send(card, nfc.writeNdefFile(template.file)).statusWord).toBe(0x919d);
    expect(() => authenticate(card, 0, new Uint8Array(16))).toThrow(expect.objectContaining({ statusWord: 0x91ae }));
    expect(() => authenticate(card, 2, new Uint8Array(16))).toThrow(nfc.NfcError);
  });

  it('tells its key versions, file settings and UID in a session', () => {
    const card = personalised();
    send(card, nfc.selectNdefApplication);
    expect(nfc.isSunFile(send(card, nfc.getFileSettings).data, template)).toBe(true);
    const session = authenticate(card, 0, key(0));
    const asked = nfc.openResponse(nodeAes, session, send(card, nfc.getKeyVersion(nodeAes, session, 3)), 'mac');
    expect(asked.data).toEqual(Uint8Array.of(version));
    const told = send(card, nfc.getCardUid(nodeAes, asked.session));
    expect(nfc.openResponse(nodeAes, asked.session, told, 'full').data).toEqual(uid);
  });
});

describe('a virtual NTAG 424 DNA from the factory', () => {
  const fresh = () => {
    const card = createNtag424Card({ aes: nodeAes, uid });
    send(card, nfc.selectNdefApplication);
    return card;
  };

  it('says what it is and that it is untouched', () => {
    const card = fresh();
    nfc.checkCardType(send(card, nfc.getVersion));
    send(card, nfc.furtherFrame);
    expect(toHex(nfc.uidOfVersion(send(card, nfc.furtherFrame)))).toBe(toHex(uid));
    expect(nfc.isFactoryFile(send(card, nfc.getFileSettings).data)).toBe(true);
    expect(nfc.isSunFile(send(card, nfc.getFileSettings).data, template)).toBe(false);
  });

  it('changes no key for a wrong old one, and ends the session', () => {
    const card = fresh();
    const session = authenticate(card, 0, new Uint8Array(16));
    const change = { keyNumber: 2, oldKey: key(1), newKey: key(2), version };
    expect(send(card, nfc.changeOtherKey(nodeAes, session, change)).statusWord).toBe(0x911e);
    expect(card.memory.keys[2]).toEqual({ key: new Uint8Array(16), version: 0 });
    expect(send(card, nfc.getCardUid(nodeAes, session)).statusWord).toBe(0x919d);
  });

  it.each([
    ['a session under another key changes nothing', 3, 0x919d],
    ['a session that does not exist', undefined, 0x91ae],
  ])('refuses to change settings [%s]', (_, number, status) => {
    const card = fresh();
    const foreign = { encKey: master, macKey: master, transactionId: new Uint8Array(4), commandCounter: 0 };
    const session = number === undefined ? foreign : authenticate(card, number, new Uint8Array(16));
    const answer = send(card, nfc.changeFileSettings(nodeAes, session, nfc.sunFileSettings(template)));
    expect(answer.statusWord).toBe(status);
    expect(nfc.isFactoryFile(send(card, nfc.getFileSettings).data)).toBe(true);
  });

  it('is told from other chips', () => {
    const desfire = nfc.decodeResponse(Uint8Array.of(4, 1, 1, 0x33, 0, 0x1a, 5, 0x91, 0xaf));
    expect(() => nfc.checkCardType(desfire)).toThrow(expect.objectContaining({ code: 'card-type-not-supported' }));
    const legacy = nfc.decodeResponse(Uint8Array.of(0x6d, 0));
    expect(() => nfc.checkCardType(legacy)).toThrow(expect.objectContaining({ code: 'card-type-not-supported' }));
  });

  it('survives any bytes', () => {
    const card = fresh();
    for (let i = 0; i < 3000; i++) {
      const answer = card.transmit(
        seeded(`noise ${i}`, i % 90).map((byte, at) => (at === 0 ? [0, 0x90][byte & 1]! : byte)),
      );
      expect(answer.length).toBeGreaterThanOrEqual(2);
    }
  });
});
