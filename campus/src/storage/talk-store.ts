import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, dayInShanghai, Refusal, type Transaction } from '@lanyard/platform';
import type { NoticeKind } from '../domain/notices/notice.js';
import type { PersonId } from '../domain/people/person.js';
import { MESSAGES_A_DAY, type TalkEnding, type TalkSide } from '../domain/talks/talk.js';
import type { CaseStore } from './case-store.js';
import type { LoadedCase } from './loaded-case.js';
import type { NoticeStore } from './notice-store.js';
import { type CaseSealer, messagePlace } from './sealer.js';

export interface TalkMessage {
  readonly id: string;
  readonly by: TalkSide;
  readonly text: string;
  readonly at: Date;
}
export interface Talk {
  readonly id: string;
  readonly owner_case: string;
  readonly finder_case: string;
  readonly opened_at: Date;
  readonly ended_at: Date | null;
  readonly end_reason: TalkEnding | null;
  /** Ended by the office, or with one of its cases. */
  readonly is_over: boolean;
}
/** Of one case; beyond that, and of older messages, nothing is shown. */
const MOST_TALKS = 20;
const MOST_MESSAGES = 200;
const TOLD: readonly NoticeKind[] = ['talk-opened', 'talk-message', 'talk-ended'];
const newId = (): string => randomBytes(16).toString('base64url');
export const sideOf = (talk: Pick<Talk, 'owner_case'>, caseId: string): TalkSide =>
  talk.owner_case === caseId ? 'owner' : 'finder';

/**
 * Talks between the applicants of two cases. Each write locks the talk's row, so that messages of one talk come one after
 * the other, and holds both cases: what is closed meanwhile takes no message.
 */
