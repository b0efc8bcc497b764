import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERIFIER_RETENTION } from '../../../src/domain/retention/rules.js';
import { type Pair, passAt, startPair } from './support.js';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair(7915);
}, 120_000);
afterAll(() => pair?.close());

const raw = (sql: string) => pair.verifier.database.run.raw(sql);
const retain = () => pair.verifier.verifier.retain(pair.verifier.database.seal);

describe('retention at the verifier', () => {
  it('has one rule for every table there is, and none for one that is not', async () => {
    const { rows } = await raw(
      "SELECT table_name AS t FROM information_schema.tables WHERE table_schema = 'verifier' AND table_type = 'BASE TABLE'",
    );
    const named = VERIFIER_RETENTION.map(({ table }) => table);
    expect(new Set(named).size).toBe(named.length);
    expect([...named].sort()).toEqual(rows.map(({ t }: { t: string }) => t).sort());
  });

  it('deletes passages after seven days, counted in the audit, and keeps those of six', async () => {
    await passAt(pair.verifier, 'south-gate', [1, 2, 3]);
    await raw("UPDATE passage SET received_at = received_at - interval '8 days' WHERE sequence < 3");
    await raw("UPDATE passage SET received_at = received_at - interval '6 days' WHERE sequence = 3");
    await retain();
    const left = await raw('SELECT sequence FROM passage');
    expect(left.rows).toEqual([{ sequence: 3 }]);
    const told = await raw("SELECT row_text::jsonb AS row FROM audit WHERE action = 'retention.applied'");
    expect(told.rows).toMatchObject([{ row: { actor: 'retention', detail: { table: 'passage', rows: 2 } } }]);
  });

  it('takes the audit’s text after three years and leaves its digest; younger rows keep theirs', async () => {
    await pair.verifier.seal();
    const { rows } = await pair.verifier.database.seal.raw('SELECT count(*) AS n FROM audit WHERE row_text IS NULL');
    expect(Number(rows[0].n)).toBe(0);
    await retain();
    const checked = await pair.verifier.operator('/v1/audit/verification');
    expect(await checked.json()).toMatchObject({ ok: true, erased: 0 });
  });
});
