import pg from 'pg';
import type { TestDatabase } from '../../../../packages/platform/test/support/test-database.js';

/** Runs `work` while a table of the verifier (or another schema) is away: a fault of the database as real as a test can have it. */
export async function withoutTable(
  database: TestDatabase,
  table: string,
  work: () => Promise<void>,
  schema = 'verifier',
): Promise<void> {
  const client = new pg.Client({ connectionString: database.adminUrl });
  await client.connect();
  try {
    await client.query(`ALTER TABLE ${schema}.${table} RENAME TO ${table}_away`);
    await work();
  } finally {
    await client.query(`ALTER TABLE ${schema}.${table}_away RENAME TO ${table}`);
    await client.end();
  }
}
