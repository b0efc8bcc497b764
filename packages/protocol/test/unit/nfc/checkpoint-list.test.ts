import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/index.js';
import * as nfc from '../../../src/nfc/index.js';
import { findSigningCheckpoint, verifyCheckpointList } from '../../../src/x509/index.js';
import { crypto } from '../../fixtures.js';
import type { checkpointListVectors } from '../../make-nfc-vectors.js';
import { readVector } from '../../vectors.js';

const file = readVector<ReturnType<typeof checkpointListVectors>>('lanyard/checkpoint-list.json');
const hex = (text: string) => fromHex(text)!;
const verify = (list: string, nowSeconds: number, host: string) =>
  verifyCheckpointList(list, { anchors: [hex(file.anchor)], host, nowSeconds, crypto });

describe('a verifier’s list of its checkpoints', () => {
  it('tells a phone names and keys', () => {
    const { checkpoints } = verify(file.list, file.now, file.host);
    expect(checkpoints.map(({ nameEn, keys }) => [nameEn, keys.map(toHex)])).toEqual([
      [file.checkpoint.name_en, [file.checkpoint.key]],
      ['Library', []],
    ]);
  });

  it.each(file.challenges)('says whether a challenge is answered [$title]', ({ data, answered }) => {
    const list = verify(file.list, file.now, file.host);
    const found = findSigningCheckpoint(list, hex(file.select_answer), nfc.parsePhoneChallenge(hex(data)), crypto);
    expect(found?.nameEn).toBe(answered ? file.checkpoint.name_en : undefined);
  });

  it('does not lend one checkpoint’s key to another number', () => {
    const list = verify(file.list, file.now, file.host);
    const { checkpointSignature, ...signed } = nfc.parsePhoneChallenge(hex(file.challenges[0]!.data));
    const other = {
      ...signed,
      checkpointSignature: checkpointSignature!,
      checkpointNumber: list.checkpoints[1]!.number,
    };
    expect(findSigningCheckpoint(list, hex(file.select_answer), other, crypto)).toBeUndefined();
  });

  it.each(file.refused)('is refused [$title]', ({ list, now, host, code }) => {
    expect(() => verify(list, now, host)).toThrow(expect.objectContaining({ code }));
  });

  it('is refused without the roots', () => {
    expect(() =>
      verifyCheckpointList(file.list, { anchors: [], host: file.host, nowSeconds: file.now, crypto }),
    ).toThrow(expect.objectContaining({ code: 'unknown-signer' }));
  });
});
