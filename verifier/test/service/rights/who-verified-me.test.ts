import { randomBytes } from 'node:crypto';
import { STUDENT_ID_VCT } from '@lanyard/protocol';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/start-verifier.js';
import { answer, fetchRequest, presentFor } from '../support/wallet.js';
import { withoutTable } from '../support/without-table.js';
import { claimWallet, type HeldWallet, OTHER, type Pair, passAt, STUDENT, startPair } from './support.js';

interface Verification {
  at: number;
  kind: string;
  who: { name_zh: string; name_en: string } | null;
  asker: string | null;
  purpose: unknown;
  claims: string[];
  result: string;
  result_reason: string | null;
}
interface Page {
  verifications: Verification[];
  next: string | null;
  missing: string[];
}
let pair: Pair;
let student: HeldWallet;
let other: HeldWallet;
const partner = generateKeyPair();

beforeAll(async () => {
  pair = await startPair(7902);
  student = await claimWallet(pair.issuer, STUDENT);
  other = await claimWallet(pair.issuer, OTHER);
  const { verifier } = pair;
  await until(
    async () => (await verifier.verify({ code: student.gateCode(), checkpoint: 'south-gate' })).verdict === 'accepted',
  );
  await until(async () => (await verifier.verify({ code: student.portable() })).verdict === 'accepted');
  await tracesWritten();
  await verifier.database.run.raw('DELETE FROM verification_trace');
}, 120_000);
afterAll(() => pair?.close());

const list = (wallet: HeldWallet, query = '') => wallet.read<Page>(`/v1/holder/verifications${query}`);
const kinds = async (wallet: HeldWallet) => (await list(wallet)).verifications.map(({ kind }) => kind);
const tracesWritten = () => pair.verifier.verifier.flushCounts();

