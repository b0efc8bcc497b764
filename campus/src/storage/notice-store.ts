import type { Clock, Database, Transaction } from '@lanyard/platform';
import type { Notice, NoticeKind } from '../domain/notices/notice.js';
import type { PersonId } from '../domain/people/person.js';
import type { NoticeOutboxStore } from './notice-outbox-store.js';

export interface NoticeRow {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly step: string | null;
  readonly case_id: string;
  readonly service: string;
  readonly service_version: number;
  readonly at: Date;
  readonly read_at: Date | null;
}

/** Notices in the application; written in the transaction of what they tell, and with them what leaves the house. */
export function createNoticeStore(db: Database, deps: { outbox: Pick<NoticeOutboxStore, 'write'>; clock: Clock }) {
  const { clock, outbox } = deps;
  async function add(transaction: Transaction, caseId: string, notices: readonly Notice[]): Promise<void> {
    const added: (Notice & { id: string })[] = [];
    for (const notice of notices) {
      const { person, kind, step, atMs } = notice;
      const { rows } = await transaction.raw(
        'INSERT INTO notice (person, case_id, kind, step, at) VALUES (?, ?, ?, ?, ?) RETURNING id::text',
        [...[person, caseId, kind, step, new Date(atMs)]],
      );
      added.push({ ...notice, id: rows[0].id });
    }
    await outbox.write(transaction, added);
  }
  return {
    add,
    /** What goes on is told once until it was read. Whoever calls holds a lock by which such calls come one after the other. */
    async addUnlessUnread(transaction: Transaction, caseId: string, notice: Notice): Promise<void> {
      const { rows } = await transaction.raw(
        'SELECT 1 FROM notice WHERE person = ? AND case_id = ? AND kind = ? AND read_at IS NULL LIMIT 1',
        [notice.person, caseId, notice.kind],
      );
      if (rows.length === 0) await add(transaction, caseId, [notice]);
    },
    /** The newest first. `after` is the id of the last one seen. */
    async list(
      person: PersonId,
      page: { after: string | undefined; limit: number; hiddenServices: readonly string[] },
    ): Promise<NoticeRow[]> {
      const { rows } = await db.raw(
        `SELECT n.id::text, n.kind, n.step, n.case_id, c.definition_id AS service, c.definition_version AS service_version,
           n.at, n.read_at
         FROM notice n JOIN service_case c ON c.id = n.case_id
         WHERE n.person = ? AND (?::bigint IS NULL OR n.id < ?::bigint) AND NOT (c.definition_id = ANY(?::text[]))
         ORDER BY n.id DESC LIMIT ?`,
        [person, page.after ?? null, page.after ?? null, page.hiddenServices, page.limit] as never,
      );
      return rows;
    },
    async unread(person: PersonId, hiddenServices: readonly string[]): Promise<number> {
      const { rows } = await db.raw(
        `SELECT count(*)::integer AS n FROM notice n JOIN service_case c ON c.id = n.case_id
         WHERE n.person = ? AND n.read_at IS NULL AND NOT (c.definition_id = ANY(?::text[]))`,
        [person, hiddenServices] as never,
      );
      return rows[0].n;
    },
    /** Those of some kinds about one case, seen where they lead. */
    async markReadAt(person: PersonId, caseId: string, kinds: readonly NoticeKind[]): Promise<void> {
      await db.raw(
        'UPDATE notice SET read_at = ? WHERE person = ? AND case_id = ? AND kind = ANY(?::text[]) AND read_at IS NULL',
        [new Date(clock.nowMs()), person, caseId, kinds] as never,
      );
    },
    /** Up to and with `until`. */
    async markRead(person: PersonId, until: string): Promise<void> {
      await db.raw('UPDATE notice SET read_at = ? WHERE person = ? AND id <= ?::bigint AND read_at IS NULL', [
        new Date(clock.nowMs()),
        person,
        until,
      ]);
    },
  };
}
export type NoticeStore = ReturnType<typeof createNoticeStore>;
