import { createHash } from 'node:crypto';
import { appendAudit, type Clock, type Database, dayInShanghai, type Queryable, Refusal } from '@lanyard/platform';
import type { PersonActor } from '../domain/cases/action.js';
import type { ReadyDefinition } from '../domain/cases/live-case.js';
import { makeReady } from '../domain/cases/ready-definition.js';
import { runDefinitionTests } from '../domain/cases/run-definition-tests.js';
import { type ServiceDefinition, zServiceDefinition } from '../domain/definitions/definition.js';
import { rolesOf } from '../domain/views/who-sees.js';

interface Row {
  id: string;
  version: number;
  body: unknown;
}

/**
 * Services as data. A version is immutable once imported, so what was read once is kept; which version is in force is
 * asked each time, so an import in another process is used at once.
 */
export function createDefinitionStore(db: Database, clock: Clock) {
  const ready = new Map<string, ReadyDefinition>();
  const readyOf = (row: Row): ReadyDefinition => {
    const key = `${row.id} ${row.version}`;
    const known = ready.get(key);
    if (known !== undefined) return known;
    const made = makeReady(zServiceDefinition.parse(row.body));
    ready.set(key, made);
    return made;
  };

  async function row(on: Queryable, id: string, version: number): Promise<Row> {
    const { rows } = await on.raw('SELECT id, version, body FROM service_definition WHERE id = ? AND version = ?', [
      id,
      version,
    ]);
    if (rows[0] === undefined) throw new Refusal('service-not-found');
    return rows[0];
  }

  return {
    /** The same version with the same content is taken again. @throws Refusal `service-version-taken` */
    async import(definition: ServiceDefinition, body: unknown, actor: string): Promise<{ isNew: boolean }> {
      const text = JSON.stringify(body);
      const digest = createHash('sha256').update(text).digest();
      return db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          `INSERT INTO service_definition (id, version, body, digest, effective_from, effective_until, imported_at)
           VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
          [
            ...[definition.id, definition.version, text, digest, definition.effective_from],
            ...[definition.effective_until as never, new Date(clock.nowMs())],
          ],
        );
        if (rowCount === 1) {
          const detail = { version: definition.version, digest: digest.toString('hex') };
          const event = { actor, action: 'service.imported', subject: `service:${definition.id}`, detail };
          await appendAudit(transaction, [event], clock.nowMs());
          return { isNew: true };
        }
        const { rows } = await transaction.raw('SELECT digest FROM service_definition WHERE id = ? AND version = ?', [
          ...[definition.id, definition.version],
        ]);
        if (!rows[0].digest.equals(digest)) throw new Refusal('service-version-taken');
        return { isNew: false };
      });
    },
    /** Runs the tests in the file; with one that fails it stays unpublished. @throws Refusal `service-tests-failed` */
    async publish(id: string, version: number, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const failed = runDefinitionTests(readyOf(await row(transaction, id, version)));
        if (failed.length > 0) throw new Refusal('service-tests-failed', { fields: { failed: failed.slice(0, 20) } });
        const { rowCount } = await transaction.raw(
          'UPDATE service_definition SET published_at = ? WHERE id = ? AND version = ? AND published_at IS NULL',
          [new Date(clock.nowMs()), id, version],
        );
        if (rowCount !== 1) return;
        const event = { actor, action: 'service.published', subject: `service:${id}`, detail: { version } };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    /** Every version there is, without its body. */
    async list(): Promise<object[]> {
      const { rows } = await db.raw(
        `SELECT id, version, body ->> 'module' AS module, effective_from, effective_until, imported_at, published_at
         FROM service_definition ORDER BY id, version LIMIT 2000`,
      );
      return rows;
    },
    /** Of each service the newest version published that is in force today. */
    async inForce(): Promise<ReadyDefinition[]> {
      const today = dayInShanghai(clock.nowMs());
      const { rows } = await db.raw(
        `SELECT DISTINCT ON (id) id, version, body FROM service_definition
         WHERE published_at IS NOT NULL AND effective_from <= ? AND (effective_until IS NULL OR effective_until >= ?)
         ORDER BY id, version DESC`,
        [today, today],
      );
      return (rows as Row[]).map(readyOf);
    },
    /** @throws Refusal `service-not-found` */
    async findInForce(id: string): Promise<ReadyDefinition> {
      const today = dayInShanghai(clock.nowMs());
      const { rows } = await db.raw(
        `SELECT id, version, body FROM service_definition
         WHERE id = ? AND published_at IS NOT NULL AND effective_from <= ? AND (effective_until IS NULL OR effective_until >= ?)
         ORDER BY version DESC LIMIT 1`,
        [id, today, today],
      );
      if (rows[0] === undefined) throw new Refusal('service-not-found');
      return readyOf(rows[0]);
    },
    /** Services of which somebody must not learn, in any version: by his roles, and by where he signed in. */
    async hiddenFrom(viewer: PersonActor): Promise<string[]> {
      const within = viewer.within ?? null;
      const { rows } = await db.raw(
        `SELECT DISTINCT id FROM service_definition
         WHERE body ->> 'visible_to' <> 'everyone'
           AND NOT jsonb_exists_any((body #> '{visible_to,roles}')::jsonb, ?::text[])
           AND NOT (?::boolean AND (body #>> '{visible_to,applicants}')::boolean)
         UNION SELECT DISTINCT id FROM service_definition
         WHERE ?::text IS NOT NULL AND body ->> 'module' <> ?
           AND NOT (? = 'home' AND body ->> 'visible_to' = 'everyone')`,
        [
          rolesOf(viewer).map(({ role }) => role),
          viewer.person.startsWith('student:'),
          within,
          within,
          within,
        ] as never,
      );
      return rows.map(({ id }: { id: string }) => id);
    },
    /** One version, whether or not it is in force. */
    findVersion(id: string, version: number): Promise<ReadyDefinition> {
      return this.find(db, id, version);
    },
    /** One version, of a case that began by it. */
    async find(on: Queryable, id: string, version: number): Promise<ReadyDefinition> {
      return ready.get(`${id} ${version}`) ?? readyOf(await row(on, id, version));
    },
  };
}
export type DefinitionStore = ReturnType<typeof createDefinitionStore>;
