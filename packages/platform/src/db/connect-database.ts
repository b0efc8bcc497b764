import knex, { type Knex } from 'knex';
import pg from 'pg';

export type Database = Knex;
export type Transaction = Knex.Transaction;
/** What a store takes where it works both inside and outside a transaction. */
export type Queryable = Knex | Knex.Transaction;

// bigint stays exact: identifiers come as text unless they fit a number, dates as the text that was stored.
const INT8 = 20;
const DATE = 1082;
pg.types.setTypeParser(INT8, (value) => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
});
pg.types.setTypeParser(DATE, (value) => value);

/** Connects with the service's run-time role; its search path is the service's schema. */
export function connectDatabase(options: { url: string; poolSize?: number; applicationName?: string }): Database {
  return knex({
    client: 'pg',
    connection: { connectionString: options.url, application_name: options.applicationName ?? 'lanyard' },
    pool: { min: 0, max: options.poolSize ?? 10, acquireTimeoutMillis: 20_000, idleTimeoutMillis: 30_000 },
    acquireConnectionTimeout: 20_000,
  });
}

/** Constraint a statement ran into, when PostgreSQL refused it for one (class 23). */
export function violatedConstraint(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string' || !error.code.startsWith('23'))
    return undefined;
  return 'constraint' in error && typeof error.constraint === 'string' ? error.constraint : '';
}
