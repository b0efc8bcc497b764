import { randomBytes } from 'node:crypto';
import type { Clock, Database, Transaction } from '@lanyard/platform';
import type { NoticeChannel, NoticeSettings } from '../api/index.js';
import { SCHOOL_OFFSET_MS } from '../domain/calendar/working-time.js';
import { MOST_ATTEMPTS, type NoticeAddress, waitAfter } from '../domain/notices/deliver.js';
import type { Notice, NoticeKind } from '../domain/notices/notice.js';
import { USUAL_SETTINGS } from '../domain/notices/settings.js';
import { mayLeaveAt, whenToSend } from '../domain/notices/when-to-send.js';
import type { PersonId } from '../domain/people/person.js';
import { addressPlace, type CaseSealer } from './sealer.js';

/** Of one digest; what is beyond comes with a second one. */
const MOST_LINES = 200;

export interface ClaimedLine {
  readonly delivery: string;
  readonly kind: NoticeKind;
  readonly step: string | null;
  readonly caseId: string;
  readonly service: string;
  readonly serviceVersion: number;
  readonly isRead: boolean;
}
/** One message, held by whoever claimed it until its lease ends. */
export interface ClaimedMessage {
  readonly id: string;
  readonly addressId: string;
  readonly person: PersonId;
  readonly to: NoticeAddress;
  readonly settings: NoticeSettings;
  readonly isDigest: boolean;
  /** Number of this attempt. */
  readonly attempts: number;
  readonly atMs: number;
  readonly lines: readonly ClaimedLine[];
}

/**
 * The outbox of notices. A line is written with its notice. To claim is to put the next attempt off, in one statement: who
 * is killed leaves it due again, and two processes never hold the same. So each is sent at least once, under one id.
 * Nobody claims of an address of which another is claiming: a digest is not torn apart. The address is locked before its
 * line, so that who finds it taken holds none of its lines while the other gathers them.
 */
