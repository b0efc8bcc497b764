import { readAuditKeys, verifyAudit } from '@lanyard/platform';
import { jwsJsonPayload, parseJws } from '@lanyard/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSignedAuditHead } from '../../../packages/platform/src/audit/audit-head.js';
import { sealAll } from '../../../packages/platform/test/support/seal-all.js';
import { ISSUER_RETENTION, PERSON_KEPT_DAYS } from '../../src/domain/retention/rules.js';
import { claimAt, requestBody, roster } from './support/claim.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const [NUMBER, OTHER] = ['202301000001', '202305000002'];
let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
}, 120_000);
afterAll(() => issuer?.close());

const raw = (sql: string, bindings: (string | number)[] = []) => issuer.database.run.raw(sql, bindings);
const countOf = async (sql: string, bindings: (string | number)[] = []) => Number((await raw(sql, bindings)).rows[0].n);

describe('retention rules', () => {
  it('name every table there is, once, and none that is not', async () => {
    const { rows } = await raw(
      "SELECT table_name AS t FROM information_schema.tables WHERE table_schema = 'issuer' AND table_type = 'BASE TABLE'",
    );
    const named = ISSUER_RETENTION.map(({ table }) => table);
    expect(new Set(named).size).toBe(named.length);
    expect([...named].sort()).toEqual(rows.map(({ t }: { t: string }) => t).sort());
  });

  it('say of every table that names a student how the student’s rows are found', async () => {
    const { rows } = await raw(
      `SELECT DISTINCT conrelid::regclass::text AS t FROM pg_constraint WHERE contype = 'f' AND confrelid = 'student'::regclass`,
    );
    const erased = ISSUER_RETENTION.filter(({ erase }) => erase !== undefined).map(({ table }) => table);
    for (const { t } of rows as { t: string }[]) expect(erased).toContain(t.replace('issuer.', ''));
  });

  it('find a person’s rows by an index in every table: for the export, the erasure and the list', async () => {
    const { rows } = await raw(
      `SELECT c.relname AS t, (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum = i.indkey[0]) AS first,
         pg_get_expr(i.indpred, i.indrelid) AS only
       FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'issuer'`,
    );
    // A partial index serves only what its condition follows from; `= ?` implies IS NOT NULL and nothing more.
    const serves = (table: string, column: string) =>
      (rows as { t: string; first: string | null; only: string | null }[]).some(
        (one) =>
          one.t === table && one.first === column && (one.only === null || one.only === `(${column} IS NOT NULL)`),
      );
    // Marks are emptied at each publication and written by the million: an index would cost more than it finds.
    const bare = ISSUER_RETENTION.filter(({ table }) => table !== 'people_mark').flatMap(({ table, erase }) => {
      const column = erase === undefined ? undefined : /^(\w+) (?:=|IN) /.exec(erase)?.[1];
      return column === undefined || serves(table, column) ? [] : [`${table}.${column}`];
    });
    expect(bare).toEqual([]);
    // The rest of what an export asks by.
    for (const [table, column] of [
      ['student', 'student_number'],
      ['holder', 'student_id'],
      ['opened_person', 'opening_id'],
      ['person_look', 'student_id'],
    ] as const)
      expect([table, serves(table, column)]).toEqual([table, true]);
    const audit = (rows as { t: string; first: string | null; only: string | null }[]).filter(
      (one) => one.t === 'audit' && one.first === null,
    );
    expect(audit.length).toBeGreaterThan(0);
  });

  it('delete what is over and count it in the audit, and nothing that is not [looks of 30 days]', async () => {
    await issuer.verifier.json('/v1/people-searches', { method: 'POST', body: { q: NUMBER }, actor: 'account:guard' });
    await issuer.verifier.json('/v1/people-searches', { method: 'POST', body: { q: OTHER }, actor: 'account:guard' });
    await raw("UPDATE person_look SET at = at - interval '31 days' WHERE id = (SELECT min(id) FROM person_look)");
    await issuer.retain();
    expect(await countOf('SELECT count(*) AS n FROM person_look')).toBe(1);
    const { rows } = await raw(
      "SELECT row_text::jsonb AS row FROM audit WHERE action = 'retention.applied' ORDER BY id DESC LIMIT 1",
    );
    expect(rows[0].row).toMatchObject({ actor: 'retention', subject: 'table:person_look', detail: { rows: 1 } });
    const before = await countOf("SELECT count(*) AS n FROM audit WHERE action = 'retention.applied'");
    await issuer.retain();
    expect(await countOf("SELECT count(*) AS n FROM audit WHERE action = 'retention.applied'")).toBe(before);
  });
});