export function createTalkStore(
  db: Database,
  deps: { cases: Pick<CaseStore, 'hold'>; notices: NoticeStore; sealer: CaseSealer; clock: Clock },
) {
  const { cases, notices, sealer, clock } = deps;
  const audit = (
    transaction: Transaction,
    actor: string,
    action: string,
    talk: string,
    detail: Record<string, unknown>,
  ) => appendAudit(transaction, [{ actor, action, subject: `talk:${talk}`, detail }], clock.nowMs());
  const tell = (transaction: Transaction, { id, state }: LoadedCase, kind: NoticeKind) =>
    notices.add(transaction, id, [{ person: state.applicant.person, kind, step: null, atMs: clock.nowMs() }]);

  return {
    /**
     * Opens the talk of a pair of held cases, once, and tells both.
     * @throws Refusal `talk-exists`
     */
    async open(transaction: Transaction, pair: Readonly<Record<TalkSide, LoadedCase>>, actor: string): Promise<string> {
      const id = newId();
      const { owner, finder } = pair;
      const { rowCount } = await transaction.raw(
        `INSERT INTO case_talk (id, owner_case, finder_case, opened_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (owner_case, finder_case) DO NOTHING`,
        [id, owner.id, finder.id, new Date(clock.nowMs())],
      );
      if (rowCount !== 1) throw new Refusal('talk-exists');
      await tell(transaction, owner, 'talk-opened');
      await tell(transaction, finder, 'talk-opened');
      await audit(transaction, actor, 'talk.opened', id, { cases: [owner.id, finder.id] });
      return id;
    },

    /** Talks of a case, the newest first. */
    async ofCase(caseId: string): Promise<Talk[]> {
      const { rows } = await db.raw(
        `SELECT t.id, t.owner_case, t.finder_case, t.opened_at, t.ended_at, t.end_reason,
           t.ended_at IS NOT NULL OR o.status = 'closed' OR f.status = 'closed' AS is_over
         FROM case_talk t JOIN service_case o ON o.id = t.owner_case JOIN service_case f ON f.id = t.finder_case
         WHERE t.owner_case = ? OR t.finder_case = ? ORDER BY t.opened_at DESC, t.id LIMIT ?`,
        [caseId, caseId, MOST_TALKS],
      );
      return rows;
    },
    async countOf(caseId: string): Promise<number> {
      const { rows } = await db.raw(
        'SELECT count(*)::integer AS n FROM case_talk WHERE owner_case = ? OR finder_case = ?',
        [caseId, caseId],
      );
      return rows[0].n;
    },

    /** The latest messages in the order they were written. */
    async messagesOf(talk: string): Promise<TalkMessage[]> {
      const { rows } = await db.raw(
        'SELECT id, side, body, at FROM talk_message WHERE talk_id = ? ORDER BY sequence DESC LIMIT ?',
        [talk, MOST_MESSAGES],
      );
      return (rows as { id: string; side: TalkSide; body: Buffer; at: Date }[]).reverse().map((row) => ({
        ...{ id: row.id, by: row.side, at: row.at },
        text: sealer.open<string>(row.body, messagePlace(talk, row.side, row.id)),
      }));
    },

    /** How many messages somebody has left today. */
    async leftToday(person: PersonId): Promise<number> {
      const { rows } = await db.raw('SELECT written FROM talk_day WHERE person = ? AND day = ?', [
        ...[person, dayInShanghai(clock.nowMs())],
      ]);
      return MESSAGES_A_DAY - (rows[0]?.written ?? 0);
    },

    /**
     * Writes one message from the side of a case, counted in the same statement, and tells the other side.
     * @throws Refusal `talk-not-found`, `talk-over`, `talk-messages-at-most`
     */
    async write(
      transaction: Transaction,
      message: { talk: string; caseId: string; person: PersonId; text: string },
    ): Promise<{ id: string; at: Date }> {
      const { talk, caseId, person, text } = message;
      const { rows } = await transaction.raw(
        `SELECT owner_case, finder_case, ended_at FROM case_talk WHERE id = ? AND (owner_case = ? OR finder_case = ?)
         FOR NO KEY UPDATE`,
        [talk, caseId, caseId],
      );
      if (rows[0] === undefined) throw new Refusal('talk-not-found');
      const held = await cases.hold(transaction, [rows[0].owner_case, rows[0].finder_case]);
      const other = held.find(({ id }) => id !== caseId);
      if (rows[0].ended_at !== null || other === undefined || held.some(({ state }) => state.status === 'closed'))
        throw new Refusal('talk-over');
      const [id, side, at] = [newId(), sideOf(rows[0], caseId), new Date(clock.nowMs())];
      const { rowCount } = await transaction.raw(
        `WITH counted AS (
           INSERT INTO talk_day (person, day, written) VALUES (?, ?, 1)
           ON CONFLICT (person, day) DO UPDATE SET written = talk_day.written + 1 WHERE talk_day.written < ? RETURNING 1)
         INSERT INTO talk_message (id, talk_id, side, body, at) SELECT ?, ?, ?, ?, ? FROM counted`,
        [
          ...[person, dayInShanghai(at.getTime()), MESSAGES_A_DAY],
          ...[id, talk, side, sealer.seal(text, messagePlace(talk, side, id)), at],
        ] as never,
      );
      if (rowCount !== 1) throw new Refusal('talk-messages-at-most');
      await notices.addUnlessUnread(transaction, other.id, {
        ...{ person: other.state.applicant.person, kind: 'talk-message', step: null, atMs: at.getTime() },
      });
      await audit(transaction, sealer.auditName(person), 'talk.written', talk, { side });
      return { id, at };
    },

    /** What was told of a case's talks has been seen. */
    markRead: (person: PersonId, caseId: string) => notices.markReadAt(person, caseId, TOLD),

    /** Ends a talk, once, and tells both. @throws Refusal `talk-over` */
    async end(transaction: Transaction, talk: Talk, reason: TalkEnding, actor: string): Promise<void> {
      const { rowCount } = await transaction.raw(
        'UPDATE case_talk SET ended_at = ?, end_reason = ? WHERE id = ? AND ended_at IS NULL',
        [new Date(clock.nowMs()), reason, talk.id],
      );
      const held = await cases.hold(transaction, [talk.owner_case, talk.finder_case]);
      if (rowCount !== 1 || held.some(({ state }) => state.status === 'closed')) throw new Refusal('talk-over');
      for (const one of held) await tell(transaction, one, 'talk-ended');
      await audit(transaction, actor, 'talk.ended', talk.id, { reason });
    },
  };
}
export type TalkStore = ReturnType<typeof createTalkStore>;