export function createNoticeOutboxStore(db: Database, deps: { sealer: CaseSealer; clock: Clock }) {
  const { sealer, clock } = deps;
  const now = () => new Date(clock.nowMs());
  const settle = async (lines: readonly string[], code: string) => {
    if (lines.length > 0)
      await db.raw(
        'UPDATE notice_delivery SET given_up_at = ?, last_code = ? WHERE id = ANY(?::bigint[]) AND sent_at IS NULL AND given_up_at IS NULL',
        [now(), code, lines] as never,
      );
  };

  return {
    /** One line for each address a notice goes to. */
    async write(transaction: Transaction, added: readonly (Notice & { readonly id: string })[]): Promise<void> {
      if (added.length === 0) return;
      // Held until the end: an address that goes away meanwhile must not fail what people are told of.
      const { rows } = await transaction.raw(
        `SELECT a.id::text, a.person, a.channel, s.settings FROM notice_address a
         LEFT JOIN notice_settings s ON s.person = a.person
         WHERE a.person = ANY(?::text[]) AND a.gone_at IS NULL ORDER BY a.id FOR KEY SHARE OF a`,
        [[...new Set(added.map(({ person }) => person))]] as never,
      );
      const addresses: { id: string; person: string; channel: NoticeChannel; settings: NoticeSettings | null }[] = rows;
      for (const notice of added)
        for (const address of addresses) {
          if (address.person !== notice.person) continue;
          const settings = address.settings ?? USUAL_SETTINGS;
          const when = whenToSend(notice.kind, address.channel, settings, notice.atMs, SCHOOL_OFFSET_MS);
          if (when.is === 'never') continue;
          const isDigest = when.is === 'with-digest';
          await transaction.raw(
            'INSERT INTO notice_delivery (notice_id, address_id, is_digest, message, at, not_before) VALUES (?, ?, ?, ?, ?, ?)',
            [
              ...[notice.id, address.id, isDigest, isDigest ? null : newMessageId(), new Date(notice.atMs)],
              new Date(when.is === 'at-once' ? notice.atMs : when.atMs),
            ] as never,
          );
        }
    },

    /** The message of a channel that is due longest, with all lines of its digest; undefined where none is due. */
    async claim(channel: NoticeChannel): Promise<ClaimedMessage | undefined> {
      const { rows } = await db.raw(
        `WITH first AS MATERIALIZED (
           SELECT d.id, d.address_id, d.is_digest, d.message FROM notice_delivery d JOIN notice_address a ON a.id = d.address_id
           WHERE a.channel = ? AND d.sent_at IS NULL AND d.given_up_at IS NULL AND d.not_before <= ?
           ORDER BY d.not_before, d.id LIMIT 1 FOR NO KEY UPDATE OF a, d SKIP LOCKED),
         due AS (
           SELECT d.id FROM notice_delivery d, first f
           WHERE d.id = f.id OR (f.is_digest AND d.is_digest AND d.address_id = f.address_id AND d.sent_at IS NULL
             AND d.given_up_at IS NULL AND d.not_before <= ? AND d.message IS NOT DISTINCT FROM f.message)
           ORDER BY d.id LIMIT ? FOR NO KEY UPDATE OF d SKIP LOCKED)
         UPDATE notice_delivery d SET message = coalesce(d.message, ?), attempts = d.attempts + 1,
           not_before = ?::timestamptz + least(?, ? * power(3, least(d.attempts, 10))) * interval '1 millisecond'
         FROM due WHERE d.id = due.id RETURNING d.id::text`,
        [
          ...[channel, now(), now(), MOST_LINES, newMessageId(), now()],
          ...[waitAfter(Number.MAX_SAFE_INTEGER), waitAfter(1)],
        ],
      );
      return rows.length === 0 ? undefined : loadMessage(rows.map(({ id }: { id: string }) => id));
    },

    async sent({ lines }: ClaimedMessage): Promise<void> {
      await db.raw(
        'UPDATE notice_delivery SET sent_at = ?, given_up_at = NULL, last_code = NULL WHERE id = ANY(?::bigint[]) AND sent_at IS NULL',
        [now(), lines.map(({ delivery }) => delivery)] as never,
      );
    },
    /** Tried again later, not in quiet hours unless it is for now; given up after {@link MOST_ATTEMPTS}. @param code never a text from outside */
    async failed({ lines, attempts, settings }: ClaimedMessage, code: string): Promise<void> {
      const nextMs = clock.nowMs() + waitAfter(attempts);
      const kinds = lines.map(({ kind }) => kind);
      const againMs = mayLeaveAt(kinds, settings, nextMs, SCHOOL_OFFSET_MS);
      await db.raw(
        `UPDATE notice_delivery SET last_code = ?, not_before = ?, given_up_at = CASE WHEN attempts >= ? THEN ?::timestamptz END
         WHERE id = ANY(?::bigint[]) AND attempts = ? AND sent_at IS NULL AND given_up_at IS NULL`,
        [...[code, new Date(againMs), MOST_ATTEMPTS, now(), lines.map(({ delivery }) => delivery), attempts]] as never,
      );
    },
    /** Claimed too early, for quiet hours: no attempt was made. */
    async hold({ lines, attempts }: ClaimedMessage, untilMs: number): Promise<void> {
      await db.raw(
        `UPDATE notice_delivery SET not_before = ?, attempts = attempts - 1
         WHERE id = ANY(?::bigint[]) AND attempts = ? AND sent_at IS NULL AND given_up_at IS NULL`,
        [new Date(untilMs), lines.map(({ delivery }) => delivery), attempts] as never,
      );
    },
    /** Not sent, and why. */
    drop: (lines: readonly ClaimedLine[], code: string) =>
      settle(
        lines.map(({ delivery }) => delivery),
        code,
      ),
  };

  async function loadMessage(deliveries: readonly string[]): Promise<ClaimedMessage | undefined> {
    const { rows } = await db.raw(
      `SELECT d.id::text AS delivery, d.message, d.is_digest, d.attempts, d.at, d.address_id::text, a.person, a.channel,
         a.sealed, s.settings, n.kind, n.step, n.read_at IS NOT NULL AS is_read, n.case_id, c.definition_id, c.definition_version
       FROM notice_delivery d JOIN notice_address a ON a.id = d.address_id JOIN notice n ON n.id = d.notice_id
       JOIN service_case c ON c.id = n.case_id LEFT JOIN notice_settings s ON s.person = a.person
       WHERE d.id = ANY(?::bigint[]) ORDER BY d.id`,
      [deliveries] as never,
    );
    const found = rows as Row[];
    const [first] = found;
    // Taken away between the two statements, with its address or its case.
    if (first === undefined) return undefined;
    const { person } = first;
    return {
      ...{ id: first.message, addressId: first.address_id, person, isDigest: first.is_digest },
      ...{ attempts: Math.max(...found.map(({ attempts }) => attempts)), atMs: first.at.getTime() },
      settings: first.settings ?? USUAL_SETTINGS,
      to: sealer.open<NoticeAddress>(first.sealed, addressPlace(person, first.channel)),
      lines: found.map((row) => ({
        ...{ delivery: row.delivery, kind: row.kind, step: row.step, caseId: row.case_id, isRead: row.is_read },
        ...{ service: row.definition_id, serviceVersion: row.definition_version },
      })),
    };
  }
}
export type NoticeOutboxStore = ReturnType<typeof createNoticeOutboxStore>;

interface Row {
  delivery: string;
  message: string;
  is_digest: boolean;
  attempts: number;
  at: Date;
  address_id: string;
  person: PersonId;
  channel: NoticeChannel;
  sealed: Buffer;
  settings: NoticeSettings | null;
  kind: NoticeKind;
  step: string | null;
  is_read: boolean;
  case_id: string;
  definition_id: string;
  definition_version: number;
}

/** 128 bits; fits the topic of a push message. */
const newMessageId = (): string => randomBytes(16).toString('base64url');
