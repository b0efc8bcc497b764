import { compactVerify, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import {
  configurationOfIdentifier,
  documentIdentifierOf,
  documentOfIdentifier,
  grantedCredentialDetails,
} from '../../../src/index.js';
import { parseP256Jwk } from '../../../src/jws/p256-jwk.js';
import { presentSdJwt } from '../../../src/sd-jwt/present-sd-jwt.js';
import { verifySdJwtVc } from '../../../src/sd-jwt-vc/verify-sd-jwt-vc.js';
import { createDocumentSdJwt, encodeDocumentClaims } from '../../../src/student-document/create-document-sd-jwt.js';
import { DOCUMENT_CLAIMS, DOCUMENT_VCT, documentClaimsOf } from '../../../src/student-document/document-claims.js';
import { DOCUMENT_TYPE_METADATA } from '../../../src/student-document/document-type-metadata.js';
import { createStudentIdSigner } from '../../../src/student-id/create-student-id-sd-jwt.js';
import { STUDENT_ID_VCT } from '../../../src/student-id/student-id-claims.js';
import { codeOf } from '../jws/support.js';
import { AUDIENCE, bind, digestText, fixedSalts, holder, issuer, NONCE, NOW, receive } from '../sd-jwt/support.js';

const two = (zh: string, en = zh) => ({ zh, en });
const claims = {
  document_number: '2026-000123',
  kind: 'volunteer-hours',
  title: two('志愿服务时长证明', 'Certificate of volunteer hours'),
  university_code: '4199090001',
  university_name: '示例大学',
  name: '阿卜杜热合曼·买买提江',
  student_number: '202300000001',
  issued_on: '2026-11-30',
  valid_until: '2027-11-30',
  facts: [{ title: two('总时长', 'Hours'), value: two('12 小时 "A"', '12 hours') }],
};
const compact = createDocumentSdJwt({
  claims: encodeDocumentClaims(claims),
  holderJwk: parseP256Jwk(holder.jwk),
  signer: createStudentIdSigner({ issuer: 'https://issuer.example.edu', kid: 'doc-1' }),
  validity: { issuedAtSeconds: NOW, notBeforeSeconds: NOW, expiresAtSeconds: NOW + 2_592_000 },
  status: { uri: 'https://issuer.example.edu/status-lists/1', index: 12 },
  salts: fixedSalts(),
  digestText,
  sign: issuer.sign,
});
const verify = (presentation: string, acceptedVcts: readonly string[] = [DOCUMENT_VCT]) =>
  verifySdJwtVc(presentation, {
    ...{ findIssuerKey: () => issuer.verifyKey, nowSeconds: NOW, crypto: nodeCrypto, acceptedVcts },
    keyBinding: { required: true, nonce: NONCE, audience: AUDIENCE, maxAgeSeconds: 60 },
  });

describe('a document', () => {
  it('carries every claim as a disclosure of its own and only issuer, type, validity, key and status openly', () => {
    const sdJwt = receive(compact);
    expect(sdJwt.disclosures.map(({ name }) => name)).toEqual([...DOCUMENT_CLAIMS]);
    expect(Object.keys(sdJwt.payload).sort()).toEqual(
      ['_sd', '_sd_alg', 'cnf', 'exp', 'iat', 'iss', 'nbf', 'status', 'vct', 'vct#integrity'].sort(),
    );
    expect(documentClaimsOf(verify(bind(compact)).claims)).toEqual(claims);
  });
  it('discloses its kind and what it certifies without saying whose it is', () => {
    const { claims: told } = verify(bind(presentSdJwt(receive(compact), [['kind'], ['facts']])));
    expect(told).toMatchObject({ kind: claims.kind, facts: claims.facts });
    for (const hidden of ['name', 'student_number', 'document_number', 'title'])
      expect(told).not.toHaveProperty(hidden);
  });
  it('is never taken for a student ID', () => {
    expect(codeOf(() => verify(bind(compact), [STUDENT_ID_VCT]))).toBe('vct-not-accepted');
  });
  it('has type metadata that names each claim in both languages', () => {
    const metadata = JSON.parse(DOCUMENT_TYPE_METADATA);
    expect(metadata.vct).toBe(DOCUMENT_VCT);
    const named = metadata.claims.filter(({ display }: { display?: unknown }) => display !== undefined);
    expect(named.map(({ path }: { path: string[] }) => path[0])).toEqual([...DOCUMENT_CLAIMS]);
  });
  it('is verified by jose', async () => {
    const key = await importJWK(issuer.jwk as never, 'ES256');
    await expect(compactVerify(compact.split('~')[0] ?? '', key, { algorithms: ['ES256'] })).resolves.toBeTruthy();
  });
});

describe('claims of a document', () => {
  const check = (changes: object) => codeOf(() => encodeDocumentClaims({ ...claims, ...changes }));
  const fact = claims.facts[0];

  it.each([
    ['document_number', ['2026-123', '2026-000123 ', '26-000123', 2026]],
    ['kind', ['', 'Volunteer', 'a b', 'x'.repeat(41)]],
    ['title', ['志愿', { zh: 'a' }, { zh: 'a', en: '' }, { zh: 'a', en: 'b', fr: 'c' }, two('x'.repeat(501))]],
    ['student_number', ['', '学号', 5]],
    ['issued_on', ['2026-02-30', '2026-11-30T00:00:00Z', 20261130]],
    ['valid_until', ['', '2026-13-01']],
    ['facts', [[], {}, [{ title: two('a') }], [{ ...fact, more: 1 }], Array.from({ length: 21 }, () => fact)]],
  ])('refuse %s of a wrong form', (name, values) => {
    for (const value of values) expect(check({ [name]: value })).toBe('document-claim-malformed');
  });
  it('refuse unknown names and miss none that is required', () => {
    for (const name of ['portrait', 'identity_document', 'toString'])
      expect(check({ [name]: 'x' })).toBe('document-claim-unknown');
    for (const name of ['document_number', 'kind', 'title', 'university_code', 'issued_on', 'valid_until']) {
      const { [name]: _, ...rest } = claims as { [name: string]: unknown };
      expect(codeOf(() => encodeDocumentClaims(rest))).toBe('document-claim-missing');
    }
  });
  it('may leave out who it is for: a paper need not say it', () => {
    const { name: _name, student_number: _number, facts: _facts, ...rest } = claims;
    expect(() => encodeDocumentClaims(rest)).not.toThrow();
  });
});

describe('the identifier of a document', () => {
  const identifier = documentIdentifierOf('2026-000123');
  it('names one document and its configuration', () => {
    expect(identifier).toBe('document-sd-jwt.2026-000123');
    expect(documentOfIdentifier(identifier)).toBe('2026-000123');
    expect(configurationOfIdentifier(identifier)).toBe('document-sd-jwt');
  });
  it.each(['document-sd-jwt', 'document-sd-jwt.current', 'document-sd-jwt.2026-12', 'student-pass.x.2026-000123'])(
    'is not %s',
    (other) => {
      expect(documentOfIdentifier(other)).toBeUndefined();
      expect(configurationOfIdentifier(other)).toBeUndefined();
    },
  );
  it('is granted for each document there is, and nothing is granted where there is none', () => {
    const granted = grantedCredentialDetails(['student-pass', 'document-sd-jwt'], 'https://i', [identifier]);
    expect(granted.map((detail) => detail.credential_identifiers)).toEqual([['student-pass.current'], [identifier]]);
    expect(grantedCredentialDetails(['document-sd-jwt'], 'https://i')).toEqual([]);
  });
});
