import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBase64url } from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { authorityKeyIdsOf, parseCertificate } from '@lanyard/protocol/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signNextTrustList } from '../../../launcher/src/trust-list/sign-trust-list.js';
import { type Asker, createAsker, mdocQuery } from './support/ask.js';
import {
  makeAuthority,
  makeSigner,
  nowSeconds,
  type StandInIssuer,
  startStandInIssuer,
  UNIVERSITY,
} from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';

const OTHER = '4199090002';
const folder = mkdtempSync(join(tmpdir(), 'lanyard-listed-'));
const file = join(folder, 'trust-list.jwt');
const operatorKey = generateKeyPair();
let issuer: StandInIssuer;
let other: StandInIssuer;
let verifier: TestVerifier;
let asker: Asker;
let takenBack: Uint8Array;

const entry = (code: string, of: StandInIssuer, more: object = {}) => ({
  university_code: code,
  names: { 'zh-CN': '示例大学', en: 'Example' },
  issuer: of.url,
  anchors: [encodeBase64url(of.documentAuthority.root)],
  reader_anchors: [],
  ...{ state: 'active', since: nowSeconds(), retired: [] as object[] },
  pass_keys: `${of.url}/pass-keys`,
  status_aggregate: `${of.url}/pass-lists`,
  ...more,
});
const publish = async (change: object = {}) => {
  const entries = [entry(UNIVERSITY, issuer), entry(OTHER, other, change)];
  signNextTrustList({ file, entries, key: operatorKey, nextKey: undefined, nowSeconds: nowSeconds() });
  await verifier.verifier.trust.refresh();
};

beforeAll(async () => {
  issuer = await startStandInIssuer(7580);
  other = await startStandInIssuer(7581);
  const { status } = other.signers;
  other.state.statusSigner = { signer: status, x5chain: [other.documentAuthority.certifySigner(status, [])] };
  takenBack = other.documentAuthority.certifySigner(other.signers.document);
  other.state.revocationList = other.documentAuthority.revocationList(1, [parseCertificate(takenBack).serial]);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({
    port: 7582,
    issuerUrl: issuer.url,
    environment: {
      LANYARD_TRUST_LIST: file,
      LANYARD_TRUST_LIST_KEY: encodeBase64url(operatorKey.compressed),
      LANYARD_FETCH_ALLOW: 'localhost',
    },
  });
  await verifier.synced(issuer.sequence());
  asker = createAsker(verifier, issuer);
  await publish();
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
  await other.close();
  rmSync(folder, { recursive: true, force: true });
});

const told = { student_number: '9900000001', name: '测试·学生' };
const elements = ['student_number', 'name', 'university_code'];
const foreign = (more: object = {}) => ({
  claims: { university_code: OTHER },
  uri: `${other.url}/status-lists/7`,
  ...more,
});

describe('an mdoc of a university of the trust list', () => {
  it('is accepted by its chain, with nothing said of local trust', async () => {
    expect(await asker.mdoc(other.makeStudentIdMdoc(foreign()), { elements })).toEqual(told);
  });
  it('is refused [our code], [another root], [certificate not for mdocs], [status list elsewhere]', async () => {
    expect(await asker.mdoc(other.makeStudentIdMdoc({ uri: `${other.url}/status-lists/7` }), { elements })).toBe(
      'issuer-not-entitled',
    );
    const stranger = makeAuthority('示例大学 root').certifySigner(other.signers.document);
    expect(await asker.mdoc(other.makeStudentIdMdoc(foreign({ x5chain: [stranger] })))).toBe('unknown-issuer');
    const x5chain = [other.documentAuthority.certifySigner(other.signers.document, [])];
    expect(await asker.mdoc(other.makeStudentIdMdoc(foreign({ x5chain })))).toBe('unknown-issuer');
    const elsewhere = foreign({ uri: `${issuer.url}/status-lists/7` });
    expect(await asker.mdoc(other.makeStudentIdMdoc(elsewhere))).toBe('status-unavailable');
  });
  it('is refused while its university is in trouble, and for a retired signer', async () => {
    await publish({ state: 'suspended' });
    expect(await asker.mdoc(other.makeStudentIdMdoc(foreign()))).toBe('unknown-issuer');
    await publish({ retired: [{ kid: other.signers.document.kidText, since: nowSeconds() }] });
    expect(await asker.mdoc(other.makeStudentIdMdoc(foreign()))).toBe('issuer-not-entitled');
    await publish();
    expect(await asker.mdoc(other.makeStudentIdMdoc(foreign()))).toEqual(told);
  });
});

describe('an mdoc of our own, where the list names our anchors', () => {
  const asked = (values: string[]) => ({
    dcql_query: mdocQuery({ trusted_authorities: [{ type: 'aki', values }] }),
  });
  it('[MUST 25] is accepted by a published key whose chain ends there, and its authority counts', async () => {
    expect(await asker.mdoc()).toEqual(told);
    const aki = authorityKeyIdsOf([issuer.documentAuthority.certifySigner(issuer.signers.document)]);
    expect(await asker.mdoc(undefined, {}, asked([...aki]))).toEqual(told);
    const others = authorityKeyIdsOf([other.documentAuthority.certifySigner(other.signers.document)]);
    expect(await asker.mdoc(undefined, {}, asked([...others]))).toBe('query-not-satisfied');
  });
  it('[MUST 25] is refused [published key under another root], [key not published under our root]', async () => {
    const x5chain = [other.documentAuthority.certifySigner(issuer.signers.document)];
    expect(await asker.mdoc(issuer.makeStudentIdMdoc({ x5chain }))).toBe('unknown-issuer');
    expect(await asker.mdoc(issuer.makeStudentIdMdoc({ signer: makeSigner('document') }))).toBe('unknown-issuer');
  });
});

describe('a signer whose certificate its CA has taken back', () => {
  it('signed for nobody; another certificate of the same key still counts', async () => {
    const shown = (certificate: Uint8Array) =>
      asker.mdoc(other.makeStudentIdMdoc(foreign({ x5chain: [certificate] })), { elements });
    expect(await shown(takenBack)).toBe('issuer-not-entitled');
    expect(await shown(other.documentAuthority.certifySigner(other.signers.document))).toEqual(told);
  });
});
