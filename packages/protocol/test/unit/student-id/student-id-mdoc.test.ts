import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CborItem } from '../../../src/cbor/cbor-value.js';
import { assembleDeviceResponse, prepareDeviceResponse } from '../../../src/mdoc/create-device-response.js';
import { createMdocSigner } from '../../../src/mdoc/create-issuer-signed.js';
import { parseIssuerSigned } from '../../../src/mdoc/parse-issuer-signed.js';
import { verifyDeviceResponse } from '../../../src/mdoc/verify-device-response.js';
import { verifyIssuerSigned } from '../../../src/mdoc/verify-issuer-signed.js';
import {
  createStudentIdMdoc,
  encodeStudentIdElements,
  type StudentIdMdocInput,
} from '../../../src/student-id/create-student-id-mdoc.js';
import {
  STUDENT_ID_DOC_TYPE,
  STUDENT_ID_NAMESPACE,
  studentIdClaimsOfElements,
  studentIdElements,
} from '../../../src/student-id/student-id-elements.js';
import { codeOf } from '../jws/support.js';
import { fixedRandom, holder, holderJwk, issuer, leaf, NOW, options, sha256, transcript } from '../mdoc/support.js';

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
const least = { name: 'A', student_number: '1', university_code: '4199090001', enrolment_status: 'enrolled' };
const input: StudentIdMdocInput = {
  elements: encodeStudentIdElements(claims),
  holderJwk,
  signer: createMdocSigner({ x5chain: [leaf] }),
  validity: { signedSeconds: NOW, validFromSeconds: NOW, validUntilSeconds: NOW + 2_592_000 },
  status: { uri: 'https://issuer.example.edu/status/1', index: 12 },
  random: fixedRandom(),
  sha256,
};
const issue = () => createStudentIdMdoc({ ...input, sign: issuer.sign });
const elementsOf = (value: object) => studentIdElements(value as never).get(STUDENT_ID_NAMESPACE)!;
const read = (...entries: [string, CborItem][]) =>
  studentIdClaimsOfElements(new Map([[STUDENT_ID_NAMESPACE, new Map(entries)]]));

