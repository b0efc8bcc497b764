import { randomBytes } from 'node:crypto';
import {
  appendAudit,
  type Clock,
  type Database,
  dayInShanghai,
  Refusal,
  startOfDay,
  type Transaction,
} from '@lanyard/platform';
import type { FormValues } from '../domain/definitions/form-schema.js';
import type { PersonId } from '../domain/people/person.js';
import type { ShownField } from '../domain/views/shown-fields.js';
import { type ConsentWay, consentOf, type WindowConsent } from '../domain/windows/consent.js';
import type { CaseSealer } from './sealer.js';
import type { Visit } from './window-visit-store.js';

export const REQUEST_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

/** What a clerk wants to do for a student. */
export type WindowAct =
  | { readonly verb: 'submit'; readonly form: FormValues }
  | { readonly verb: 'resubmit'; readonly caseId: string; readonly form: FormValues }
  | { readonly verb: 'withdraw'; readonly caseId: string; readonly reason: string };
export type WindowVerb = WindowAct['verb'];
/** As it lies sealed: the act, and what the student is shown of it. */
interface Body {
  readonly act: WindowAct;
  readonly fields: readonly ShownField[];
}
export interface WindowRequest {
  readonly id: string;
  readonly visit: string;
  readonly window: string;
  readonly verb: WindowVerb;
  readonly service: string;
  readonly version: number;
  readonly caseId: string | null;
  /** A request whose time has passed is `expired`, whatever its row says. */
  readonly state: 'waiting' | 'confirmed' | 'refused' | 'expired';
  readonly confirmedBy: ConsentWay | null;
  readonly madeAt: Date;
  readonly expiresAt: Date;
}
interface Row {
  id: string;
  visit_id: string;
  window_id: string;
  student: PersonId;
  verb: WindowVerb;
  service: string;
  service_version: number;
  case_id: string | null;
  body: Buffer | null;
  state: 'waiting' | 'confirmed' | 'refused' | 'replaced';
  confirmed_by: ConsentWay | null;
  made_at: Date;
  expires_at: Date;
}
const COLUMNS =
  'r.id, r.visit_id, r.window_id, r.student, r.verb, r.service, r.service_version, r.case_id, r.body, r.state, r.confirmed_by, r.made_at, r.expires_at';
const requestPlace = (id: string): string => `window-request/${id}`;

/** What has been agreed to, for the transaction that does it. */
export interface Confirmed {
  readonly request: WindowRequest;
  readonly clerk: PersonId;
  readonly consent: WindowConsent;
  readonly act: WindowAct;
}

/**
 * What waits for a student's word. It is answered once, by one statement, in the transaction that makes it a case; who
 * says nothing for fifteen minutes has said nothing.
 */
