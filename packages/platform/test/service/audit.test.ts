import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSignedAuditHead, signAuditHead } from '../../src/audit/audit-head.js';
import { appendAudit, PLATFORM_MIGRATIONS, prepareSchema, sealAudit, verifyAudit } from '../../src/index.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let run: TestDatabase['run'];
let seal: TestDatabase['seal'];
let adminUrl: string;

beforeAll(async () => {
  database = await createTestDatabase('probe');
  ({ run, seal, adminUrl } = database);
});
afterAll(() => database.close());

const noHeads = () => undefined;
const append = (action: string) =>
  run.transaction((tx) => appendAudit(tx, [{ actor: 'operator', action, subject: 'student:1' }], 1_000));

it('seals every row of parallel transactions into one unbroken chain', async () => {
  await Promise.all(Array.from({ length: 60 }, (_, index) => append(`probe.${index}`)));
  while ((await sealAudit(seal)) > 0);
  expect(await verifyAudit(run, noHeads)).toMatchObject({ ok: true, rows: 60, unsealed: 0 });
});

it('does not link a row before an older open transaction has ended', async () => {
  const open = await run.transaction();
  await appendAudit(open, [{ actor: 'operator', action: 'probe.late', subject: 'x' }], 1_000);
  await append('probe.early');
  expect(await sealAudit(seal)).toBe(0);
  await open.commit();
  expect(await sealAudit(seal)).toBe(2);
  expect(await verifyAudit(run, noHeads)).toMatchObject({ ok: true, rows: 62 });
});

it('lets the run-time role neither change nor delete audit rows', async () => {
  await expect(run.raw("UPDATE audit SET action = 'x'")).rejects.toMatchObject({ code: '42501' });
  await expect(run.raw('DELETE FROM audit')).rejects.toMatchObject({ code: '42501' });
  await expect(run.raw('DELETE FROM audit_link')).rejects.toMatchObject({ code: '42501' });
  await expect(run.raw('CREATE TABLE t (a int)')).rejects.toMatchObject({ code: '42501' });
});

it('keeps the chain whole after an erasure', async () => {
  await seal.raw('UPDATE audit SET row_text = NULL, salt = NULL WHERE id = 5');
  expect(await verifyAudit(run, noHeads)).toMatchObject({ ok: true, erased: 1 });
});

it('finds a changed row [by somebody with the owner role]', async () => {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`UPDATE probe.audit SET row_text = replace(row_text, 'operator', 'nobody') WHERE id = 7`);
  await admin.end();
  expect(await verifyAudit(run, noHeads)).toMatchObject({ ok: false, broken: { fault: 'row-changed' } });
});

it('applies migrations once and refuses an edited one', async () => {
  await prepareSchema(adminUrl, { service: 'probe', migrationFolders: [PLATFORM_MIGRATIONS] });
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`UPDATE probe.migration SET digest = 'other' WHERE name = '0001_audit.sql'`);
  await admin.end();
  await expect(prepareSchema(adminUrl, { service: 'probe', migrationFolders: [PLATFORM_MIGRATIONS] })).rejects.toThrow(
    /edited/,
  );
});

it('reads a signed head under any audit key there ever was [ended one, unknown one, changed head]', () => {
  const [old, present, stranger] = [generateKeyPair(), generateKeyPair(), generateKeyPair()];
  const keys = new Map([
    ['old', old.compressed],
    ['present', present.compressed],
  ]);
  const head = { sequence: 7, link: 'x', iat: 1 };
  const signed = (kidText: string, pair: typeof old) =>
    signAuditHead(head, { kidText, sign: createSigner(pair.privateKey) });
  expect(readSignedAuditHead(signed('old', old), keys)).toEqual({ sequence: 7, link: 'x' });
  expect(readSignedAuditHead(signed('present', present), keys)).toEqual({ sequence: 7, link: 'x' });
  expect(readSignedAuditHead(signed('stranger', stranger), keys)).toBeUndefined();
  expect(readSignedAuditHead(signed('old', stranger), keys)).toBeUndefined();
  expect(readSignedAuditHead(signed('old', old).replace('.', '.e30'), keys)).toBeUndefined();
});
