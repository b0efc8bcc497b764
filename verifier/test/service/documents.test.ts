import { DOCUMENT_VCT, STUDENT_ID_VCT } from '@lanyard/protocol';
import { generateKeyPair, type NodeKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOURS, openDocumentDesk } from '../../../issuer/test/service/support/issue-documents.js';
import { createSoftwareWallet } from '../../../issuer/test/service/support/software-wallet.js';
import { claimWallet, type HeldWallet, type Pair, STUDENT, startPair } from './rights/support.js';
import { present } from './support/codes.js';
import { until } from './support/start-verifier.js';
import { answer, fetchRequest, presentFor } from './support/wallet.js';

let pair: Pair;
let wallet: HeldWallet;
let root: Buffer;
let issue: ReturnType<typeof openDocumentDesk>;
interface Paper {
  pair: NodeKeyPair;
  compact: string;
  number: string;
}

beforeAll(async () => {
  pair = await startPair(7684);
  issue = openDocumentDesk(pair.issuer);
  wallet = await claimWallet(pair.issuer, STUDENT);
  const { reader } = (await (await fetch(`${pair.issuer.url}/v1/anchors`)).json()) as { reader: string[] };
  root = Buffer.from(reader[0] ?? '', 'base64');
}, 120_000);
afterAll(() => pair?.close());

/** A document with one copy in the wallet. */
async function held(): Promise<Paper> {
  const { number } = await issue(STUDENT, HOURS);
  const key = generateKeyPair();
  const software = createSoftwareWallet(pair.issuer.url);
  const proofs = { jwt: [software.proof(key, await software.nonce())] };
  const got = await wallet.call('/credential', { credential_identifier: `document-sd-jwt.${number}`, proofs });
  const { credentials } = (await got.json()) as { credentials: { credential: string }[] };
  return { pair: key, compact: credentials[0]!.credential, number };
}
const query = (vct: string, kind: string) => ({
  credentials: [
    {
      ...{ id: 'paper', format: 'dc+sd-jwt', meta: { vct_values: [vct] } },
      claims: [{ path: ['kind'], values: [kind] }, { path: ['document_number'] }, { path: ['facts'] }],
    },
  ],
});
/** What the verifier says to its caller of a document shown for this query. */
async function read(paper: Paper, dcql_query: object, change: Parameters<typeof presentFor>[2] = {}) {
  const made = await (await pair.verifier.operator('/v1/presentation-requests', { body: { dcql_query } })).json();
  const { id, authorization_request: link } = made as { id: string; authorization_request: string };
  const request = await fetchRequest(link, root);
  await answer(request, { paper: [presentFor(request, paper, change)] });
  const seen = await (await pair.verifier.operator(`/v1/presentation-requests/${id}`)).json();
  return seen as { verdict?: string; reason?: string; claims?: object };
}

describe('a document that is asked for', () => {
  it('is accepted with its kind, its number and what it certifies, and nothing about whose it is', async () => {
    const paper = await held();
    const seen = await read(paper, query(DOCUMENT_VCT, 'volunteer-hours'));
    expect(seen).toMatchObject({ verdict: 'accepted' });
    const claims = { kind: 'volunteer-hours', document_number: paper.number, facts: HOURS.case_facts };
    expect(seen.claims).toMatchObject(claims);
    expect(Object.keys(seen.claims ?? {}).sort()).toEqual(Object.keys(claims).sort());
    // Its holder reads who was told what, as of a student ID.
    await until(async () => {
      const { verifications } = await wallet.read<{ verifications: { kind: string; claims: string[] }[] }>(
        '/v1/holder/verifications',
      );
      return verifications.some((row) => row.kind === 'presentation' && row.claims.includes('facts'));
    });
  });
  it('is refused where another kind was asked for, or its holder did not sign', async () => {
    const paper = await held();
    expect(await read(paper, query(DOCUMENT_VCT, 'scholarship-certificate'))).toMatchObject({
      ...{ verdict: 'rejected', reason: 'query-not-satisfied' },
    });
    const stolen = await read(paper, query(DOCUMENT_VCT, 'volunteer-hours'), { signWith: generateKeyPair() });
    expect(stolen.verdict).toBe('rejected');
  });
  it('is refused once it was revoked', async () => {
    const paper = await held();
    expect((await read(paper, query(DOCUMENT_VCT, 'volunteer-hours'))).verdict).toBe('accepted');
    const path = `/v1/case-documents/${paper.number}/revoke`;
    expect((await pair.issuer.operator(path, { body: { reason_code: 'data-error' } })).status).toBe(204);
    await until(async () => (await read(paper, query(DOCUMENT_VCT, 'volunteer-hours'))).reason === 'revoked');
  });
  it('is no student ID, at a request and at a desk', async () => {
    const paper = await held();
    const seen = await read(paper, query(STUDENT_ID_VCT, 'volunteer-hours'));
    expect(seen.verdict).toBe('rejected');
    const shown = { nonce: 'nonce-of-a-desk', audience: 'x' };
    const presentation = present(paper, { ...shown, claims: ['kind'] });
    expect((await pair.verifier.verify({ presentation, ...shown })).verdict).toBe('rejected');
  });
  it('cannot be asked for under a name that nobody proves here', async () => {
    const refused = await pair.verifier.operator('/v1/presentation-requests', {
      body: { dcql_query: query('urn:lanyard:alumni-id:1', 'x') },
    });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ code: 'dcql-query-invalid' });
  });
});