describe('a person', () => {
  const leave = () =>
    issuer.operator(`/v1/students/${NUMBER}/status-changes`, {
      body: {
        kind: 'withdrawal',
        effective_date: new Date().toISOString().slice(0, 10),
        document_number: '退学〔2026〕1号',
      },
    });
  /** Time passes for him alone. */
  const leftDaysAgo = (days: number) =>
    raw("UPDATE status_change SET effective_date = current_date - ?::int WHERE kind = 'withdrawal'", [days]);
  const verify = async () => {
    const keys = await readAuditKeys(issuer.database.run);
    return verifyAudit(issuer.database.run, (jws) => readSignedAuditHead(jws, keys));
  };

  it('is erased years after leaving and not a day before; others stay', async () => {
    const { wallet, tokens } = await claimAt(issuer, NUMBER);
    await wallet.call('/credential', tokens.access_token, await requestBody(wallet, 'student-id-sd-jwt', 2));
    expect((await leave()).status).toBe(201);
    await leftDaysAgo(PERSON_KEPT_DAYS.withdrawn - 2);
    await issuer.retain();
    expect(await countOf('SELECT count(*) AS n FROM student WHERE student_number = ?', [NUMBER])).toBe(1);
    await leftDaysAgo(PERSON_KEPT_DAYS.withdrawn + 2);
    await sealAll(issuer.database.seal);
    await issuer.retain();
    expect(await countOf('SELECT count(*) AS n FROM student WHERE student_number = ?', [NUMBER])).toBe(0);
    expect(await countOf('SELECT count(*) AS n FROM student WHERE student_number = ?', [OTHER])).toBe(1);
  });

  it('leaves a signed proof with counts and without a name, found by whoever has the number', async () => {
    await sealAll(issuer.database.seal);
    await issuer.retain();
    const { rows } = await raw('SELECT id, counts, student_id, audit_rows, proof FROM person_erasure');
    expect(rows).toMatchObject([{ student_id: null, counts: { student: 1, credential: 2, wallet: 1 } }]);
    const text = JSON.stringify(rows);
    for (const canary of [NUMBER, '邓涛波']) expect(text).not.toContain(canary);
    const jws = parseJws(rows[0].proof);
    expect(jws.header).toMatchObject({ typ: 'lanyard-erasure-proof+jwt' });
    expect(jwsJsonPayload(jws)).toMatchObject({ id: rows[0].id, counts: { student: 1 } });
  });

  it('is gone from the audit’s text, by the role for that, and the chain still holds', async () => {
    expect(await countOf('SELECT count(*) AS n FROM audit WHERE row_text IS NULL')).toBeGreaterThan(0);
    expect(await countOf("SELECT count(*) AS n FROM audit WHERE action = 'audit.text-erased'")).toBeGreaterThan(0);
    await sealAll(issuer.database.seal);
    const checked = await verify();
    expect(checked).toMatchObject({ ok: true });
    expect(checked.erased).toBeGreaterThan(0);
  });

  it('is not erased by the role of every day: it may neither change nor empty the audit', async () => {
    await expect(raw('UPDATE audit SET row_text = NULL, salt = NULL WHERE id = 1')).rejects.toThrow(
      /permission denied/,
    );
    await expect(issuer.database.seal.raw('DELETE FROM student')).rejects.toThrow(/permission denied/);
  });

  it('who asks about a number nobody had is told so; the operator token is told nothing', async () => {
    expect((await issuer.operator('/v1/erasure-proofs', { body: { student_number: NUMBER } })).status).toBe(403);
  });
});
