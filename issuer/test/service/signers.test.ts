import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeRoot, openRoot, type SignerRequest } from '@lanyard/platform';
import { jwsJsonPayload, parseJws } from '@lanyard/protocol';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import {
  createCertificateRequest,
  parseCertificate,
  pointOfJwk,
  signerUsage,
  verifyCertificateChain,
  verifyCertificateList,
} from '@lanyard/protocol/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, createSoftwareWallet, type Tokens } from './support/software-wallet.js';
import { certifySigners, startIssuer, type TestIssuer } from './support/start-issuer.js';

const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
const NUMBER = '202301000001';
let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
});
afterAll(() => issuer.close());

interface Key {
  use: string;
  kid: string;
  from: number;
  to: number;
  state: string;
  certificate_fingerprint: string | null;
}
const now = () => Math.floor(Date.now() / 1000);
const base64 = (der: Uint8Array) => Buffer.from(der).toString('base64');
const json = async <T>(answer: Response | Promise<Response>) => (await (await answer).json()) as T;
const refusal = async (answer: Promise<Response>) => {
  const { status } = await answer;
  return [status, (await json<{ code: string }>(answer.then((one) => one.clone()))).code];
};
const keys = async (use?: string, at = issuer) =>
  (await json<{ keys: Key[] }>(at.operator('/v1/keys'))).keys.filter((key) => use === undefined || key.use === use);
const keyIn = async (use: string, state: string, at = issuer) =>
  (await keys(use, at)).find((key) => key.state === state)!;
const anchors = async (at = issuer) => {
  const body = await json<{ issuer: string[]; reader: string[] }>(fetch(`${at.url}/v1/anchors`));
  return body.issuer.map((text) => new Uint8Array(Buffer.from(text, 'base64')));
};
const headerOf = (compact: string) => parseJws(compact.split('~')[0] ?? '').header as { kid: string; x5c?: string[] };
const put = (kid: string, certificate: Uint8Array, at = issuer) =>
  at.operator(`/v1/keys/${kid}/certificate`, { method: 'PUT', body: { certificate: base64(certificate) } });
const retire = (kid: string, body: object = { reason: 'compromised' }) =>
  issuer.operator(`/v1/keys/${kid}/retire`, { body });
const requestOf = async (kid: string, at = issuer): Promise<SignerRequest> => {
  const { use, csr, from, to } = await json<{ use: 'document'; csr: string; from: number; to: number }>(
    at.operator(`/v1/keys/${kid}/request`),
  );
  return { use, csr: Buffer.from(csr, 'base64'), fromSeconds: from, toSeconds: to };
};

async function claim(at = issuer) {
  const wallet = createSoftwareWallet(at.url);
  const offer = await json<Parameters<typeof codeOf>[0] & { tx_code: string }>(
    at.operator('/v1/credential-offers', { body: { student_number: NUMBER } }),
  );
  const tokens = await json<Tokens>(wallet.token(codeOf(offer), offer.tx_code));
  const issue = async (configuration = 'student-id-sd-jwt', count = 2) => {
    const nonce = await wallet.nonce();
    const jwt = Array.from({ length: count }, () => wallet.proof(generateKeyPair(), nonce));
    const answer = await wallet.call('/credential', tokens.access_token, {
      credential_configuration_id: configuration,
      proofs: { jwt },
    });
    return (await json<{ credentials: { credential: string }[] }>(answer)).credentials.map(
      ({ credential }) => credential,
    );
  };
  const state = async (query = '') =>
    json<{ version: number; copies: Record<string, number>; retired_signers: string[] }>(
      wallet.call(`/v1/holder/state${query}`, tokens.access_token),
    );
  return { issue, state };
}

