import { appendAudit, type Clock, type createCallerStore, type Database, Refusal } from '@lanyard/platform';

type CallerStore = ReturnType<typeof createCallerStore>;
/** Callers of this kind are source systems; the name before it is no service's. */
const PREFIX = 'source:';
export const sourceOf = (callerId: string): string | undefined =>
  callerId.startsWith(PREFIX) ? callerId.slice(PREFIX.length) : undefined;

/** Source systems and their keys: rows of the callers, of the kind that is no service. */
export function createSourceStore(db: Database, callers: CallerStore, clock: Clock) {
  const audit = (source: string, action: string, actor: string) => ({
    ...{ actor, action, subject: `source:${source}`, detail: {} },
  });
  return {
    /** Registers a source, or gives it another key: the one before is dead within two seconds. */
    async put(source: string, publicJwk: object, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        await callers.register(transaction, { id: `${PREFIX}${source}`, kind: 'agent', publicJwk });
        await appendAudit(transaction, [audit(source, 'source.registered', actor)], clock.nowMs());
      });
    },
    /** @throws Refusal `source-not-found` */
    async withdraw(source: string, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        if (!(await callers.withdraw(transaction, `${PREFIX}${source}`))) throw new Refusal('source-not-found');
        await appendAudit(transaction, [audit(source, 'source.withdrawn', actor)], clock.nowMs());
      });
    },
    async list() {
      const { rows } = await db.raw(
        `SELECT c.id, c.withdrawn_at IS NOT NULL AS withdrawn,
           (SELECT count(*) FROM source_check s WHERE s.source = substr(c.id, length(?) + 1) AND s.state = 'open')::int AS open
         FROM caller c WHERE c.kind = 'agent' AND c.id LIKE ? ORDER BY c.id LIMIT 500`,
        [PREFIX, `${PREFIX}%`],
      );
      return (rows as { id: string; withdrawn: boolean; open: number }[]).map(({ id, ...row }) => ({
        ...{ id: id.slice(PREFIX.length), ...row },
      }));
    },
  };
}
export type SourceStore = ReturnType<typeof createSourceStore>;
