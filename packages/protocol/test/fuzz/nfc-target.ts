import { nodeAes } from '../../src/crypto/node-crypto.js';
import { ascii, fromHex, latin1 } from '../../src/index.js';
import * as nfc from '../../src/nfc/index.js';
import { readVector } from '../vectors.js';
import type { FuzzTarget } from './fuzz.js';

const hex = (text: string) => fromHex(text) ?? new Uint8Array();
const origin = 'https://verifier.example';
const zeros = new Uint8Array(16);
const session: nfc.Ev2Session = { encKey: zeros, macKey: zeros, transactionId: new Uint8Array(4), commandCounter: 0 };
const ev2 = readVector<{ commands: { command: string; answer: string }[] }>('ntag424/ev2.json');
const phone = readVector<{ vectors: { exchange: { command: string; answer: string }[] }[] }>('lanyard/nfc-phone.json');
const exchanges = [...ev2.commands, ...phone.vectors.flatMap((vector) => vector.exchange)];

/** What cards, phones, tags and addresses say, through every reader of it. */
const readers: readonly ((input: Uint8Array) => unknown)[] = [
  nfc.decodeCommand,
  (input) => nfc.parsePhoneHello(nfc.decodeResponse(input)),
  (input) => nfc.parsePhoneSignature(nfc.decodeResponse(input)),
  nfc.parsePhoneChallenge,
  nfc.decodeNdefUrl,
  (input) => nfc.parseSunPath(latin1(input)),
  (input) => nfc.parseSunUrl(latin1(input), origin),
  (input) => nfc.uidOfVersion(nfc.decodeResponse(input)),
  (input) => nfc.checkCardType(nfc.decodeResponse(input)),
  (input) => nfc.openResponse(nodeAes, session, nfc.decodeResponse(input), 'full'),
  (input) => nfc.verifySun(nodeAes, zeros, nfc.decryptPiccData(nodeAes, zeros, input), input.subarray(0, 8)),
];

export const nfcTarget: FuzzTarget = {
  name: 'cards, phones and tags',
  seeds: [
    ...exchanges.flatMap(({ command, answer }) => [hex(command), hex(answer)]),
    nfc.sunTemplate(origin, 'c', 7).file,
    ascii(`${origin}/c/7/EF963FF7828658A599F3041510671E88/94EED9EE65337086`),
    hex('EF963FF7828658A599F3041510671E88'),
  ],
  refusals: [nfc.NfcError],
  parse(input) {
    let [answered, refusal]: [unknown, unknown] = [undefined, undefined];
    for (const read of readers) {
      try {
        answered = read(input) ?? true;
      } catch (error) {
        if (!(error instanceof nfc.NfcError)) throw error;
        refusal = error;
      }
    }
    if (answered === undefined) throw refusal;
    return answered;
  },
};
