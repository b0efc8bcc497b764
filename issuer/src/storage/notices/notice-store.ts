import type { Clock, Database, Transaction } from '@lanyard/platform';
import { type NoticeKind, noticeText } from '../../domain/notices/notice-texts.js';
import { type FieldSealer, fieldPlace } from '../roster/field-sealer.js';

export type Channel = 'phone' | 'email';

/** A message on its way. */
export interface DueNotice {
  id: string;
  kind: string;
  channel: Channel;
  to: string;
  text: string;
  tries: number;
  uselessAtMs: number;
}

const CODE_LIFE_MS = 5 * 60_000;
const NEWS_LIFE_MS = 3 * 86_400_000;
const LEASE_MS = 30_000;
const KEPT_MS = 30 * 86_400_000;
const MESSAGE_PLACE = 'notice/message';

/** The outbox of messages to people: written with what they tell of, sent at least once. */
export function createNoticeStore(db: Database, parts: { sealer: FieldSealer; university: string; clock: Clock }) {
  const { sealer, clock } = parts;
  return {
    /** Writes one message for each channel the register has; answers the channels. */
    async tellIn(transaction: Transaction, studentNumber: string, kind: NoticeKind, code?: string): Promise<Channel[]> {
      const { rows } = await transaction.raw(
        "SELECT id, phone_encrypted, email_encrypted FROM student WHERE student_number = ? AND enrolment_status <> 'deceased'",
        [studentNumber],
      );
      const student = rows[0] as
        | { id: number; phone_encrypted: Buffer | null; email_encrypted: Buffer | null }
        | undefined;
      if (student === undefined) return [];
      const life = kind === 'transaction-code' ? CODE_LIFE_MS : NEWS_LIFE_MS;
      const channels: Channel[] = [];
      for (const channel of ['phone', 'email'] as const) {
        const sealed = student[`${channel}_encrypted`];
        if (sealed === null) continue;
        const to = sealer.open(sealed, fieldPlace(channel, studentNumber));
        const message = JSON.stringify({ to, text: noticeText(parts.university, kind, code) });
        await transaction.raw(
          `INSERT INTO notice (student_id, kind, channel, message_sealed, created_at, useless_at, next_try_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
          [
            student.id,
            kind,
            channel,
            sealer.seal(message, MESSAGE_PLACE),
            new Date(clock.nowMs()),
            new Date(clock.nowMs() + life),
            new Date(clock.nowMs()),
          ],
        );
        channels.push(channel);
      }
      return channels;
    },
    async takeDue(limit: number): Promise<DueNotice[]> {
      const now = clock.nowMs();
      const { rows } = await db.raw(
        `UPDATE notice SET next_try_at = ?, tries = tries + 1 WHERE id IN (
           SELECT id FROM notice WHERE sent_at IS NULL AND given_up_at IS NULL AND next_try_at <= ?
           ORDER BY next_try_at LIMIT ? FOR UPDATE SKIP LOCKED)
         RETURNING id, kind, channel, message_sealed, tries, useless_at`,
        [new Date(now + LEASE_MS), new Date(now), limit],
      );
      return (rows as DueRow[]).map((row) => {
        const { to, text } = JSON.parse(sealer.open(row.message_sealed, MESSAGE_PLACE)) as { to: string; text: string };
        return {
          id: String(row.id),
          kind: row.kind,
          channel: row.channel,
          to,
          text,
          tries: row.tries,
          uselessAtMs: row.useless_at.getTime(),
        };
      });
    },
    async sent(id: string): Promise<void> {
      await db.raw('UPDATE notice SET sent_at = ?, message_sealed = NULL WHERE id = ?', [new Date(clock.nowMs()), id]);
    },
    async failed(notice: DueNotice): Promise<void> {
      const now = clock.nowMs();
      if (now >= notice.uselessAtMs)
        await db.raw('UPDATE notice SET given_up_at = ?, message_sealed = NULL WHERE id = ?', [
          new Date(now),
          notice.id,
        ]);
      else
        await db.raw('UPDATE notice SET next_try_at = ? WHERE id = ?', [
          new Date(now + Math.min(60_000, 1_000 * 2 ** notice.tries)),
          notice.id,
        ]);
    },
    async sweep(): Promise<void> {
      const before = new Date(clock.nowMs() - KEPT_MS);
      await db.raw('DELETE FROM notice WHERE sent_at < ? OR given_up_at < ?', [before, before]);
    },
  };
}
export type NoticeStore = ReturnType<typeof createNoticeStore>;

interface DueRow {
  id: number | string;
  kind: string;
  channel: Channel;
  message_sealed: Buffer;
  tries: number;
  useless_at: Date;
}
