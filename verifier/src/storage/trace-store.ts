import type { Queryable } from '@lanyard/platform';
import { TRACE_KEPT_DAYS, type VerificationTrace } from '../domain/verifications/trace.js';

const DAY_MS = 86_400_000;

/** Writes traces within the transaction of what they tell of, or alone. */
export async function keepTraces(on: Queryable, traces: readonly VerificationTrace[]): Promise<void> {
  if (traces.length === 0) return;
  const at = (index: number) => traces[index]?.atMs ?? 0;
  await on.raw(
    `INSERT INTO verification_trace (kind, at, kept_until, asker, place, row_number, list_number, list_index, claims, verdict, reason)
     SELECT kind, to_timestamp(at / 1000.0), to_timestamp(kept_until / 1000.0), asker, place, row_number, list_number, list_index,
       coalesce(string_to_array(nullif(claims, ''), ' '), '{}'), verdict, reason
     FROM unnest(?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::int[], ?::text[], ?::text[], ?::text[])
       AS t (kind, at, kept_until, asker, place, row_number, list_number, list_index, claims, verdict, reason)`,
    [
      traces.map(({ kind }) => kind),
      traces.map((_, index) => at(index)),
      traces.map(({ kind }, index) => at(index) + TRACE_KEPT_DAYS[kind] * DAY_MS),
      traces.map(({ asker }) => asker),
      traces.map(({ place }) => place),
      // knex's types know no null inside an array; PostgreSQL does.
      traces.map(({ by }) => ('row' in by ? by.row : null)) as number[],
      traces.map(({ by }) => ('row' in by ? null : by.list)) as number[],
      traces.map(({ by }) => ('row' in by ? null : by.index)) as number[],
      traces.map(({ claims }) => claims.join(' ')),
      traces.map(({ verdict }) => verdict),
      traces.map(({ reason }) => reason ?? null) as string[],
    ],
  );
}
