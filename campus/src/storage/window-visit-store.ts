import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal } from '@lanyard/platform';
import type { PersonId } from '../domain/people/person.js';
import type { ReadWay } from '../domain/windows/consent.js';
import type { CaseSealer } from './sealer.js';

export const VISIT_MS = 20 * 60_000;

/** Who stands there, as the register named him when he came. */
export interface Visitor {
  readonly name: string;
  readonly student_number: string;
  readonly college: string;
  readonly class: string;
}
export interface Visit {
  readonly id: string;
  readonly window: string;
  readonly clerk: PersonId;
  readonly student: PersonId;
  readonly person: Visitor;
  readonly readBy: ReadWay;
  readonly at: Date;
  readonly endsAt: Date;
  readonly isOpen: boolean;
}
interface Row {
  id: string;
  window_id: string;
  clerk: PersonId;
  student: PersonId;
  person: Buffer;
  read_by: ReadWay;
  at: Date;
  ends_at: Date;
  ended_at: Date | null;
}
const COLUMNS = 'id, window_id, clerk, student, person, read_by, at, ends_at, ended_at';
const visitPlace = (id: string): string => `window-visit/${id}`;

/** Visits at windows. What a clerk does for a student he does within one that is open, and is his. */
export function createWindowVisitStore(db: Database, { sealer, clock }: { sealer: CaseSealer; clock: Clock }) {
  const now = () => new Date(clock.nowMs());
  const visitOf = (row: Row): Visit => ({
    ...{ id: row.id, window: row.window_id, clerk: row.clerk, student: row.student, at: row.at, endsAt: row.ends_at },
    ...{ person: sealer.open<Visitor>(row.person, visitPlace(row.id)), readBy: row.read_by },
    isOpen: row.ended_at === null && row.ends_at.getTime() > clock.nowMs(),
  });
  async function find(id: string, clerk: PersonId): Promise<Visit> {
    const { rows } = await db.raw(`SELECT ${COLUMNS} FROM window_visit WHERE id = ? AND clerk = ?`, [id, clerk]);
    if (rows[0] === undefined) throw new Refusal('visit-not-found');
    return visitOf(rows[0]);
  }
  return {
    /**
     * Opens a visit; the one the clerk had, and one the student has elsewhere, are over with it.
     * @throws Refusal `visit-elsewhere` where both were opened at the same instant
     */
    async open(visit: Pick<Visit, 'window' | 'clerk' | 'student' | 'person' | 'readBy'>): Promise<Visit> {
      const { window, clerk, student, readBy } = visit;
      const id = randomBytes(16).toString('base64url');
      // One instant: the end is held to the beginning.
      const atMs = clock.nowMs();
      return db.transaction(async (transaction) => {
        await transaction.raw(
          'UPDATE window_visit SET ended_at = ? WHERE ended_at IS NULL AND (clerk = ? OR student = ?)',
          [new Date(atMs), clerk, student],
        );
        const { rows } = await transaction.raw(
          `INSERT INTO window_visit (id, window_id, clerk, student, person, read_by, at, ends_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
          [
            ...[id, window, clerk, student, sealer.seal(visit.person, visitPlace(id)), readBy],
            ...[new Date(atMs), new Date(atMs + VISIT_MS)],
          ] as never,
        );
        if (rows[0] === undefined) throw new Refusal('visit-elsewhere');
        const detail = { window, on_behalf_of: sealer.auditName(student), read_by: readBy };
        const subject = `window-visit:${id}`;
        const event = { actor: sealer.auditName(clerk), action: 'window.visit-opened', subject, detail };
        await appendAudit(transaction, [event], atMs);
        return visitOf(rows[0]);
      });
    },
    /** A visit of this clerk, over or not. @throws Refusal `visit-not-found` */
    find,
    /** One that he may act in. @throws Refusal `visit-not-found`, `visit-over` */
    async findOpen(id: string, clerk: PersonId): Promise<Visit> {
      const visit = await find(id, clerk);
      if (!visit.isOpen) throw new Refusal('visit-over');
      return visit;
    },
    /** Ended twice is ended. @throws Refusal `visit-not-found` */
    async end(id: string, clerk: PersonId): Promise<void> {
      await find(id, clerk);
      await db.raw('UPDATE window_visit SET ended_at = ? WHERE id = ? AND clerk = ? AND ended_at IS NULL', [
        ...[now(), id, clerk],
      ]);
    },
  };
}
export type WindowVisitStore = ReturnType<typeof createWindowVisitStore>;
