import type { Database, Transaction } from '@lanyard/platform';
import { REVOKING_STATUSES } from '../../domain/life/revoking-statuses.js';
import { searchTermOf } from '../../domain/roster/search-term.js';

export interface StudentQuery {
  q?: string | undefined;
  college?: string | undefined;
  class?: string | undefined;
  enrolment_status?: string | undefined;
  /** None in use and none to be looked at, of those whose student ID is not revoked. */
  portrait?: 'none' | undefined;
  after?: string | undefined;
  limit: number;
}

/** Beyond it is only said that there are more. */
const COUNTED = 1000;
const LIST_COLUMNS = `s.student_number, s.name, s.name_latin, s.college, s.major, s.class, s.enrolment_status, hs.credential_state, s.registered_until`;

interface Part {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * One page of the register by number. How it is looked for depends on what narrows it down most, which is measured and
 * not left to estimates: a term that fits few gives its students, a term that fits very many is met soon in the order
 * of numbers, and a class or a rare status gives few anyway.
 */
export async function searchStudents(db: Database, query: StudentQuery) {
  const filter = filterOf(query);
  const term = searchTermOf(query.q ?? '');
  return db.transaction(
    async (transaction) => {
      const found = await find(transaction, query, filter, term);
      const { rows } = await transaction.raw(
        `WITH page AS MATERIALIZED (${found.page.sql} LIMIT ?)
         SELECT ${LIST_COLUMNS} FROM page p JOIN student s ON s.id = p.id JOIN holder_state hs ON hs.student_id = p.id
         ORDER BY s.student_number`,
        [...found.page.values, query.limit + 1] as never,
      );
      const students = (rows as { student_number: string }[]).slice(0, query.limit);
      // The total helps people to see how much there is.
      const estimate = found.atLeast ?? (await countOf(transaction, found.all));
      return { students, next: rows.length > query.limit ? students.at(-1)?.student_number : null, estimate };
    },
    { readOnly: true },
  );
}

async function find(
  transaction: Transaction,
  query: StudentQuery,
  filter: Part,
  term: string,
): Promise<{ page: Part; all: Part; atLeast?: number }> {
  const after = query.after ?? '';
  const within = (sql: string, values: readonly unknown[], number = 's.student_number') => ({
    all: { sql, values },
    page: { sql: `${sql} AND ${number} > ? ORDER BY ${number}`, values: [...values, after] },
  });
  if (term === '') return within(`SELECT s.id FROM student s WHERE ${filter.sql}`, filter.values);
  const terms = `'${term}':*`;
  // Few rows are looked up one by one; reading the other table as a whole is never worth it here.
  await transaction.raw('SET LOCAL enable_hashjoin = off');
  await transaction.raw('SET LOCAL enable_mergejoin = off');
  if (query.class !== undefined || (query.enrolment_status ?? 'enrolled') !== 'enrolled')
    return within(
      `SELECT s.id FROM (SELECT s.id, s.student_number FROM student s WHERE ${filter.sql} OFFSET 0) s
       JOIN student_search f ON f.student_id = s.id WHERE f.terms @@ ?::tsquery`,
      [...filter.values, terms],
    );
  const hits = 'SELECT f.student_id FROM student_search f WHERE f.terms @@ ?::tsquery';
  const few = (await countOf(transaction, { sql: hits, values: [terms] })) <= COUNTED;
  if (few)
    return within(`SELECT s.id FROM (${hits} OFFSET 0) h JOIN student s ON s.id = h.student_id WHERE ${filter.sql}`, [
      terms,
      ...filter.values,
    ]);
  await transaction.raw('SET LOCAL enable_bitmapscan = off');
  const walked = within(
    `SELECT s.id FROM student_search f JOIN student s ON s.id = f.student_id WHERE f.terms @@ ?::tsquery AND ${filter.sql}`,
    [terms, ...filter.values],
    'f.student_number',
  );
  return { ...walked, atLeast: COUNTED + 1 };
}

async function countOf(transaction: Transaction, part: Part): Promise<number> {
  const { rows } = await transaction.raw(
    `SELECT count(*) AS n FROM (${part.sql} LIMIT ${COUNTED + 1}) c`,
    part.values as never,
  );
  return Number(rows[0].n);
}

function filterOf(query: StudentQuery): Part {
  const parts: string[] = [];
  const values: unknown[] = [];
  for (const [column, value] of [
    ['college', query.college],
    ['class', query.class],
    ['enrolment_status', query.enrolment_status],
  ] as const) {
    if (value === undefined) continue;
    parts.push(`s.${column} = ?`);
    values.push(value);
  }
  if (query.portrait === 'none') {
    parts.push('s.portrait_id IS NULL AND s.pending_portrait_id IS NULL AND s.enrolment_status <> ALL(?::text[])');
    values.push(REVOKING_STATUSES);
  }
  if (query.enrolment_status === undefined) {
    // Who has died is found by the whole number or by that status, and by nobody who browses.
    parts.push("(s.enrolment_status <> 'deceased' OR s.student_number = ?)");
    values.push(query.q?.trim() ?? '');
  }
  return { sql: parts.join(' AND '), values };
}