/** What a railway asks, by its own token. */
async function partnerCheck(code: string) {
  const { verifier } = pair;
  const registration = {
    keys: [partner.jwk],
    purposes: ['rail-discount'],
    claims: ['interval', 'level'],
    sandbox: false,
  };
  const body = { name_zh: '铁路', name_en: 'Railway', checks_per_minute: 1_000, ...registration };
  expect((await verifier.operator('/v1/partners/rail', { method: 'PUT', body })).status).toBe(200);
  const claims = { iss: 'rail', sub: 'rail', aud: `${verifier.url}/partner`, jti: randomBytes(16).toString('hex') };
  const now = Math.floor(Date.now() / 1000);
  const assertion = await new SignJWT({ ...claims, iat: now, exp: now + 60 })
    .setProtectedHeader({ alg: 'ES256' })
    .sign(partner.privateKey);
  const token = await fetch(`${verifier.url}/partner/v1/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const headers = { Authorization: `Bearer ${access_token}`, 'Idempotency-Key': randomBytes(8).toString('hex') };
  return verifier.call('/partner/v1/checks', { body: { purpose: 'rail-discount', code }, headers });
}

describe('a student reads who verified him', () => {
  it('[gate]: where and with which verdict, from what the gate wrote under his row', async () => {
    await passAt(pair.verifier, 'south-gate', [student.row, other.row, null]);
    const { verifications, missing } = await list(student);
    expect(missing).toEqual([]);
    expect(verifications.filter(({ kind }) => kind === 'passage')).toMatchObject([
      { who: { name_zh: '南门', name_en: 'South gate' }, asker: null, result: 'accepted', result_reason: null },
    ]);
  });

  it('[code at a desk, refused too]: under his row and under the entry of his pass', async () => {
    const { verifier } = pair;
    const code = student.gateCode();
    await verifier.verify({ code, checkpoint: 'south-gate' });
    await verifier.verify({ code, checkpoint: 'south-gate' });
    await verifier.verify({ code: student.portable(), purpose: 'student-status' });
    await tracesWritten();
    const codes = (await list(student)).verifications.filter(({ kind }) => kind === 'code');
    expect(codes.map(({ result }) => result).sort()).toEqual(['accepted', 'accepted', 'rejected']);
    expect(codes.find(({ result }) => result === 'rejected')).toMatchObject({ result_reason: 'replayed' });
    expect(codes.find(({ purpose }) => purpose !== null)).toMatchObject({ purpose: { name_en: 'Current student' } });
  });

  it('[presentation]: which claims were told, their names and not their values', async () => {
    const { verifier, issuer } = pair;
    const { reader } = (await (await fetch(`${issuer.url}/v1/anchors`)).json()) as { reader: string[] };
    const credential = { id: 'id', format: 'dc+sd-jwt', meta: { vct_values: [STUDENT_ID_VCT] } };
    const body = { dcql_query: { credentials: [{ ...credential, claims: [{ path: ['student_number'] }] }] } };
    const made = (await (await verifier.operator('/v1/presentation-requests', { body })).json()) as {
      authorization_request: string;
    };
    const request = await fetchRequest(made.authorization_request, Buffer.from(reader[0] ?? '', 'base64'));
    const held = { pair: student.studentId.pair, compact: student.studentId.credential };
    expect((await answer(request, { id: [presentFor(request, held)] })).status).toBe(200);
    const presented = (await list(student)).verifications.filter(({ kind }) => kind === 'presentation');
    expect(presented).toMatchObject([{ claims: ['student_number'], asker: 'operator', result: 'accepted' }]);
    expect(JSON.stringify(presented)).not.toContain(STUDENT);
  });

  it('[partner]: who, what for and what they learned', async () => {
    expect((await partnerCheck(student.portable())).status).toBe(201);
    const checks = (await list(student)).verifications.filter(({ kind }) => kind === 'partner');
    expect(checks).toMatchObject([
      {
        who: { name_en: 'Railway' },
        purpose: { name_en: 'Rail discount' },
        claims: ['interval', 'level'],
        result: 'eligible',
      },
    ]);
  });

  it('[staff at the console] [guard’s search] [face]: as an office, without who', async () => {
    await pair.issuer.operator(`/v1/students/${STUDENT}`);
    expect(await kinds(student)).toContain('page');
    const page = (await list(student)).verifications.find(({ kind }) => kind === 'page');
    expect(page).toMatchObject({ asker: 'staff', who: null, result: 'shown' });
    expect(JSON.stringify(page)).not.toContain('operator');
  });

  it('and nothing of anybody else, though eight people were asked about', async () => {
    expect(await kinds(other)).toEqual(['passage']);
    const { rows } = await pair.verifier.database.run.raw(
      "SELECT row_text::jsonb AS row FROM audit WHERE action = 'person-verifications.told' ORDER BY id DESC LIMIT 1",
    );
    // Both students' rows in one question: neither stands alone.
    expect(rows[0].row).toMatchObject({ actor: 'service:issuer', subject: 'people', detail: { rows: 2 } });
  });

  it('page by page, each once and none left out', async () => {
    const whole = (await list(student)).verifications;
    const seen: Verification[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page: Page = await list(student, `?limit=2${next === '' ? '' : `&after=${next}`}`);
      expect(page.verifications.length).toBeLessThanOrEqual(2);
      seen.push(...page.verifications);
      next = page.next;
    }
    expect(seen).toEqual(whole);
  });

  it.each([['?limit=101'], ['?after=x'], ['?after=1.1.1'], ['?student=2']])('and is told off for %s', async (query) => {
    expect((await student.call(`/v1/holder/verifications${query}`)).status).toBe(400);
  });

  it('with the source named that could not be asked', async () => {
    const { issuer, verifier } = pair;
    await withoutTable(verifier.database, 'passage', async () => {
      const { missing, verifications } = await list(student);
      expect(missing).toEqual(['verifier']);
      expect(verifications.map(({ kind }) => kind)).toContain('page');
    });
    expect(issuer.logLines.join('\n')).not.toContain(STUDENT);
  });
});

describe('the verifier tells of people', () => {
  it('to the issuer and nobody else [operator] [console] [open]', async () => {
    const body = { rows: [student.row], entries: [], subjects: [] };
    expect((await pair.verifier.operator('/v1/person-verifications', { body })).status).toBe(403);
    expect((await pair.verifier.call('/v1/person-verifications', { body })).status).toBe(401);
    await expect(pair.verifier.admin.json('/v1/person-verifications', { method: 'POST', body })).rejects.toMatchObject({
      status: 403,
    });
  });

  it('and the list is the student’s alone [no token] [staff]', async () => {
    expect((await fetch(`${pair.issuer.url}/v1/holder/verifications`)).status).toBe(401);
    expect((await pair.issuer.operator('/v1/holder/verifications')).status).toBe(401);
  });
});
