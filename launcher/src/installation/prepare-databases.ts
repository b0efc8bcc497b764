import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLATFORM_MIGRATIONS, type PreparedSchema, prepareSchema, writeDurably } from '@lanyard/platform';
import pg from 'pg';
import type { Installation } from './read-installation.js';

export const DATABASE_SERVICES = ['issuer', 'verifier', 'idp', 'campus'] as const;
export type DatabaseService = (typeof DATABASE_SERVICES)[number];

const root = new URL('../../../', import.meta.url).pathname;

/** Folder of a service's own migrations. */
export const migrationsOf = (service: DatabaseService) => join(root, service, 'src', 'storage', 'migrations');

/**
 * Schemas, roles and migrations of all services in the database at `adminUrl`. Ready-made addresses in
 * DATABASE_URL_<SERVICE> (and …_SEAL) are taken as they are: then nothing is made and nothing migrated.
 */
export async function prepareDatabases(
  adminUrl: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Record<DatabaseService, PreparedSchema>> {
  const prepared: Partial<Record<DatabaseService, PreparedSchema>> = {};
  for (const service of DATABASE_SERVICES) {
    const given = environment[`DATABASE_URL_${service.toUpperCase()}`];
    if (given)
      prepared[service] = {
        runUrl: given,
        sealUrl: environment[`DATABASE_URL_${service.toUpperCase()}_SEAL`] || given,
      };
    else if (adminUrl === undefined) throw new Error(`DATABASE_URL_${service.toUpperCase()} is missing.`);
    else
      prepared[service] = await prepareSchema(adminUrl, {
        service,
        migrationFolders: [PLATFORM_MIGRATIONS, migrationsOf(service)],
      });
  }
  return prepared as Record<DatabaseService, PreparedSchema>;
}

/** The database `lanyard` of the private cluster, made when missing. */
export async function ensureOwnDatabase(clusterUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: clusterUrl });
  await client.connect();
  const found = await client.query("SELECT 1 FROM pg_database WHERE datname = 'lanyard'");
  if (found.rowCount === 0) await client.query('CREATE DATABASE lanyard');
  await client.end();
  const url = new URL(clusterUrl);
  url.pathname = '/lanyard';
  return url.toString();
}

/** Remembers what is done once per home (demo data, say) by a marker file. */
export async function onceInHome(installation: Installation, name: string, work: () => Promise<void>): Promise<void> {
  const folder = join(installation.home, 'done');
  mkdirSync(folder, { recursive: true });
  const marker = join(folder, name);
  if (existsSync(marker) && readFileSync(marker, 'utf8') !== '') return;
  await work();
  writeDurably(marker, Buffer.from(new Date().toISOString()));
}
