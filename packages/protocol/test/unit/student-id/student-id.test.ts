import { compactVerify, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { parseP256Jwk } from '../../../src/jws/p256-jwk.js';
import { passLevels } from '../../../src/pass/pass.js';
import { presentSdJwt } from '../../../src/sd-jwt/present-sd-jwt.js';
import { verifySdJwtVc } from '../../../src/sd-jwt-vc/verify-sd-jwt-vc.js';
import {
  createStudentIdSdJwt,
  createStudentIdSigner,
  encodeStudentIdClaims,
  type StudentIdInput,
} from '../../../src/student-id/create-student-id-sd-jwt.js';
import {
  ENROLMENT_STATES,
  enrolmentStateByCode,
  enrolmentStateByNumber,
  enrolmentStateByZh,
  isEnrolmentStatus,
} from '../../../src/student-id/enrolment-states.js';
import {
  disclosedStudentIdClaims,
  parseStudentIdClaims,
  STUDENT_ID_CLAIMS,
} from '../../../src/student-id/student-id-claims.js';
import { isLevel, isStudyForm, LEVELS, levelByZh, studyFormByZh } from '../../../src/student-id/study-terms.js';
import { codeOf } from '../jws/support.js';
import { AUDIENCE, bind, digestText, fixedSalts, holder, issuer, NONCE, NOW, receive } from '../sd-jwt/support.js';

const claims = {
  name: '迪丽热巴·买买提',
  name_latin: 'DILRABA MUHEMMET',
  portrait: '_9j_4AAQ',
  student_number: '990000000001',
  university_code: '4199090001',
  university_name: '示例大学',
  college: '计算机与信息工程学院',
  major: '信息安全 "A"',
  class: '23信息3班',
  level: 'bachelor',
  length_of_study: 4,
  study_form: 'full-time',
  entry_date: '2023-09-01',
  expected_graduation: '2027-06-30',
  enrolment_status: 'enrolled',
  registered_until: '2027-02-28',
  birth_date: '2004-02-29',
  sex: 2,
  identity_document: { type: '居民身份证', number: '990000200402290012' },
  rail_interval: { from: '广州南', to: '兰州西' },
};
const input: StudentIdInput = {
  claims: encodeStudentIdClaims(claims),
  holderJwk: parseP256Jwk(holder.jwk),
  signer: createStudentIdSigner({ issuer: 'https://issuer.example.edu', kid: 'doc-1', x5c: ['AAAA'] }),
  validity: { issuedAtSeconds: NOW, notBeforeSeconds: NOW, expiresAtSeconds: NOW + 2_592_000 },
  status: { uri: 'https://issuer.example.edu/status/"1"', index: 12 },
  salts: fixedSalts(),
  digestText,
};
const compact = createStudentIdSdJwt({ ...input, sign: issuer.sign });
const verify = (presentation: string) =>
  verifySdJwtVc(presentation, {
    findIssuerKey: () => issuer.verifyKey,
    nowSeconds: NOW,
    crypto: nodeCrypto,
    keyBinding: { required: true, nonce: NONCE, audience: AUDIENCE, maxAgeSeconds: 60 },
  });

describe('student ID', () => {
  it('carries every claim as a disclosure of its own and only issuer, type, validity, key and status openly', () => {
    const sdJwt = receive(compact);
    expect(sdJwt.disclosures.map(({ name }) => name)).toEqual(Object.keys(claims));
    expect(Object.keys(sdJwt.payload).sort()).toEqual([
      '_sd',
      '_sd_alg',
      'cnf',
      'exp',
      'iat',
      'iss',
      'nbf',
      'status',
      'vct',
      'vct#integrity',
    ]);
    expect(sdJwt.jws.header).toEqual({ alg: 'ES256', typ: 'dc+sd-jwt', kid: 'doc-1', x5c: ['AAAA'] });
    const all = verify(bind(compact));
    expect(disclosedStudentIdClaims(all.claims)).toEqual(claims);
    expect(all.status).toEqual(input.status);
    expect(all.vct).toBe('urn:lanyard:student-id:1');
  });

  it('discloses what is asked for and nothing else', () => {
    const proof = verify(bind(presentSdJwt(receive(compact), [['enrolment_status'], ['level']])));
    expect(disclosedStudentIdClaims(proof.claims)).toEqual({ enrolment_status: 'enrolled', level: 'bachelor' });
  });

  it('has copies that share no digest and no disclosure', () => {
    const [one, two] = [compact, createStudentIdSdJwt({ ...input, sign: issuer.sign })].map((text) => receive(text));
    const texts = (sdJwt = one) => [
      ...((sdJwt?.payload._sd as string[]) ?? []),
      ...(sdJwt?.disclosures.map(({ encoded }) => encoded) ?? []),
    ];
    expect(texts(one).filter((text) => texts(two).includes(text))).toEqual([]);
    const digests = (one?.payload._sd ?? []) as string[];
    expect(digests).toHaveLength(20);
    expect([...digests].sort()).toEqual(digests);
  });

  it('is verified by jose', async () => {
    const key = await importJWK(issuer.jwk as never, 'ES256');
    await expect(compactVerify(compact.split('~')[0] ?? '', key, { algorithms: ['ES256'] })).resolves.toBeTruthy();
  });

  it('takes whole seconds and a whole index only', () => {
    const sign = issuer.sign;
    expect(() => createStudentIdSdJwt({ ...input, status: { uri: 'x', index: 1.5 }, sign })).toThrow(TypeError);
    expect(() =>
      createStudentIdSdJwt({ ...input, validity: { ...input.validity, expiresAtSeconds: Number.NaN }, sign }),
    ).toThrow(TypeError);
  });
});

describe('student ID claims', () => {
  const check = (changes: object) => codeOf(() => parseStudentIdClaims({ ...claims, ...changes }));
  it('are all known in the order of the formats page', () => expect(STUDENT_ID_CLAIMS).toEqual(Object.keys(claims)));

  it.each([
    ['name', [1, '', 'x'.repeat(201)]],
    ['portrait', ['+/==', '', 'A'.repeat(16_385), 5]],
    ['student_number', ['', '学号', 'x'.repeat(33), 5]],
    ['university_code', ['90001', '41990900011', 4199090001]],
    ['level', ['本科', 'Bachelor', 1]],
    ['length_of_study', ['4', 0, 2.25, 11, Number.NaN]],
    ['study_form', ['全日制', 'fulltime']],
    ['entry_date', ['2023-9-1', '2023-02-29', '2023-13-01', '2023-00-10', '2023-01-00', '2023-04-31', 20230901]],
    ['birth_date', ['1900-02-29', '2004-02-30']],
    ['enrolment_status', ['在籍在读', 'suspended']],
    ['sex', ['2', 3, null]],
    ['identity_document', [{ type: 'x' }, { type: 'x', number: 'y', more: 1 }, 'x', { type: '', number: 'y' }]],
    ['rail_interval', [{ from: 'x' }, ['a', 'b']]],
  ])('refuse %s of a wrong form', (name, values) => {
    for (const value of values) expect(check({ [name]: value })).toBe('student-id-claim-malformed');
    for (const value of values)
      expect(codeOf(() => disclosedStudentIdClaims({ [name]: value }))).toBe('student-id-claim-malformed');
  });

  it('refuse unknown names and miss none that is required', () => {
    expect(check({ nickname: 'x' })).toBe('student-id-claim-unknown');
    expect(check({ toString: 'x' })).toBe('student-id-claim-unknown');
    for (const name of ['name', 'student_number', 'university_code', 'enrolment_status']) {
      const { [name]: _, ...rest } = claims as { [name: string]: unknown };
      expect(codeOf(() => parseStudentIdClaims(rest))).toBe('student-id-claim-missing');
    }
  });
});

describe('enrolment states and study terms', () => {
  it('are numbered 1 to 13 in the order of the table', () => {
    expect(ENROLMENT_STATES.map(({ number, code, zh, credential }) => [number, code, zh[0], credential])).toEqual([
      [1, 'not-registered', '未注册', 'suspended'],
      [2, 'enrolled', '注册学籍', 'valid'],
      [3, 'admission-retained', '保留入学资格', 'suspended'],
      [4, 'on-leave-of-absence', '休学', 'suspended'],
      [5, 'status-retained', '保留学籍', 'suspended'],
      [6, 'exchange', '交流', 'valid'],
      [7, 'transferred-out', '转出', 'revoked'],
      [8, 'withdrawn', '退学', 'revoked'],
      [9, 'expelled', '开除学籍', 'revoked'],
      [10, 'graduated', '毕业', 'revoked'],
      [11, 'completed', '结业', 'revoked'],
      [12, 'attended', '肄业', 'revoked'],
      [13, 'deceased', '死亡', 'revoked'],
    ]);
    expect(ENROLMENT_STATES.filter(({ alumniCredential }) => alumniCredential).map(({ number }) => number)).toEqual([
      10, 11, 12,
    ]);
    expect(ENROLMENT_STATES.filter(({ quiet }) => quiet).map(({ code }) => code)).toEqual(['deceased']);
  });

  it('are found by code, number and every term of rosters, and nothing else is', () => {
    for (const state of ENROLMENT_STATES) {
      expect(enrolmentStateByCode(state.code)).toBe(state);
      expect(enrolmentStateByNumber(state.number)).toBe(state);
      for (const name of state.zh) expect(enrolmentStateByZh(name)).toBe(state);
    }
    expect(enrolmentStateByZh('在籍在读')?.code).toBe('enrolled');
    expect([enrolmentStateByZh('请假'), enrolmentStateByNumber(0), enrolmentStateByCode('x')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([isEnrolmentStatus('enrolled'), isEnrolmentStatus('toString'), isEnrolmentStatus(2)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('translate levels and study forms [usual], [as campus writes it], [unknown]', () => {
    expect(LEVELS.map(({ code }) => code)).toEqual([
      'junior-college',
      'bachelor',
      'second-bachelor',
      'master',
      'doctor',
      'preparatory',
    ]);
    expect([levelByZh('专科(高职)'), levelByZh('本科'), levelByZh('预科'), levelByZh('大学')]).toEqual([
      'junior-college',
      'bachelor',
      'preparatory',
      undefined,
    ]);
    expect([studyFormByZh('全日制'), studyFormByZh('非全日制'), studyFormByZh('业余')]).toEqual([
      'full-time',
      'part-time',
      undefined,
    ]);
    expect([isLevel('master'), isLevel('硕士'), isStudyForm('part-time'), isStudyForm('x')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('table of the passes', () => {
  it('numbers the same levels as here', () => {
    expect(passLevels).toMatchObject(Object.fromEntries(LEVELS.map(({ code, number }) => [code, number])));
  });
});
