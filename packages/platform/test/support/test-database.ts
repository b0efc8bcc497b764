import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { connectDatabase, type Database, PLATFORM_MIGRATIONS, prepareSchema } from '../../src/index.js';

export interface TestDatabase {
  adminUrl: string;
  runUrl: string;
  sealUrl: string;
  run: Database;
  seal: Database;
  close(): Promise<void>;
}

/** A database of its own for one test file, with the service's schema and roles, on the server of the global set-up. */
export async function createTestDatabase(service: string, migrationFolders: string[] = []): Promise<TestDatabase> {
  const url = new URL(process.env['TEST_DATABASE_URL'] ?? '');
  const name = `t${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: url.toString() });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  url.pathname = `/${name}`;
  const adminUrl = url.toString();
  const { runUrl, sealUrl } = await prepareSchema(adminUrl, {
    service,
    migrationFolders: [PLATFORM_MIGRATIONS, ...migrationFolders],
  });
  const run = connectDatabase({ url: runUrl });
  const seal = connectDatabase({ url: sealUrl, poolSize: 2 });
  return {
    adminUrl,
    runUrl,
    sealUrl,
    run,
    seal,
    close: async () => {
      await run.destroy();
      await seal.destroy();
    },
  };
}
