import { createHash, sign as nodeSign, verify as nodeVerify, randomBytes } from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { describe, expect, it } from 'vitest';
import { encodeBase64url } from '../../../src/base64url/base64url.js';
import { encodeBase64urlJson } from '../../../src/base64url/strict-json.js';
import { nodeCrypto } from '../../../src/crypto/node-crypto.js';
import { createSdJwt, type SdTree, selective } from '../../../src/sd-jwt/create-sd-jwt.js';
import { presentSdJwt } from '../../../src/sd-jwt/present-sd-jwt.js';
import { type VerifySdJwtVcOptions, verifySdJwtVc } from '../../../src/sd-jwt-vc/verify-sd-jwt-vc.js';
import { codeOf, type TestKey, testKey } from '../jws/support.js';
import { AUDIENCE, bind, digestText, fixedSalts, holder, issuer, NONCE, NOW, receive } from '../sd-jwt/support.js';

const claims = {
  vct: 'urn:example:1',
  iss: 'https://issuer.example',
  nbf: NOW - 100,
  exp: NOW + 100,
  cnf: { jwk: { ...holder.jwk } },
  status: { status_list: { uri: 'https://issuer.example/status/1', idx: 7 } },
  name: selective('某某'),
  level: selective('bachelor'),
};
const options: VerifySdJwtVcOptions = {
  findIssuerKey: ({ header, payload }) =>
    header.kid === 'k1' && payload.iss === 'https://issuer.example' ? issuer.verifyKey : undefined,
  nowSeconds: NOW,
  keyBinding: { required: true, nonce: NONCE, audience: AUDIENCE, maxAgeSeconds: 300 },
  crypto: nodeCrypto,
};
const unbound: Partial<VerifySdJwtVcOptions> = { keyBinding: { required: false } };

function issue(changes: { readonly [name: string]: unknown } = {}, header: object = {}, key: TestKey = issuer): string {
  const merged = Object.fromEntries(
    Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined),
  );
  const tools = { salts: fixedSalts(), digestText, sign: key.sign };
  return createSdJwt({ typ: 'dc+sd-jwt', kid: 'k1', ...header }, merged as { [name: string]: SdTree }, tools);
}
const present = (compact: string) => bind(presentSdJwt(receive(compact), [['name']]));
const check = (compact: string, changes: Partial<VerifySdJwtVcOptions> = {}) =>
  codeOf(() => verifySdJwtVc(compact, { ...options, ...changes }));