export function createWindowRequestStore(db: Database, { sealer, clock }: { sealer: CaseSealer; clock: Clock }) {
  const now = () => new Date(clock.nowMs());
  const requestOf = (row: Row): WindowRequest => ({
    ...{ id: row.id, visit: row.visit_id, window: row.window_id, verb: row.verb, service: row.service },
    ...{ version: row.service_version, caseId: row.case_id, confirmedBy: row.confirmed_by },
    ...{ madeAt: row.made_at, expiresAt: row.expires_at },
    state:
      row.state === 'replaced' || (row.state === 'waiting' && row.expires_at.getTime() <= clock.nowMs())
        ? 'expired'
        : row.state,
  });
  const bodyOf = (row: Row): Body | undefined =>
    row.body === null ? undefined : sealer.open<Body>(row.body, requestPlace(row.id));

  return {
    /** Writes down what a clerk has written; it takes the place of what waited for the same. */
    async ask(
      visit: Visit,
      asked: { service: string; version: number; act: WindowAct; fields: readonly ShownField[] },
    ): Promise<WindowRequest> {
      const id = randomBytes(16).toString('base64url');
      const { act, fields } = asked;
      const caseId = act.verb === 'submit' ? null : act.caseId;
      const keepUntil = startOfDay(dayInShanghai(clock.nowMs())) + DAY_MS;
      return db.transaction(async (transaction) => {
        // Of two at once the second waits here and replaces the first.
        await transaction.raw('SELECT id FROM window_visit WHERE id = ? FOR UPDATE', [visit.id]);
        await transaction.raw(
          `UPDATE window_request SET state = 'replaced', decided_at = ?
           WHERE visit_id = ? AND service = ? AND coalesce(case_id, '') = ? AND state = 'waiting'`,
          [now(), visit.id, asked.service, caseId ?? ''],
        );
        const { rows } = await transaction.raw(
          `INSERT INTO window_request AS r (id, visit_id, window_id, student, verb, service, service_version, case_id, body, state, made_at, expires_at, keep_until)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?) RETURNING ${COLUMNS}`,
          [
            ...[id, visit.id, visit.window, visit.student, act.verb, asked.service, asked.version, caseId],
            ...[sealer.seal({ act, fields } satisfies Body, requestPlace(id)), now()],
            // What is written down just before midnight waits for its answer all the same.
            ...[new Date(clock.nowMs() + REQUEST_MS), new Date(Math.max(keepUntil, clock.nowMs() + REQUEST_MS))],
          ] as never,
        );
        return requestOf(rows[0]);
      });
    },
    /** Of a visit, the newest first. */
    async ofVisit(visit: string): Promise<WindowRequest[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM window_request r WHERE r.visit_id = ? AND r.state <> 'replaced' ORDER BY r.made_at DESC LIMIT 50`,
        [visit],
      );
      return (rows as Row[]).map(requestOf);
    },
    /** What was written today at this window and is no case, the latest of each service: nobody types it twice. */
    async draftsOf(visit: Visit): Promise<{ service: string; form: FormValues }[]> {
      const { rows } = await db.raw(
        `SELECT DISTINCT ON (r.service) ${COLUMNS} FROM window_request r
         WHERE r.student = ? AND r.window_id = ? AND r.verb = 'submit' AND r.keep_until > ?
         ORDER BY r.service, r.made_at DESC`,
        [visit.student, visit.window, now()],
      );
      return (rows as Row[]).flatMap((row) => {
        const act = bodyOf(row)?.act;
        return act?.verb === 'submit' ? [{ service: row.service, form: act.form }] : [];
      });
    },
    /** What waits for a student's word, with what he is shown of it. */
    async waitingFor(student: PersonId): Promise<(WindowRequest & { fields: readonly ShownField[] })[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM window_request r WHERE r.student = ? AND r.state = 'waiting' AND r.expires_at > ?
         ORDER BY r.made_at LIMIT 20`,
        [student, now()],
      );
      return (rows as Row[]).map((row) => ({ ...requestOf(row), fields: bodyOf(row)?.fields ?? [] }));
    },
    /** One of a student or of a visit. @throws Refusal `window-request-not-found` */
    async find(id: string, of: { student: PersonId } | { visit: string }): Promise<WindowRequest> {
      const [column, value] = 'student' in of ? ['student', of.student] : ['visit_id', of.visit];
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM window_request r WHERE r.id = ? AND r.${column} = ?`, [
        ...[id, value],
      ]);
      if (rows[0] === undefined) throw new Refusal('window-request-not-found');
      return requestOf(rows[0]);
    },
    /** The visit a request belongs to. @throws Refusal `window-request-not-found` */
    async visitOf(id: string): Promise<string> {
      const { rows } = await db.raw('SELECT visit_id FROM window_request WHERE id = ?', [id]);
      if (rows[0] === undefined) throw new Refusal('window-request-not-found');
      return rows[0].visit_id;
    },
    /**
     * Takes the student's word, once. Whatever fails after it in the transaction leaves the request waiting.
     * @throws Refusal `window-request-over`
     */
    async confirm(transaction: Transaction, id: string, student: PersonId, way: ConsentWay): Promise<Confirmed> {
      const { rows } = await transaction.raw(
        `WITH asked AS (
           SELECT id, body FROM window_request WHERE id = ? AND student = ? AND state = 'waiting' AND expires_at > ? FOR UPDATE
         )
         UPDATE window_request r SET state = 'confirmed', confirmed_by = ?, decided_at = ?, body = NULL
         FROM asked, window_visit v WHERE r.id = asked.id AND v.id = r.visit_id
         RETURNING ${COLUMNS.replace('r.body', 'asked.body')}, v.clerk`,
        [id, student, now(), way, now()],
      );
      const row = rows[0] as (Row & { clerk: PersonId }) | undefined;
      const body = row === undefined ? undefined : bodyOf(row);
      if (row === undefined || body === undefined) throw new Refusal('window-request-over');
      if (way === 'card-tap') await auditCard(transaction, row);
      const consent = consentOf({ of: row.student, window: row.window_id, confirmed: way });
      return { request: requestOf(row), clerk: row.clerk, consent, act: body.act };
    },
    /** Which case came of it. */
    async became(transaction: Transaction, id: string, caseId: string): Promise<void> {
      await transaction.raw('UPDATE window_request SET case_id = ? WHERE id = ?', [caseId, id]);
    },
    /** "That is not what I want": nothing is handed in. @throws Refusal `window-request-over` */
    async refuse(id: string, student: PersonId): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `UPDATE window_request r SET state = 'refused', decided_at = ?
           WHERE r.id = ? AND r.student = ? AND r.state = 'waiting' AND r.expires_at > ? RETURNING ${COLUMNS}`,
          [now(), id, student, now()],
        );
        if (rows[0] === undefined) throw new Refusal('window-request-over');
        const { service, window_id: window } = rows[0] as Row;
        const event = {
          ...{ actor: sealer.auditName(student), action: 'window.request-refused', subject: `window-request:${id}` },
          detail: { service, window },
        };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
  };

  /** A card may be borrowed: that the clerk compared the portrait is his word, and stands beside what it brought about. */
  async function auditCard(transaction: Transaction, { id, clerk, student, window_id }: Row & { clerk: PersonId }) {
    const detail = { window: window_id, on_behalf_of: sealer.auditName(student), portrait_compared: true };
    const subject = `window-request:${id}`;
    const event = { actor: sealer.auditName(clerk), action: 'window.confirmed-by-card', subject, detail };
    await appendAudit(transaction, [event], clock.nowMs());
  }
}
export type WindowRequestStore = ReturnType<typeof createWindowRequestStore>;
