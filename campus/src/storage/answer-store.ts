import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, dayInShanghai, Refusal, type Transaction } from '@lanyard/platform';

export interface PublishedAnswer {
  readonly id: string;
  readonly service: string;
  readonly topic: string | null;
  readonly office: string;
  readonly question: string;
  readonly answer: string;
  readonly published_on: string;
}
const COLUMNS = 'id, service, topic, office, question, answer, published_on::text';

/** What was answered to one and helps everybody. */
export function createAnswerStore(db: Database, clock: Clock) {
  const audit = (transaction: Transaction, actor: string, action: string, id: string) =>
    appendAudit(transaction, [{ actor, action, subject: `published-answer:${id}` }], clock.nowMs());
  return {
    /** Once for each case. @throws Refusal `published-already` */
    async publish(
      caseId: string,
      told: Omit<PublishedAnswer, 'id' | 'published_on'>,
      actor: string,
    ): Promise<PublishedAnswer> {
      const id = randomBytes(16).toString('base64url');
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `INSERT INTO published_answer (id, case_id, service, topic, office, question, answer, published_on)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (case_id) DO NOTHING RETURNING ${COLUMNS}`,
          [
            ...[id, caseId, told.service, told.topic as never, told.office, told.question, told.answer],
            dayInShanghai(clock.nowMs()),
          ],
        );
        if (rows[0] === undefined) throw new Refusal('published-already');
        await audit(transaction, actor, 'answer.published', id);
        return rows[0];
      });
    },
    /** @throws Refusal `answer-not-found` */
    async find(id: string): Promise<PublishedAnswer> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM published_answer WHERE id = ? AND withdrawn_at IS NULL`, [
        id,
      ]);
      if (rows[0] === undefined) throw new Refusal('answer-not-found');
      return rows[0];
    },
    /** @throws Refusal `answer-not-found` */
    async withdraw(id: string, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          'UPDATE published_answer SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL',
          [new Date(clock.nowMs()), id],
        );
        if (rowCount !== 1) throw new Refusal('answer-not-found');
        await audit(transaction, actor, 'answer.withdrawn', id);
      });
    },
    async isPublished(caseId: string): Promise<boolean> {
      const { rows } = await db.raw('SELECT 1 FROM published_answer WHERE case_id = ?', [caseId]);
      return rows.length > 0;
    },
    /** The newest first. `words` is looked for in question and answer; `after` is the id of the last one seen. */
    async list(page: {
      words: string;
      after: string | undefined;
      limit: number;
      hiddenServices: readonly string[];
    }): Promise<PublishedAnswer[]> {
      const like = `%${page.words.replace(/[\\%_]/g, '\\$&')}%`;
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM published_answer
         WHERE withdrawn_at IS NULL AND (question ILIKE ? OR answer ILIKE ?) AND NOT (service = ANY(?::text[]))
           AND (?::text IS NULL OR (published_on, id) < (SELECT published_on, id FROM published_answer WHERE id = ?))
         ORDER BY published_on DESC, id DESC LIMIT ?`,
        [like, like, page.hiddenServices, page.after ?? null, page.after ?? null, page.limit] as never,
      );
      return rows;
    },
  };
}
export type AnswerStore = ReturnType<typeof createAnswerStore>;
