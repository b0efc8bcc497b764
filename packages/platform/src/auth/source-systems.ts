import { parseP256Jwk } from '@lanyard/protocol';
import { appendAudit } from '../audit/append-audit.js';
import type { Database } from '../db/connect-database.js';
import type { Caller } from '../http/caller.js';
import { Refusal } from '../http/refusal.js';
import type { Clock } from '../time/clock.js';
import type { createCallerStore } from './caller-store.js';

/** Callers of this kind are source systems; the name before it is no service's. */
const PREFIX = 'source:';
const sourceOf = (callerId: string): string | undefined =>
  callerId.startsWith(PREFIX) ? callerId.slice(PREFIX.length) : undefined;

/** The source system that calls. @throws Refusal `not-allowed` for every other caller */
export function callingSource(caller: Caller): string {
  const source = caller.kind === 'agent' ? sourceOf(caller.id) : undefined;
  if (source === undefined) throw new Refusal('not-allowed');
  return source;
}

/** Source systems of the university and their keys: rows of the callers, of the kind that is no service. */
export function createSourceSystems(
  db: Database,
  parts: { callers: Pick<ReturnType<typeof createCallerStore>, 'register' | 'withdraw'>; clock: Clock },
) {
  const { callers, clock } = parts;
  const event = (source: string, action: string, actor: string) => ({
    ...{ actor, action, subject: `source:${source}`, detail: {} },
  });
  return {
    /**
     * Registers a source, or gives it another key: the one before is dead within two seconds.
     * @throws JwkError for what is no public P-256 key
     */
    async put(source: string, publicJwk: object, actor: string): Promise<void> {
      parseP256Jwk(publicJwk);
      await db.transaction(async (transaction) => {
        await callers.register(transaction, { id: `${PREFIX}${source}`, kind: 'agent', publicJwk });
        await appendAudit(transaction, [event(source, 'source.registered', actor)], clock.nowMs());
      });
    },
    /** @throws Refusal `source-not-found` */
    async withdraw(source: string, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        if (!(await callers.withdraw(transaction, `${PREFIX}${source}`))) throw new Refusal('source-not-found');
        await appendAudit(transaction, [event(source, 'source.withdrawn', actor)], clock.nowMs());
      });
    },
    async list(): Promise<{ id: string; withdrawn: boolean }[]> {
      const { rows } = await db.raw(
        `SELECT substr(id, length(?) + 1) AS id, withdrawn_at IS NOT NULL AS withdrawn
         FROM caller WHERE kind = 'agent' AND id LIKE ? ORDER BY id LIMIT 500`,
        [PREFIX, `${PREFIX}%`],
      );
      return rows;
    },
  };
}
export type SourceSystems = ReturnType<typeof createSourceSystems>;
