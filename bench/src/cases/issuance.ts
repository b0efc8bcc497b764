import { randomBytes, sign } from 'node:crypto';
import {
  createPassIssuer,
  createSaltSource,
  createStudentIdSdJwt,
  createStudentIdSigner,
  encodeStudentIdClaims,
  parseP256Jwk,
} from '@lanyard/protocol';
import {
  createSigner,
  generateKeyPair,
  nodeCrypto,
  nodeDigestText,
  nodeRandomBytes,
} from '@lanyard/protocol/node-crypto';
import { compare, type Figure, type Work } from '../measure.js';

const now = Math.floor(Date.now() / 1000);

function signatureFloor(): Work {
  const { privateKey } = generateKeyPair();
  const data = randomBytes(400);
  return () => {
    for (let index = 0; index < 50; index += 1) sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return 50;
  };
}

/** As long as the certificate of a document signer, which every copy carries. */
const CERTIFICATE = randomBytes(576).toString('base64');

const claims = {
  name: '阿依古丽·买买提',
  name_latin: 'Ayigul Mamat',
  student_number: '920230100002',
  university_code: '4199090001',
  university_name: '示例大学',
  college: '计算机与信息工程学院',
  major: '信息安全',
  class: '23信息3班',
  level: 'bachelor',
  entry_date: '2023-09-01',
  expected_graduation: '2027-06-30',
  enrolment_status: 'enrolled',
};

export const issuanceBenches: Record<string, () => Figure> = {
  'issue-sd-jwt': () => {
    const issuer = generateKeyPair();
    const signer = createStudentIdSigner({ issuer: 'http://localhost:8082', kid: 'bench', x5c: [CERTIFICATE] });
    const holderJwk = parseP256Jwk(generateKeyPair().jwk);
    const salts = createSaltSource(nodeRandomBytes);
    const signWith = createSigner(issuer.privateKey);
    let encoded = encodeStudentIdClaims(claims);
    let index = 0;
    return compare('issue-sd-jwt', {
      subject: () => {
        for (let count = 0; count < 50; count += 1) {
          // As the issuer does it: claims are checked and encoded once for a batch of ten copies.
          if (count % 10 === 0) encoded = encodeStudentIdClaims(claims);
          index += 1;
          createStudentIdSdJwt({
            claims: encoded,
            holderJwk,
            signer,
            validity: { issuedAtSeconds: now, notBeforeSeconds: now, expiresAtSeconds: now + 2_592_000 },
            status: { uri: 'http://localhost:8082/status-lists/1', index },
            salts,
            digestText: nodeDigestText,
            sign: signWith,
          });
        }
        return 50;
      },
      floor: signatureFloor(),
      note: '12 claims, certificate in the header, batches of 10; floor: one signature; target 0.43, aim 0.55',
    });
  },
  'issue-pass': () => {
    const issuer = generateKeyPair();
    const holder = generateKeyPair();
    const issuePass = createPassIssuer({
      universityCode: '4199090001',
      kid: nodeCrypto.sha256(issuer.compressed).slice(0, 8),
      sign: createSigner(issuer.privateKey),
    });
    return compare('issue-pass', {
      subject: () => {
        for (let index = 0; index < 50; index += 1) {
          issuePass({
            validFromSeconds: now,
            expiresSeconds: now + 604_800,
            passNumber: randomBytes(8),
            kind: 'student',
            level: 'bachelor',
            registeredUntilDay: 20_000,
            listNumber: 7,
            listIndex: index,
            holderKey: holder.compressed,
          });
        }
        return 50;
      },
      floor: signatureFloor(),
      note: 'floor: one signature; target 0.67, aim 0.80',
    });
  },
};
