import { appendAudit, type Clock, type Database } from '@lanyard/platform';
import { findPurpose } from '../domain/verifications/purposes.js';

/** Whom the issuer asks about, as rows, entries and subjects; several people at a time, so that none stands alone. */
export interface AskedPeople {
  readonly rows: readonly number[];
  readonly entries: readonly (readonly [list: number, index: number])[];
  /** base64url. */
  readonly subjects: readonly string[];
}

interface Name {
  id: string;
  name_zh: string;
  name_en: string;
}
/** What is known of one verification. `by` says which of the asked it is about. */
export interface PersonVerification {
  kind: 'passage' | 'code' | 'presentation' | 'partner';
  at: number;
  by: { row: number } | { entry: [list: number, index: number] } | { subject: string };
  place: Name | null;
  /** A service or `staff`; of partner checks the partner. */
  asker: string | null;
  partner: Name | null;
  purpose: Name | null;
  claims: string[];
  verdict: string;
  reason: string | null;
}

/** Newest that are told of each kind; far above what people asked about can have. */
const AT_MOST = 5_000;

export interface OpenedPassage {
  checkpoint: Name;
  at: number;
  verdict: string;
  reason: string | null;
  scheme: string | null;
  row: number | null;
}

const seconds = (at: Date) => Math.floor(at.getTime() / 1000);
const purposeOf = (place: string): Name | null => {
  const purpose = place.startsWith('purpose:') ? findPurpose(place.slice('purpose:'.length)) : undefined;
  return purpose === undefined ? null : { id: purpose.id, name_zh: purpose.name_zh, name_en: purpose.name_en };
};
const nameOf = (row: { place: string; name_zh: string | null; name_en: string | null }): Name | null =>
  row.name_zh === null || row.name_en === null ? null : { id: row.place, name_zh: row.name_zh, name_en: row.name_en };