describe('SD-JWT VC', () => {
  it('proves issuer, validity and holder and hands out what was disclosed, nothing else', () => {
    const proof = verifySdJwtVc(present(issue()), options);
    expect(proof.claims).toMatchObject({ vct: 'urn:example:1', name: '某某' });
    expect(proof.claims).not.toHaveProperty('level');
    expect(proof.status).toEqual({ uri: 'https://issuer.example/status/1', index: 7 });
    expect(proof.keyBinding?.issuedAtSeconds).toBe(NOW);
    expect(proof.holderJwk?.x).toBe(holder.jwk.x);
  });

  it('is decided by the verifier whether a holder must have signed [required, none], [not required, none or any]', () => {
    const bare = presentSdJwt(receive(issue()), [['name']]);
    expect(check(bare)).toBe('key-binding-missing');
    expect(check(bare, unbound)).toBe('accepted');
    expect(verifySdJwtVc(present(issue()), { ...options, ...unbound }).keyBinding).toBeUndefined();
    expect(check(issue({ cnf: undefined }), unbound)).toBe('accepted');
  });

  it('refuses forgeries each with its own code [issuer], [holder], [payload under the old signature], [zeros]', () => {
    expect(check(issue({}, {}, testKey()))).toBe('issuer-signature-invalid');
    const presentation = presentSdJwt(receive(issue()), [['name']]);
    expect(check(bind(presentation, testKey()))).toBe('key-binding-signature-invalid');
    const [header, payload = '', ...rest] = issue().split('.');
    const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), exp: NOW + 9999 };
    expect(check([header, encodeBase64urlJson(changed), ...rest].join('.'))).toBe('issuer-signature-invalid');
    const tail = (rest[0] ?? '').slice(86);
    const zeros = `${header}.${payload}.${encodeBase64url(new Uint8Array(64))}${tail}`;
    expect(check(zeros)).toBe('issuer-signature-invalid');
  });

  it('refuses an issuer nobody trusts [kid], [iss], [key only in the header]', () => {
    expect(check(issue({}, { kid: 'other' }))).toBe('unknown-issuer');
    expect(check(issue({ iss: 'https://other.example' }))).toBe('unknown-issuer');
    expect(check(issue({}, { kid: 'x', jwk: issuer.jwk }))).toBe('unknown-issuer');
  });

  it('refuses another typ [vc+sd-jwt], [missing], [upper case] [MUST 22]', () => {
    for (const typ of ['vc+sd-jwt', 'JWT', undefined, 'DC+SD-JWT'])
      expect(check(issue({}, { typ }))).toBe('vc-typ-wrong');
  });

  it('refuses a missing or other vct [missing], [number], [empty], [not accepted here]', () => {
    for (const vct of [undefined, 7, '']) expect(check(present(issue({ vct })))).toBe('vct-missing');
    expect(check(present(issue()), { acceptedVcts: ['urn:example:2'] })).toBe('vct-not-accepted');
    expect(check(present(issue()), { acceptedVcts: ['urn:example:2', 'urn:example:1'] })).toBe('accepted');
  });

  it.each(['iss', 'nbf', 'exp', 'cnf', 'vct', 'status'] as const)(
    'refuses %s as a selectively disclosable claim',
    (name) => {
      const compact = issue({ [name]: selective(claims[name] as SdTree) });
      const findIssuerKey = () => issuer.verifyKey;
      expect(check(bind(compact), { findIssuerKey })).toBe('claim-must-not-be-selective');
    },
  );

  it('refuses selectively disclosable parts of those claims [disclosed], [hidden], [array element] [MUST 22]', () => {
    const inCnf = issue({ cnf: { jwk: claims.cnf.jwk, extra: selective(1) } });
    expect(check(bind(inCnf))).toBe('claim-must-not-be-selective');
    expect(check(bind(presentSdJwt(receive(inCnf), [])))).toBe('claim-must-not-be-selective');
    const inStatus = issue({ status: { ...claims.status, more: [selective('x')] } });
    expect(check(bind(presentSdJwt(receive(inStatus), [])))).toBe('claim-must-not-be-selective');
  });

  it('enforces validity to the second [nbf], [exp], [tolerance]', () => {
    const compact = issue();
    const at = (nowSeconds: number, more = {}) => check(compact, { ...unbound, nowSeconds, ...more });
    expect(at(NOW - 100)).toBe('accepted');
    expect(at(NOW - 101)).toBe('not-yet-valid');
    expect(at(NOW + 99)).toBe('accepted');
    expect(at(NOW + 100)).toBe('expired');
    expect(at(NOW + 100, { clockToleranceSeconds: 5 })).toBe('accepted');
    expect(at(NOW - 101, { clockToleranceSeconds: 5 })).toBe('accepted');
  });

  it('refuses registered claims of wrong types [exp], [nbf], [iat], [iss]', () => {
    for (const name of ['exp', 'nbf', 'iat']) expect(check(issue({ [name]: '1' }), unbound)).toBe('claim-malformed');
    expect(check(issue({ iss: 5 }), { ...unbound, findIssuerKey: () => issuer.verifyKey })).toBe('claim-malformed');
  });

  it('requires a sound holder key where binding is required [missing], [no jwk], [private], [off the curve]', () => {
    for (const cnf of [undefined, {}, { kid: 'x' }, 'x'])
      expect(check(bind(issue({ cnf })))).toBe('holder-key-missing');
    for (const jwk of [{ ...holder.jwk, d: 'AA' }, { ...holder.jwk, y: holder.jwk.x }, 'x']) {
      expect(check(bind(issue({ cnf: { jwk } })))).toBe('holder-key-malformed');
    }
    const blind = { ...nodeCrypto, importVerifyKey: () => undefined };
    expect(check(present(issue()), { crypto: blind })).toBe('holder-key-malformed');
  });

  it('refuses a status it cannot read rather than seeing none [types], [index], [other mechanism]', () => {
    const uri = 'https://issuer.example/status/1';
    for (const entry of [
      { uri, idx: -1 },
      { uri, idx: 1.5 },
      { uri, idx: '1' },
      { idx: 1 },
      'x',
      { uri, idx: 2 ** 60 },
    ]) {
      expect(check(issue({ status: { status_list: entry } }), unbound)).toBe('status-malformed');
    }
    expect(check(issue({ status: 'x' }), unbound)).toBe('status-malformed');
    expect(check(issue({ status: { other: {} } }), unbound)).toBe('status-not-supported');
    expect(verifySdJwtVc(issue({ status: undefined }), { ...options, ...unbound }).status).toBeUndefined();
  });
});

describe('SD-JWT VC with @sd-jwt/sd-jwt-vc', () => {
  const signWith = (key: TestKey) => (data: string) =>
    nodeSign('sha256', Buffer.from(data), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  const verifyWith = (key: TestKey) => (data: string, signature: string) =>
    nodeVerify(
      'sha256',
      Buffer.from(data),
      { key: key.privateKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  const oracle = new SDJwtVcInstance({
    signer: signWith(issuer),
    verifier: verifyWith(issuer),
    signAlg: 'ES256',
    kbSigner: signWith(holder),
    kbVerifier: verifyWith(holder),
    kbSignAlg: 'ES256',
    hasher: (data: string | ArrayBuffer) =>
      createHash('sha256')
        .update(typeof data === 'string' ? data : Buffer.from(data))
        .digest(),
    hashAlg: 'sha-256',
    saltGenerator: () => randomBytes(16).toString('base64url'),
  });
  // The oracle takes its time from the machine.
  const machine = Math.floor(Date.now() / 1000);
  const dates = { nbf: machine - 10, exp: machine + 1000, status: undefined };

  it('is verified by it when it is ours [with key binding]', async () => {
    const answer = await oracle.verify(present(issue(dates)), { requiredClaimKeys: ['name'], keyBindingNonce: NONCE });
    expect(answer.payload).toMatchObject({ vct: 'urn:example:1', name: '某某' });
    expect(answer.kb?.payload.nonce).toBe(NONCE);
  });

  it('is verified by us when it is theirs [with key binding]', async () => {
    const { name: _, level: __, status: ___, ...open } = claims;
    const issued = await oracle.issue(
      {
        ...open,
        iat: machine,
        nbf: dates.nbf,
        exp: dates.exp,
        name: 'N',
        address: { city: 'C' },
        tags: ['a', 'b'],
      } as never,
      { _sd: ['name', 'address'], address: { _sd: ['city'] }, tags: { _sd: [1] } } as never,
      { header: { kid: 'k1' } },
    );
    const frame = { name: true, address: { city: true } };
    const kb = { payload: { iat: machine, aud: AUDIENCE, nonce: NONCE } };
    const presented = await oracle.present(issued, frame as never, { kb });
    const proof = verifySdJwtVc(presented, { ...options, nowSeconds: machine });
    expect(proof.claims).toMatchObject({ name: 'N', address: { city: 'C' }, tags: ['a'] });
  });
});
