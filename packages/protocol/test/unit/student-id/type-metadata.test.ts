import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import {
  STUDENT_ID_CLAIM_NAMES,
  STUDENT_ID_CLAIMS,
  STUDENT_ID_TYPE_METADATA,
  STUDENT_ID_VCT,
  STUDENT_ID_VCT_INTEGRITY,
} from '../../../src/index.js';

interface ClaimMetadata {
  path: string[];
  sd: string;
  display?: { locale: string; label: string }[];
}
const metadata = JSON.parse(STUDENT_ID_TYPE_METADATA) as { vct: string; claims: ClaimMetadata[] };

it('describes every claim of the student ID once, in both languages', () => {
  expect(metadata.vct).toBe(STUDENT_ID_VCT);
  const described = metadata.claims.filter((claim) => claim.sd === 'always');
  expect(described.map((claim) => claim.path)).toEqual(STUDENT_ID_CLAIMS.map((claim) => [claim]));
  for (const claim of described) expect(claim.display?.map((one) => one.locale)).toEqual(['zh-CN', 'en']);
  expect(new Set(Object.values(STUDENT_ID_CLAIM_NAMES).map((name) => name.zh)).size).toBe(STUDENT_ID_CLAIMS.length);
});

it('says of what SD-JWT VC keeps in the clear that it is never disclosed alone', () => {
  const never = metadata.claims.filter((claim) => claim.sd === 'never' && claim.path.length === 1);
  expect(never.map((claim) => claim.path[0])).toEqual(['iss', 'nbf', 'exp', 'vct', 'cnf', 'status']);
});

it('is what the digest in credentials is over; a change of it is a change of the type', () => {
  const digest = createHash('sha256').update(STUDENT_ID_TYPE_METADATA).digest('base64');
  expect(STUDENT_ID_VCT_INTEGRITY).toBe(`sha256-${digest}`);
  expect(STUDENT_ID_VCT_INTEGRITY).toMatchInlineSnapshot(`"sha256-wopDOcmeGTDQcbsVaUZGbLePpt8ogr6g1FFLtywj054="`);
});