/** What the verifier has of people, told to the issuer alone and without knowing whose question it is. */
export function createPersonVerificationStore(db: Database, clock: Clock) {
  async function passagesOf(rows: readonly number[]): Promise<PersonVerification[]> {
    const found = await db.raw(
      `SELECT p.at, p.row_number, p.checkpoint_id AS place, c.name_zh, c.name_en, p.verdict, p.reason
       FROM passage p LEFT JOIN checkpoint c ON c.id = p.checkpoint_id
       WHERE p.row_number = ANY(?) ORDER BY p.at DESC LIMIT ?`,
      [[...rows], AT_MOST],
    );
    return (found.rows as PassageRow[]).map((row) => ({
      ...{ kind: 'passage', at: seconds(row.at), by: { row: Number(row.row_number) }, place: nameOf(row) },
      ...{ asker: null, partner: null, purpose: null, claims: [], verdict: row.verdict, reason: row.reason },
    }));
  }

  /** Two halves (a trace has a row or an entry), each by its index: with OR between them the planner reads every trace there is. */
  async function tracesOf({ rows, entries }: AskedPeople): Promise<PersonVerification[]> {
    const found = await db.raw(
      `SELECT t.kind, t.at, t.asker, t.place, c.name_zh, c.name_en, t.row_number, t.list_number, t.list_index, t.claims, t.verdict, t.reason
       FROM (SELECT r.* FROM verification_trace r WHERE r.row_number = ANY(?)
             UNION ALL
             SELECT e.* FROM unnest(?::bigint[], ?::int[]) AS asked (list, index)
             JOIN verification_trace e ON e.list_number = asked.list AND e.list_index = asked.index) t
       LEFT JOIN checkpoint c ON c.id = t.place
       WHERE t.kept_until > ? ORDER BY t.at DESC LIMIT ?`,
      [
        ...[[...rows], entries.map(([list]) => list), entries.map(([, index]) => index)],
        ...[new Date(clock.nowMs()), AT_MOST],
      ],
    );
    return (found.rows as TraceRow[]).map((row) => ({
      ...{ kind: row.kind, at: seconds(row.at), place: nameOf(row), asker: row.asker, partner: null },
      by:
        row.row_number === null
          ? { entry: [Number(row.list_number), row.list_index] }
          : { row: Number(row.row_number) },
      ...{ purpose: purposeOf(row.place), claims: row.claims, verdict: row.verdict, reason: row.reason },
    }));
  }

  async function checksOf(subjects: readonly string[]): Promise<PersonVerification[]> {
    const found = await db.raw(
      `SELECT k.at, k.subject, k.purpose, k.partner_id, p.name_zh, p.name_en, k.claims, k.eligible, k.reason
       FROM partner_check k JOIN partner p ON p.id = k.partner_id
       WHERE k.subject = ANY(?) ORDER BY k.at DESC LIMIT ?`,
      [subjects.map((subject) => Buffer.from(subject, 'base64url')), AT_MOST],
    );
    return (found.rows as CheckRow[]).map((row) => ({
      ...{ kind: 'partner', at: seconds(row.at), by: { subject: row.subject.toString('base64url') }, place: null },
      ...{ asker: null, partner: { id: row.partner_id, name_zh: row.name_zh, name_en: row.name_en } },
      purpose: purposeOf(`purpose:${row.purpose}`),
      // Where the answer was no, nothing but the reason was told.
      ...{ claims: row.eligible ? row.claims : [], verdict: row.eligible ? 'eligible' : 'not-eligible' },
      reason: row.reason,
    }));
  }

  return {
    /** Everything of these people that is still kept. Audited without naming anybody. */
    async find(asked: AskedPeople): Promise<PersonVerification[]> {
      const found = [
        ...(asked.rows.length === 0 ? [] : await passagesOf(asked.rows)),
        ...(await tracesOf(asked)),
        ...(asked.subjects.length === 0 ? [] : await checksOf(asked.subjects)),
      ].sort((a, b) => b.at - a.at);
      await db.transaction((transaction) =>
        appendAudit(
          transaction,
          [
            {
              ...{ actor: 'service:issuer', action: 'person-verifications.told', subject: 'people' },
              detail: { rows: asked.rows.length, entries: asked.entries.length, told: found.length },
            },
          ],
          clock.nowMs(),
        ),
      );
      return found;
    },

    /** Passages of an opening that three people approved at the issuer; audited under who reads them. */
    async open(opening: {
      id: string;
      actor: string;
      rows: readonly number[] | undefined;
      checkpoint: string | undefined;
      fromSeconds: number;
      toSeconds: number;
      limit: number;
    }): Promise<{ passages: OpenedPassage[]; more: boolean }> {
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `SELECT p.at, p.row_number, p.checkpoint_id AS place, coalesce(c.name_zh, p.checkpoint_id) AS name_zh,
             coalesce(c.name_en, p.checkpoint_id) AS name_en, p.verdict, p.reason, p.scheme
           FROM passage p LEFT JOIN checkpoint c ON c.id = p.checkpoint_id
           WHERE p.at >= to_timestamp(?) AND p.at < to_timestamp(?)
             AND (?::bigint[] IS NULL OR p.row_number = ANY(?::bigint[])) AND (?::text IS NULL OR p.checkpoint_id = ?::text)
           ORDER BY p.at, p.agent_id, p.sequence LIMIT ?`,
          [
            ...[opening.fromSeconds, opening.toSeconds],
            ...Array(2).fill(opening.rows === undefined ? null : [...opening.rows]),
            ...Array(2).fill(opening.checkpoint ?? null),
            opening.limit + 1,
          ] as never,
        );
        const passages = (rows.slice(0, opening.limit) as (PassageRow & { scheme: string | null })[]).map((row) => ({
          checkpoint: { id: row.place, name_zh: row.name_zh ?? row.place, name_en: row.name_en ?? row.place },
          ...{ at: seconds(row.at), verdict: row.verdict, reason: row.reason, scheme: row.scheme },
          row: row.row_number === null ? null : Number(row.row_number),
        }));
        const detail = {
          ...(opening.checkpoint === undefined ? {} : { checkpoint: opening.checkpoint }),
          ...{ from: opening.fromSeconds, to: opening.toSeconds, told: passages.length },
        };
        const event = { actor: opening.actor, action: 'passages.opened', subject: `opening:${opening.id}`, detail };
        await appendAudit(transaction, [event], clock.nowMs());
        return { passages, more: rows.length > opening.limit };
      });
    },
  };
}
export type PersonVerificationStore = ReturnType<typeof createPersonVerificationStore>;

interface PassageRow {
  at: Date;
  row_number: string | null;
  place: string;
  name_zh: string | null;
  name_en: string | null;
  verdict: string;
  reason: string | null;
}
interface TraceRow extends PassageRow {
  kind: 'code' | 'presentation';
  asker: string;
  list_number: string | null;
  list_index: number;
  claims: string[];
}
interface CheckRow {
  at: Date;
  subject: Buffer;
  purpose: string;
  partner_id: string;
  name_zh: string;
  name_en: string;
  claims: string[];
  eligible: boolean;
  reason: string | null;
}