describe('certificates of signers', () => {
  it('stand beside the root in the open, which nobody needs to ask us for again', async () => {
    const answer = await fetch(`${issuer.url}/v1/anchors`, { headers: { Origin: 'https://wallet.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const [root] = await anchors();
    expect(Buffer.from(root!)).toEqual(Buffer.from(issuer.root.certificate));
    const read = new X509Certificate(root!);
    expect(read.subject).toBe('C=CN\nCN=示例大学 root');
    expect(Math.round((Date.parse(read.validTo) - Date.now()) / 86_400_000)).toBe(3_652);
  });

  it('the issuer never holds the private key of the root: nothing in its store opens as one', async () => {
    expect(existsSync(join(issuer.folder, 'root.pem'))).toBe(true);
    const stored = (await issuer.database.run.raw('SELECT public_key FROM signer')).rows as { public_key: Buffer }[];
    const rootPoint = Buffer.from(parseCertificate(issuer.root.certificate).publicPoint);
    expect(stored.every(({ public_key: key }) => !key.subarray(1).equals(rootPoint.subarray(1, 33)))).toBe(true);
  });

  it('travel in every student ID and every list, each for its own purpose', async () => {
    const [compact] = await (await claim()).issue();
    const header = headerOf(compact!);
    const { x5c: [leaf, ...more] = [] } = header;
    expect(more).toEqual([]);
    const check = (der: string | undefined, use: 'document' | 'status') =>
      verifyCertificateChain({
        leaf: new Uint8Array(Buffer.from(der ?? '', 'base64')),
        ...{ chain: [], anchors: [issuer.root.certificate], atSeconds: now(), crypto: nodeCrypto },
        usage: signerUsage(use, issuer.url),
      });
    const document = check(leaf, 'document');
    expect(document.uris).toEqual([(jwsJsonPayload(parseJws(compact!.split('~')[0]!)) as { iss: string }).iss]);
    expect(() => check(leaf, 'status')).toThrow();
    const uri = (jwsJsonPayload(parseJws(compact!.split('~')[0]!)) as { status: { status_list: { uri: string } } })
      .status.status_list.uri;
    const list = headerOf(await (await fetch(uri)).text());
    expect(check(list.x5c?.[0], 'status').uris).toEqual([`${issuer.url}/status-lists`]);
    expect(() => check(list.x5c?.[0], 'document')).toThrow();
    expect(header.kid).toBe((await keyIn('document', 'active')).kid);
  });

  it('are refused [another root], [another key], [another use], [not DER], [unknown kid], [too large]', async () => {
    const key = await keyIn('document', 'active');
    const request = await requestOf(key.kid);
    const at = { nowSeconds: now(), issuerUrl: issuer.url };
    const made = makeRoot('示例大学', { nowSeconds: now(), record: () => {} });
    const stranger = openRoot({ ...made, universityName: '示例大学', record: () => {} });
    expect(await refusal(put(key.kid, stranger.certify(request, at)))).toEqual([422, 'signer-certificate-invalid']);
    const other = generateKeyPair();
    const csr = createCertificateRequest(pointOfJwk(other.jwk), createSigner(other.privateKey));
    expect(await refusal(put(key.kid, issuer.root.certify({ ...request, csr }, at)))).toEqual([
      422,
      'signer-certificate-invalid',
    ]);
    const wrongUse = issuer.root.certify({ ...request, use: 'status' }, at);
    expect(await refusal(put(key.kid, wrongUse))).toEqual([422, 'signer-certificate-invalid']);
    const elsewhere = issuer.root.certify(request, { ...at, issuerUrl: 'https://other.example.edu' });
    expect(await refusal(put(key.kid, elsewhere))).toEqual([422, 'signer-certificate-invalid']);
    expect(await refusal(put(key.kid, Buffer.from('nothing')))).toEqual([422, 'signer-certificate-invalid']);
    expect(await refusal(put('AAAAAAAAAAA', issuer.root.certify(request, at)))).toEqual([404, 'signer-not-found']);
    expect(await refusal(put(key.kid, new Uint8Array(20_000)))).toEqual([400, 'input-invalid']);
    const audit = (await keyIn('audit', 'active')).kid;
    const auditRequest = { ...(await requestOf(audit)), use: 'document' } as const;
    expect(await refusal(put(audit, issuer.root.certify(auditRequest, at)))).toEqual([
      422,
      'signer-certificate-invalid',
    ]);
  });

  it('are the operator’s alone [verifier], [nobody]', async () => {
    for (const path of ['/v1/keys', '/v1/revocation-list', '/v1/keys/AAAAAAAAAAA/retire']) {
      const open = await fetch(`${issuer.url}${path}`, path === '/v1/keys' ? {} : { method: 'POST' });
      expect([401, 404, 405]).toContain(open.status);
    }
    await expect(issuer.verifier.json('/v1/keys')).rejects.toMatchObject({ status: 403 });
    await expect(issuer.verifier.json('/v1/keys', { method: 'POST', body: { use: 'document' } })).rejects.toMatchObject(
      { status: 403 },
    );
  });
});

describe('rotation by hand', () => {
  it('lets a document signer sign at once when its certificate is there, and not before', async () => {
    const before = await keyIn('document', 'active');
    const { kid } = await json<{ kid: string }>(issuer.operator('/v1/keys', { body: { use: 'document' } }));
    expect((await keys('document')).find((key) => key.kid === kid)?.state).toBe('waiting-for-certificate');
    const wallet = await claim();
    expect(headerOf((await wallet.issue())[0]!).kid).toBe(before.kid);
    await certifySigners(issuer, issuer.root);
    expect(headerOf((await wallet.issue())[0]!).kid).toBe(kid);
    const published = await issuer.verifier.json<{ signers: { kid: string }[] }>('/v1/signers');
    expect(published.signers.map((signer) => signer.kid)).toEqual(expect.arrayContaining([before.kid, kid]));
    expect((await keyIn('document', 'superseded')).kid).toBe(before.kid);
  });

  it('announces package and pass signers ten days before they sign', async () => {
    for (const use of ['package', 'pass']) {
      const before = await keyIn(use, 'active');
      const { kid } = await json<{ kid: string }>(issuer.operator('/v1/keys', { body: { use } }));
      await certifySigners(issuer, issuer.root);
      const after = (await keys(use)).find((key) => key.kid === kid)!;
      expect([after.state, Math.round((after.from - now()) / 86_400)]).toEqual(['announced', 10]);
      expect((await keyIn(use, 'active')).kid).toBe(before.kid);
    }
    expect(await refusal(issuer.operator('/v1/keys', { body: { use: 'root' } }))).toEqual([400, 'input-invalid']);
  });
});

describe('the drill: a signer is compromised', () => {
  it('one command refuses all it signed, puts a successor in its place, and wallets hear of it', async () => {
    const wallet = await claim();
    const [copy] = await wallet.issue();
    await wallet.issue('student-pass', 3);
    const { kid } = headerOf(copy!);
    const before = await wallet.state();
    expect(before).toMatchObject({ copies: { 'student-id-sd-jwt': 2, 'student-pass': 3 }, retired_signers: [] });
    const told = wallet.state(`?after=${before.version}&wait=20`);

    const answer = await retire(kid);
    expect(answer.status).toBe(200);
    const { successor } = await json<{ successor: string }>(answer);
    expect(await told).toMatchObject({
      copies: { 'student-id-sd-jwt': 0, 'student-pass': 3 },
      retired_signers: [kid],
    });

    // The successor signs at once, and with its certificate as soon as the root has given it one.
    expect(headerOf((await wallet.issue())[0]!)).toMatchObject({ kid: successor });
    await certifySigners(issuer, issuer.root);
    const [fresh] = await wallet.issue();
    expect(headerOf(fresh!).x5c).toHaveLength(1);
    expect((await wallet.state()).copies['student-id-sd-jwt']).toBe(4);

    const published = await issuer.verifier.json<{
      signers: { kid: string }[];
      retired: { kid: string; since: number; reason: string; certificate_serial: string }[];
    }>('/v1/signers');
    expect(published.signers.map((signer) => signer.kid)).not.toContain(kid);
    const serial = Buffer.from(
      parseCertificate(new Uint8Array(Buffer.from(headerOf(copy!).x5c![0]!, 'base64'))).serial,
    ).toString('hex');
    expect(published.retired).toMatchObject([
      { kid, use: 'document', reason: 'compromised', certificate_serial: serial },
    ]);
    const jwks = await json<{ keys: { kid: string }[] }>(fetch(`${issuer.url}/.well-known/jwks.json`));
    expect(jwks.keys.map((key) => key.kid)).not.toContain(kid);
    const { changes } = await issuer.verifier.json<{ changes: { kind: string }[] }>('/v1/changes?after=0');
    expect(changes.at(-1)?.kind).toBe('signers.changed');
    const audit = await issuer.database.run.raw("SELECT row_text FROM audit WHERE action = 'signer.retired'");
    expect(JSON.parse(audit.rows[0].row_text)).toMatchObject({
      detail: { use: 'document', reason: 'compromised', holders: 1 },
    });
  });

  it('the root’s list names its certificate, and older lists do not come back', async () => {
    const { retired } = await issuer.verifier.json<{ retired: { certificate_serial: string; since: number }[] }>(
      '/v1/signers',
    );
    const revoked = retired.map(({ certificate_serial: serial, since }) => ({
      ...{ serial: Buffer.from(serial, 'hex'), sinceSeconds: since, reason: 'key-compromise' as const },
    }));
    expect((await fetch(`${issuer.url}/crl`)).status).toBe(404);
    const publish = (number: number, root = issuer.root) =>
      issuer.operator('/v1/revocation-list', {
        method: 'PUT',
        body: { crl: base64(root.revocationList({ number, nowSeconds: now(), revoked })) },
      });
    expect((await publish(2)).status).toBe(204);
    const answer = await fetch(`${issuer.url}/crl`);
    expect(answer.headers.get('content-type')).toBe('application/pkix-crl');
    const list = verifyCertificateList(
      new Uint8Array(await answer.arrayBuffer()),
      parseCertificate(issuer.root.certificate),
      { crypto: nodeCrypto, atSeconds: now() },
    );
    expect(list.serials.map((serial) => Buffer.from(serial).toString('hex'))).toEqual([retired[0]!.certificate_serial]);
    expect(await refusal(publish(2))).toEqual([409, 'revocation-list-older']);
    expect(await refusal(publish(1))).toEqual([409, 'revocation-list-older']);
    const made = makeRoot('示例大学', { nowSeconds: now(), record: () => {} });
    const stranger = openRoot({ ...made, universityName: '示例大学', record: () => {} });
    expect(await refusal(publish(9, stranger))).toEqual([422, 'revocation-list-invalid']);
  });

  it('takes a signer once [twice], [ten at once], [unknown], [package], [audit], [reason unknown]', async () => {
    const { kid } = await keyIn('document', 'retired');
    expect(await refusal(retire(kid))).toEqual([409, 'signer-retired']);
    expect(await refusal(retire('AAAAAAAAAAA'))).toEqual([404, 'signer-not-found']);
    for (const use of ['package', 'audit'])
      expect(await refusal(retire((await keyIn(use, 'active')).kid))).toEqual([409, 'signer-use-not-retirable']);
    const status = await keyIn('status', 'active');
    expect(await refusal(retire(status.kid, { reason: 'tired' }))).toEqual([400, 'input-invalid']);
    const answers = await Promise.all(Array.from({ length: 10 }, () => retire(status.kid)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect((await keys('status')).filter((key) => key.state !== 'retired')).toHaveLength(1);
    // A network that repeats a call gets the first answer.
    const { kid: next } = await keyIn('document', 'active');
    const repeat = async () =>
      json(
        issuer.operator(`/v1/keys/${next}/retire`, {
          ...{ body: { reason: 'superseded' }, headers: { 'Idempotency-Key': 'retire-once' } },
        }),
      );
    expect(await repeat()).toEqual(await repeat());
    const made = () =>
      json(issuer.operator('/v1/keys', { body: { use: 'audit' }, headers: { 'Idempotency-Key': 'made-once' } }));
    expect(await made()).toEqual(await made());
    expect(await keys('audit')).toHaveLength(2);
  });

  it('a list signed by a retired status signer is not handed out again [not even as unchanged]', async () => {
    const [copy] = await (await claim()).issue();
    const payload = jwsJsonPayload(parseJws(copy!.split('~')[0]!)) as { status: { status_list: { uri: string } } };
    const { uri } = payload.status.status_list;
    const first = await fetch(uri);
    const before = headerOf(await first.text()).kid;
    expect((await retire(before)).status).toBe(200);
    const again = await fetch(uri, { headers: { 'If-None-Match': first.headers.get('etag')! } });
    expect(again.status).toBe(200);
    expect(headerOf(await again.text()).kid).not.toBe(before);
  });
});

describe('without a root', () => {
  let bare: TestIssuer;
  let nowMs = Date.now();
  beforeAll(async () => {
    bare = await startIssuer('http://localhost:8080', {
      withoutRoot: true,
      clock: { nowMs: () => nowMs, nowSeconds: () => Math.floor(nowMs / 1000) },
    });
    await bare.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  });
  afterAll(() => bare.close());

  it('issuing works by kid alone, no anchor is told, and the operator is warned', async () => {
    expect(headerOf((await (await claim(bare)).issue())[0]!).x5c).toBeUndefined();
    expect(await anchors(bare)).toEqual([]);
    const summary = await json<{ signer_warnings: { use: string; warning: string }[] }>(bare.operator('/v1/summary'));
    expect(summary.signer_warnings.map(({ use, warning }) => `${use} ${warning}`).sort()).toEqual([
      'document not-certified',
      'package not-certified',
      'pass not-certified',
      'status not-certified',
    ]);
    const { kid } = await keyIn('document', 'active', bare);
    const certificate = bare.root.certify(await requestOf(kid, bare), { nowSeconds: now(), issuerUrl: bare.url });
    expect(await refusal(put(kid, certificate, bare))).toEqual([409, 'root-missing']);
    expect((await fetch(`${bare.url}/readyz`)).status).toBe(200);
  });

  it('a year on: warned from 60 days before, a successor from 30 days, which signs after the end at the latest', async () => {
    const DAY = 86_400_000;
    const start = nowMs;
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(bare.folder, 'root.pem'), new X509Certificate(bare.root.certificate).toString());
    await certifySigners(bare, bare.root);
    const first = await keyIn('document', 'active', bare);
    const warnings = async () =>
      (await json<{ warnings: { use: string; warning: string }[] }>(bare.operator('/v1/keys'))).warnings;
    expect(await warnings()).toEqual([]);
    nowMs = start + 334 * DAY;
    expect(await warnings()).toEqual([]);
    nowMs = start + 336 * DAY;
    await bare.maintain();
    expect((await warnings()).map(({ warning }) => warning)).toEqual(['ends', 'ends', 'ends', 'ends']);
    expect(bare.logLines.filter((line) => line.includes('signer.ends'))).toHaveLength(4);
    expect((await fetch(`${bare.url}/readyz`)).status).toBe(200);
    nowMs = start + 366 * DAY;
    await bare.maintain();
    const announced = await keyIn('document', 'announced', bare);
    nowMs = start + 377 * DAY;
    expect((await keyIn('document', 'waiting-for-certificate', bare)).kid).toBe(announced.kid);
    expect((await keyIn('document', 'active', bare)).kid).toBe(first.kid);
    nowMs = start + 396 * DAY;
    expect((await keyIn('document', 'active', bare)).kid).toBe(announced.kid);
    expect((await keyIn('document', 'ended', bare)).kid).toBe(first.kid);
  });
});