describe('student ID as an mdoc', () => {
  it('carries every claim, which come back in the shape of an SD-JWT', () => {
    const mdoc = verifyIssuerSigned(parseIssuerSigned(issue()), options);
    expect(mdoc.docType).toBe('org.lanyard.student-id.1');
    expect(mdoc.status).toEqual(input.status);
    expect(studentIdClaimsOfElements(mdoc.elements)).toEqual(claims);
  });

  it('is written as the table of docs/formats.md says', () => {
    const elements = elementsOf(claims);
    expect(elements.get('portrait')).toEqual(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10));
    for (const date of ['entry_date', 'expected_graduation', 'registered_until', 'birth_date'] as const) {
      expect(elements.get(date)).toEqual({ tag: 1004, value: claims[date] });
    }
    expect(elements.get('sex')).toBe(2);
    expect(elements.get('length_of_study')).toBe(4);
    expect(elementsOf({ ...least, length_of_study: 2.5 }).get('length_of_study')).toBe('2.5');
    expect(elements.get('rail_interval')).toEqual(new Map(Object.entries(claims.rail_interval)));
    expect([...elementsOf(least).keys()]).toEqual(Object.keys(least));
  });

  it('presents what is asked for and nothing else', () => {
    const disclose = ['enrolment_status', 'level'].map((name) => [STUDENT_ID_NAMESPACE, name] as const);
    const prepared = prepareDeviceResponse({
      issuerSigned: parseIssuerSigned(issue()),
      disclose,
      sessionTranscript: transcript,
    });
    const response = assembleDeviceResponse(prepared, holder.sign(prepared.toBeSigned));
    const [mdoc] = verifyDeviceResponse(response, { ...options, acceptedDocTypes: [STUDENT_ID_DOC_TYPE] });
    expect(studentIdClaimsOfElements(mdoc.elements)).toEqual({ enrolment_status: 'enrolled', level: 'bachelor' });
  });

  it('has copies that share neither a digest nor an item', () => {
    const [one, two] = [issue(), issue()].map((bytes) => parseIssuerSigned(bytes));
    const hex = (copy = one) => [
      ...copy!.mso.digests.get(STUDENT_ID_NAMESPACE)!.values(),
      ...copy!.items.get(STUDENT_ID_NAMESPACE)!.map(({ encoded }) => encoded),
    ];
    const seen = new Set(hex(one).map((bytes) => Buffer.from(bytes).toString('hex')));
    expect(seen.size).toBe(40);
    expect(hex(two).filter((bytes) => seen.has(Buffer.from(bytes).toString('hex')))).toEqual([]);
  });

  it('says the same as the SD-JWT for any claims of the schema', () => {
    const text = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
    const date = fc
      .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((day) => day.toISOString().slice(0, 10));
    const any = fc.record(
      {
        name: text,
        student_number: fc.stringMatching(/^[0-9A-Za-z-]{1,32}$/),
        university_code: fc.stringMatching(/^[0-9]{10}$/),
        enrolment_status: fc.constantFrom('enrolled', 'exchange'),
        birth_date: date,
        portrait: fc
          .uint8Array({ minLength: 1, maxLength: 60 })
          .map((bytes) => Buffer.from(bytes).toString('base64url')),
        length_of_study: fc.integer({ min: 1, max: 20 }).map((halves) => halves / 2),
        sex: fc.constantFrom(0, 1, 2, 9),
        rail_interval: fc.record({ from: text, to: text }),
      },
      { requiredKeys: ['name', 'student_number', 'university_code', 'enrolment_status'] },
    );
    fc.assert(
      fc.property(any, (value) => {
        expect(studentIdClaimsOfElements(studentIdElements(value))).toEqual(value);
      }),
    );
  });

  it('is not issued with claims outside the schema [unknown], [malformed], [missing], [portrait of odd bits]', () => {
    const code = (value: object) => codeOf(() => encodeStudentIdElements(value as never));
    expect(code(least)).toBe('accepted');
    expect(code({ ...least, gpa: '4' })).toBe('student-id-claim-unknown');
    expect(code({ ...least, birth_date: '2023-02-29' })).toBe('student-id-claim-malformed');
    expect(code({ ...least, portrait: '_9j_4AB' })).toBe('student-id-claim-malformed');
    expect(code({ name: 'A' })).toBe('student-id-claim-missing');
  });

  it.each<[string, string, CborItem]>([
    ['a number for a text', 'name', 7],
    ['text for the portrait', 'portrait', '_9j_4AAQ'],
    ['a date without its tag', 'birth_date', '2004-02-29'],
    ['a date with the tag of a time', 'birth_date', { tag: 0, value: '2004-02-29' }],
    ['a day that does not exist', 'birth_date', { tag: 1004, value: '2023-02-29' }],
    ['a date that is a number', 'birth_date', { tag: 1004, value: 7 }],
    ['a text for the sex', 'sex', '2'],
    ['a sex beyond ISO/IEC 5218', 'sex', 3],
    ['half a year as a float', 'length_of_study', 2.5],
    ['a third of a year', 'length_of_study', '2.3'],
    ['whole years as a text', 'length_of_study', '4'],
    ['a list for a map', 'rail_interval', ['a', 'b']],
    [
      'a map with a number',
      'rail_interval',
      new Map<string, CborItem>([
        ['from', 1],
        ['to', 'b'],
      ]),
    ],
    [
      'a map with more',
      'rail_interval',
      new Map([
        ['from', 'a'],
        ['to', 'b'],
        ['via', 'c'],
      ]),
    ],
    ['a level nobody knows', 'level', 'wizard'],
  ])('is refused with an element of another kind [%s]', (_name, element, value) => {
    expect(codeOf(() => read([element, value]))).toBe('student-id-claim-malformed');
  });

  it('leaves other names and other namespaces out', () => {
    expect(read(['gpa', '4'], ['sex', 1])).toEqual({ sex: 1 });
    expect(studentIdClaimsOfElements(new Map([['org.other', new Map([['name', 'A']])]]))).toEqual({});
  });
});
