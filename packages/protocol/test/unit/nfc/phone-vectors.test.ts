import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/index.js';
import * as nfc from '../../../src/nfc/index.js';
import { crypto } from '../../fixtures.js';
import { answerOf, type nfcPhoneVectors } from '../../make-nfc-vectors.js';
import { readVector } from '../../vectors.js';

const file = readVector<ReturnType<typeof nfcPhoneVectors>>('lanyard/nfc-phone.json');
const hex = (text: string) => fromHex(text)!;

describe('the vectors for native wrappers', () => {
  it('have our application identifier', () => {
    expect(file.aid).toBe('f04c414e59415244');
    expect(toHex(nfc.encodeCommand(nfc.selectPhone))).toBe(file.vectors[0]!.exchange[0]!.command);
  });

  it.each(file.vectors)('hold or fail as they say [$title]', (vector) => {
    const [select, ...rest] = vector.exchange;
    const authenticate = nfc.decodeCommand(hex(rest.at(-1)!.command));
    const hello = nfc.parsePhoneHello(answerOf(select!.answer));
    const challenge = nfc.parsePhoneChallenge(authenticate.data!);
    const signature = nfc.parsePhoneSignature(answerOf(rest.at(-1)!.answer));
    expect(toHex(signature)).toBe(vector.signature);
    const signed =
      authenticate.p1 === 0
        ? nfc.phoneToBeSigned(hello.bytes, challenge, hex(file.mask))
        : nfc.phonePassToBeSigned(hello.bytes, challenge, crypto.sha256(answerOf(rest[0]!.answer).data));
    expect(toHex(signed)).toBe(vector.to_be_signed);
    expect(crypto.verifyEs256(crypto.importVerifyKey(hex(vector.key))!, signed, signature)).toBe(vector.valid);
    if (challenge.checkpointSignature === undefined) return;
    const key = crypto.importVerifyKey(hex(file.checkpoint_key))!;
    expect(crypto.verifyEs256(key, hex(file.checkpoint_to_be_signed), challenge.checkpointSignature)).toBe(true);
  });

  it.each(file.refused_answers)('are refused with their code [$title]', ({ command, answer, code }) => {
    const read = command === 'select' ? nfc.parsePhoneHello : nfc.parsePhoneSignature;
    expect(() => read(answerOf(answer))).toThrow(expect.objectContaining({ code }));
  });
});
