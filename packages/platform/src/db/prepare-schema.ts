import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/** A service's part of the database: schema and three roles, named after database and service. */
export interface SchemaPlan {
  service: string;
  /** Folders of numbered .sql files, applied in the order of folders and names. */
  migrationFolders: string[];
}

/** Addresses with passwords made anew: run-time role (no DDL), and the role that seals and erases audit rows. */
export interface PreparedSchema {
  runUrl: string;
  sealUrl: string;
}

/** The database refuses to make roles; `sql` is what somebody with the right has to run. */
export class CannotCreateRolesError extends Error {
  readonly code = 'database-cannot-create-roles';
  constructor(readonly sql: string) {
    super(`database-cannot-create-roles: run this as a role that may, then start again:\n${sql}`);
  }
}

/** Folder of the migrations every service shares (audit, idempotency keys). */
export const PLATFORM_MIGRATIONS = new URL('../../src/db/migrations', import.meta.url).pathname;

/**
 * Makes schema and roles of one service where missing, applies new migrations as the owner role, sets the grants.
 * Safe to run again and by several processes at once (an advisory lock serialises them).
 */
export async function prepareSchema(adminUrl: string, plan: SchemaPlan): Promise<PreparedSchema> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(7463001)');
    const database = String((await client.query('select current_database() as name')).rows[0].name);
    const roles = {
      owner: `${database}_${plan.service}_owner`,
      run: `${database}_${plan.service}_run`,
      seal: `${database}_${plan.service}_seal`,
    };
    const passwords = { run: randomBytes(18).toString('hex'), seal: randomBytes(18).toString('hex') };
    await ensureRoles(client, plan.service, roles, passwords);
    await applyMigrations(client, plan, roles.owner);
    await setGrants(client, plan.service, roles);
    const withRole = (role: string, password: string) => {
      const url = new URL(adminUrl);
      url.username = role;
      url.password = password;
      return url.toString();
    };
    return { runUrl: withRole(roles.run, passwords.run), sealUrl: withRole(roles.seal, passwords.seal) };
  } finally {
    await client.end();
  }
}

type Roles = { owner: string; run: string; seal: string };

async function ensureRoles(
  client: pg.Client,
  schema: string,
  roles: Roles,
  passwords: { run: string; seal: string },
): Promise<void> {
  const statements = [
    ...[roles.owner, roles.run, roles.seal].map(
      (role) =>
        `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE "${role}"; END IF; END $$`,
    ),
    `ALTER ROLE "${roles.run}" LOGIN PASSWORD '${passwords.run}'`,
    `ALTER ROLE "${roles.seal}" LOGIN PASSWORD '${passwords.seal}'`,
    `GRANT "${roles.owner}" TO CURRENT_USER`,
    `CREATE SCHEMA IF NOT EXISTS "${schema}" AUTHORIZATION "${roles.owner}"`,
    `ALTER ROLE "${roles.run}" IN DATABASE ${quoteDatabase(client)} SET search_path = "${schema}"`,
    `ALTER ROLE "${roles.seal}" IN DATABASE ${quoteDatabase(client)} SET search_path = "${schema}"`,
  ];
  try {
    for (const statement of statements) await client.query(statement);
  } catch (error) {
    const refused = error instanceof Error && 'code' in error && error.code === '42501';
    if (refused)
      throw new CannotCreateRolesError(
        statements.map((line) => `${line.replace(/PASSWORD '\w+'/, "PASSWORD '…'")};`).join('\n'),
      );
    throw error;
  }
}

function quoteDatabase(client: pg.Client): string {
  return `"${(client as unknown as { database: string }).database.replaceAll('"', '""')}"`;
}

async function applyMigrations(client: pg.Client, plan: SchemaPlan, owner: string): Promise<void> {
  await client.query(`SET ROLE "${owner}"`);
  await client.query(`SET search_path = "${plan.service}", public`);
  await client.query(
    'CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
  );
  const applied = new Map<string, string>();
  for (const row of (await client.query('SELECT name, digest FROM migration')).rows)
    applied.set(String(row.name), String(row.digest));
  for (const folder of plan.migrationFolders) {
    for (const name of readdirSync(folder)
      .filter((file) => file.endsWith('.sql'))
      .sort()) {
      const sql = readFileSync(join(folder, name), 'utf8');
      const digest = createHash('sha256').update(sql).digest('hex');
      const known = applied.get(name);
      if (known === digest) continue;
      if (known !== undefined)
        throw new Error(`Migration ${plan.service}/${name} was edited after it had been applied.`);
      await client.query('BEGIN');
      try {
        await client.query(sql);
        await client.query('INSERT INTO migration (name, digest) VALUES ($1, $2)', [name, digest]);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      }
    }
  }
  await client.query('RESET ROLE');
}

/** Run-time role: rows, no DDL; the audit only INSERT and SELECT. Sealing and erasing role: the audit and its chain only. */
async function setGrants(client: pg.Client, schema: string, roles: Roles): Promise<void> {
  const tables = `ALL TABLES IN SCHEMA "${schema}"`;
  for (const statement of [
    `SET ROLE "${roles.owner}"`,
    `GRANT USAGE ON SCHEMA "${schema}" TO "${roles.run}", "${roles.seal}"`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${tables} TO "${roles.run}"`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA "${schema}" TO "${roles.run}", "${roles.seal}"`,
    `REVOKE UPDATE, DELETE, TRUNCATE ON "${schema}".audit FROM "${roles.run}"`,
    `REVOKE INSERT, UPDATE, DELETE ON "${schema}".audit_link, "${schema}".audit_head, "${schema}".migration FROM "${roles.run}"`,
    `GRANT SELECT ON "${schema}".audit, "${schema}".audit_link, "${schema}".audit_head TO "${roles.seal}"`,
    // Erasure tells of itself in the transaction that erases.
    `GRANT INSERT, UPDATE (row_text, salt) ON "${schema}".audit TO "${roles.seal}"`,
    `GRANT INSERT ON "${schema}".audit_link, "${schema}".audit_head TO "${roles.seal}"`,
    'RESET ROLE',
  ]) {
    await client.query(statement);
  }
}
