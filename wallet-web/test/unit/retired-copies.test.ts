import { createPassIssuer, encodeBase64url, signJws } from '@lanyard/protocol';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { expect, it } from 'vitest';
import { signedByRetired } from '../../web/src/issuer/retired-copies.js';

const pair = generateKeyPair();
const sign = createSigner(pair.privateKey);
const kid = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const text = encodeBase64url(kid);
const other = encodeBase64url(Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1));
const studentId = { credential: `${signJws({ typ: 'dc+sd-jwt', kid: text, x5c: ['AAAA'] }, { iss: other }, sign)}~` };
const pass = {
  credential: encodeBase64url(
    createPassIssuer({ universityCode: '4199090001', kid, sign })({
      ...{ validFromSeconds: 1_800_000_000, expiresSeconds: 1_800_100_000, passNumber: new Uint8Array(8).fill(9) },
      ...{ kind: 'student', level: 'bachelor', registeredUntilDay: 20_000, listNumber: 1, listIndex: 5 },
      holderKey: pair.compressed,
    }),
  ),
};

it('a copy is dropped when its signer was retired [student ID], [pass], and not for another', () => {
  for (const copy of [studentId, pass]) {
    expect(signedByRetired(copy, [text])).toBe(true);
    expect(signedByRetired(copy, [other, text])).toBe(true);
    expect(signedByRetired(copy, [other])).toBe(false);
    expect(signedByRetired(copy, [])).toBe(false);
  }
});
