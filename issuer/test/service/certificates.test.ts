import { createHash } from 'node:crypto';
import { ServiceCallError } from '@lanyard/platform';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { createCertificateRequest, dnsNamesOf, verifyCertificateChain } from '@lanyard/protocol/x509';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

const pointOf = ({ jwk }: { jwk: { x: string; y: string } }) =>
  Buffer.concat([Buffer.of(4), Buffer.from(jwk.x, 'base64url'), Buffer.from(jwk.y, 'base64url')]);
const requestFor = (pair = generateKeyPair(), signWith = pair) =>
  Buffer.from(createCertificateRequest(pointOf(pair), createSigner(signWith.privateKey)));
const ask = (csr: Uint8Array, more: object = {}) =>
  issuer.verifier.json<{ certificates: string[] }>('/v1/certificates', {
    method: 'POST',
    body: { csr: Buffer.from(csr).toString('base64'), use: 'request', ...more },
  });
const refusal = async (asked: Promise<unknown>) => {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ServiceCallError);
  return (error as ServiceCallError).code;
};
const anchors = async () => {
  const answer = await fetch(`${issuer.url}/v1/anchors`, { headers: { Origin: 'https://wallet.example' } });
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  const { reader } = (await answer.json()) as { reader: string[] };
  return reader.map((text) => Buffer.from(text, 'base64'));
};
const now = () => Math.floor(Date.now() / 1000);

it('certifies a key whose owner proved it, for the host of the verifier and one year, under the open root', async () => {
  const pair = generateKeyPair();
  const [leaf = '', root = ''] = (await ask(requestFor(pair))).certificates;
  const [anchor] = await anchors();
  expect(Buffer.from(root, 'base64')).toEqual(anchor);
  const certificate = verifyCertificateChain({
    leaf: Buffer.from(leaf, 'base64'),
    chain: [],
    anchors: [anchor!],
    atSeconds: now(),
    usage: {},
    crypto: nodeCrypto,
  });
  expect(dnsNamesOf(certificate)).toEqual(['localhost']);
  expect(Buffer.from(certificate.publicPoint)).toEqual(pointOf(pair));
  expect(Math.round((certificate.notAfterSeconds - now()) / 86_400)).toBe(365);
});

it('writes each certificate and its audit row down, with a serial of its own', async () => {
  const leaves = await Promise.all([ask(requestFor()), ask(requestFor()), ask(requestFor())]);
  expect(new Set(leaves.map(({ certificates }) => certificates[0])).size).toBe(3);
  const { rows } = await issuer.database.run.raw("SELECT serial FROM certificate WHERE use = 'request'");
  expect(rows.length).toBeGreaterThanOrEqual(3);
  const audit = await issuer.database.run.raw("SELECT count(*) AS n FROM audit WHERE action = 'certificate.issued'");
  expect(audit.rows[0].n).toBe(rows.length + 1);
});

it('refuses a request [another key signed it], [changed], [not DER], [subject of its own], [other use], [member too many]', async () => {
  expect(await refusal(ask(requestFor(generateKeyPair(), generateKeyPair())))).toBe('certificate-request-invalid');
  const changed = requestFor();
  changed[60] = (changed[60] ?? 0) ^ 1;
  expect(await refusal(ask(changed))).toBe('certificate-request-invalid');
  expect(await refusal(ask(createHash('sha512').update('x').digest()))).toBe('certificate-request-invalid');
  const named = requestFor();
  named[8] = 2;
  expect(await refusal(ask(named))).toBe('certificate-request-invalid');
  expect(await refusal(ask(requestFor(), { use: 'document' }))).toBe('input-invalid');
  expect(await refusal(ask(requestFor(), { dns_name: 'evil.example' }))).toBe('input-invalid');
});

it('is for the verifier alone [operator], [nobody]', async () => {
  const body = { csr: requestFor().toString('base64'), use: 'request' };
  expect((await issuer.operator('/v1/certificates', { body })).status).toBe(403);
  const open = await fetch(`${issuer.url}/v1/certificates`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(open.status).toBe(401);
});
