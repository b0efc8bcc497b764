import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealAll } from '../../../../packages/platform/test/support/seal-all.js';
import { CLOSED_ACCOUNT_DAYS, IDP_RETENTION } from '../../../src/domain/retention/rules.js';
import { openAccount, registerPasskey } from '../sign-in/person.js';
import { type IdpUnderTest, startIdp } from '../support/idp-under-test.js';

let idp: IdpUnderTest;
beforeAll(async () => {
  idp = await startIdp();
});
afterAll(() => idp?.close());

const raw = (sql: string, bindings: (string | number)[] = []) => idp.database.run.raw(sql, bindings);
const closedDaysAgo = (id: string, days: number) =>
  raw("UPDATE account SET state = 'closed', updated_at = now() - make_interval(days => ?) WHERE id = ?", [days, id]);
const exists = async (id: string) => (await raw('SELECT 1 FROM account WHERE id = ?', [id])).rowCount === 1;

describe('retention at the identity layer', () => {
  it('has one rule for every table there is, and says of those that name an account where its rows are', async () => {
    const { rows } = await raw(
      "SELECT table_name AS t FROM information_schema.tables WHERE table_schema = 'idp' AND table_type = 'BASE TABLE'",
    );
    expect(IDP_RETENTION.map(({ table }) => table).sort()).toEqual(rows.map(({ t }: { t: string }) => t).sort());
    const references = await raw(
      "SELECT DISTINCT conrelid::regclass::text AS t FROM pg_constraint WHERE contype = 'f' AND confrelid = 'account'::regclass",
    );
    const erased = IDP_RETENTION.filter(({ erase }) => erase !== undefined).map(({ table }) => table);
    for (const { t } of references.rows as { t: string }[]) expect(erased).toContain(t);
  });

  it('finds an account’s rows by an index in every table: for the export and the erasure', async () => {
    const { rows } = await raw(
      `SELECT c.relname AS t, (SELECT attname FROM pg_attribute WHERE attrelid = c.oid AND attnum = i.indkey[0]) AS first,
         pg_get_expr(i.indpred, i.indrelid) AS only
       FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'idp'`,
    );
    const whole = (rows as { t: string; first: string | null; only: string | null }[]).filter(
      ({ first, only }) => only === null || only === `(${first} IS NOT NULL)`,
    );
    const bare = IDP_RETENTION.flatMap(({ table, erase }) => {
      const column = erase === undefined ? undefined : /^(\w+) = /.exec(erase)?.[1];
      return column === undefined || whole.some((one) => one.t === table && one.first === column)
        ? []
        : [`${table}.${column}`];
    });
    expect(bare).toEqual([]);
  });

  it('erases a student’s account years after it was closed, and no other [closed lately] [open] [staff]', async () => {
    const gone = await idp.addAccount({ number: '9202310000200' });
    await openAccount(idp, gone);
    await registerPasskey(idp, gone);
    const lately = await idp.addAccount({ number: '9202310000201' });
    const open = await idp.addAccount({ number: '9202310000202' });
    const staff = await idp.addAccount({ number: 'T200', kind: 'staff' });
    await closedDaysAgo(gone, CLOSED_ACCOUNT_DAYS + 1);
    await closedDaysAgo(lately, CLOSED_ACCOUNT_DAYS - 1);
    await closedDaysAgo(staff, CLOSED_ACCOUNT_DAYS + 1);
    await sealAll(idp.database.seal);
    await idp.idp.retain(idp.database.seal);
    expect([await exists(gone), await exists(lately), await exists(open), await exists(staff)]).toEqual([
      ...[false, true, true, true],
    ]);
    const { rows } = await raw(
      "SELECT action, row_text::jsonb -> 'detail' AS detail FROM audit WHERE row_text LIKE ?",
      [`%account:${gone}%`],
    );
    expect(rows).toMatchObject([{ action: 'account.erased', detail: { counts: { account: 1, passkey: 1 } } }]);
  });
});
