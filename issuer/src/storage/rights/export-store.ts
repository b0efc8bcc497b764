import { AUDIT_SUBJECT, appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { CampusPeople, IdentityPeople } from '../../adapters/other-services.js';
import { summaryOf } from '../../domain/rights/export-summary.js';
import type { MissingSource } from '../../domain/rights/own-verification.js';
import { type FieldSealer, fieldPlace } from '../roster/field-sealer.js';
import type { RecordStore } from '../students/record-store.js';
import type { CorrectionStore } from './correction-store.js';
import type { OwnVerificationStore } from './own-verification-store.js';

/** Who could not be asked. */
type Missing = MissingSource | 'campus';
const A_DAY = 10;
const AUDIT_ROWS = 5_000;

/** Everything that is kept of a student, from all services, for himself. One answer: nothing of it is kept. */
export function createExportStore(
  db: Database,
  parts: {
    records: RecordStore;
    sealer: FieldSealer;
    verifications: Pick<OwnVerificationStore, 'all'>;
    corrections: Pick<CorrectionStore, 'ofStudent'>;
    identity: IdentityPeople | undefined;
    campus: CampusPeople | undefined;
    university: { code: string; name: string };
    clock: Clock;
  },
) {
  const { clock } = parts;

  async function register(transaction: Transaction, studentId: number) {
    const record = await parts.records.find(transaction, studentId);
    if (record === undefined) throw new Refusal('student-not-found');
    const { rows } = await transaction.raw(
      `SELECT student_number, ethnicity, major_code, grade, campus, building, counsellor_staff_number, policy_class, phone_encrypted, email_encrypted,
         created_at, updated_at FROM student WHERE id = ?`,
      [studentId],
    );
    const { phone_encrypted: phone, email_encrypted: email, ...row } = rows[0];
    const open = (column: 'phone' | 'email', sealed: Buffer | null) =>
      sealed === null ? null : parts.sealer.open(sealed, fieldPlace(column, row.student_number));
    return {
      number: row.student_number as string,
      register: { ...record.claims, ...row, phone: open('phone', phone), email: open('email', email) },
    };
  }

  /** What hangs on the student here; keys, digests and tokens let somebody in and are left out. */
  async function kept(transaction: Transaction, studentId: number) {
    const all = async (sql: string, ...more: (string | number)[]) =>
      (await transaction.raw(sql, [studentId, ...more])).rows as unknown[];
    return {
      status_changes: await all(
        `SELECT kind, state, effective_date::text AS effective_date, until_date::text AS until_date, from_status, to_status, facts,
           document_number, reason_code, recorded_at FROM status_change WHERE student_id = ? ORDER BY effective_date, id`,
      ),
      semester_facts: await all(
        'SELECT semester_id, fee, presence_by, presence_at FROM semester_fact WHERE student_id = ?',
      ),
      hold: await all('SELECT hold, reason_code, document_number, held_at, held_by FROM holder WHERE student_id = ?'),
      wallets: await all(
        'SELECT client_id, authorized_by, created_at, last_contact_at, retired_at FROM wallet WHERE student_id = ? ORDER BY id',
      ),
      offers: await all(
        'SELECT configuration_ids, created_at, expires_at, redeemed_at FROM credential_offer WHERE student_id = ? ORDER BY created_at',
      ),
      credentials: await all(
        `SELECT configuration_id, status, issued_at, max(expires_at) AS expires_at, count(*)::int AS copies FROM credential
         WHERE student_id = ? GROUP BY 1, 2, 3 ORDER BY 3`,
      ),
      gate_keys: await all('SELECT created_at, renew_after, removed_at FROM gate_key WHERE student_id = ? ORDER BY id'),
      cards: await all(
        'SELECT right(number, 4) AS last_four, state, changed_at, suspended_by FROM card WHERE student_id = ?',
      ),
      paper_passes: await all('SELECT day::text AS day, reason, at FROM paper_pass WHERE student_id = ?'),
      notices: await all(
        'SELECT kind, channel, created_at, sent_at, given_up_at FROM notice WHERE student_id = ? ORDER BY id',
      ),
      nods: await all(
        'SELECT place_zh, place_en, purpose, asked_at, answer FROM nod WHERE student_id = ? ORDER BY asked_at',
      ),
      exports: await all('SELECT at, missing FROM data_export WHERE student_id = ? ORDER BY at'),
      audit: (
        await transaction.raw(
          `SELECT at, action, row_text::jsonb -> 'detail' AS detail FROM audit
           WHERE row_text IS NOT NULL AND ${AUDIT_SUBJECT} = ? ORDER BY id DESC LIMIT ?`,
          [`student:${studentId}`, AUDIT_ROWS],
        )
      ).rows,
    };
  }

  /** What another service keeps of him; named as missing where it cannot be asked. */
  async function askedOf(source: 'identity' | 'campus', studentNumber: string, missing: Missing[]): Promise<unknown> {
    try {
      return (await parts[source]?.export(studentNumber)) ?? null;
    } catch {
      const name = source === 'identity' ? 'idp' : source;
      if (!missing.includes(name)) missing.push(name);
      return null;
    }
  }

  return {
    /** @throws Refusal `student-not-found` */
    async studentOf(studentNumber: string): Promise<number> {
      const { rows } = await db.raw('SELECT id FROM student WHERE student_number = ?', [studentNumber]);
      if (rows[0] === undefined) throw new Refusal('student-not-found');
      return Number(rows[0].id);
    },
    /**
     * The copy, with what could not be asked named in `missing`.
     * @throws Refusal `student-not-found`, `exports-at-most`
     */
    async make(studentId: number, actor: string, documentNumber?: string): Promise<Record<string, unknown>> {
      const at = new Date(clock.nowMs());
      const own = await db.transaction(async (transaction) => ({
        ...(await register(transaction, studentId)),
        kept: await kept(transaction, studentId),
      }));
      const { list, missing: unasked } = await parts.verifications.all({ id: studentId, number: own.number });
      const missing: Missing[] = [...unasked];
      const [identity, campus] = await Promise.all([
        askedOf('identity', own.number, missing),
        askedOf('campus', own.number, missing),
      ]);
      const corrections = await parts.corrections.ofStudent(studentId);
      await db.transaction(async (transaction) => {
        await transaction.raw('SELECT 1 FROM student WHERE id = ? FOR UPDATE', [studentId]);
        const { rowCount } = await transaction.raw(
          `INSERT INTO data_export (student_id, at, missing)
           SELECT ?, ?, ?::text[] WHERE (SELECT count(*) FROM data_export WHERE student_id = ? AND at > ?) < ?`,
          [studentId, at, [...missing], studentId, new Date(at.getTime() - 86_400_000), A_DAY],
        );
        if (rowCount !== 1) throw new Refusal('exports-at-most');
        const detail = { missing, ...(documentNumber === undefined ? {} : { document_number: documentNumber }) };
        const event = { actor, action: 'data.exported', subject: `student:${studentId}`, detail };
        await appendAudit(transaction, [event], clock.nowMs());
      });
      const content = { register: own.register, ...own.kept, verifications: list, corrections, identity, campus };
      return {
        ...{ format: 'lanyard-export-1', made_at: at.toISOString(), university: parts.university, missing },
        summary: summaryOf(content),
        ...content,
      };
    },
  };
}
export type ExportStore = ReturnType<typeof createExportStore>;
