import type { Queryable } from '@lanyard/platform';
import { type FieldSealer, fieldPlace } from '../roster/field-sealer.js';
import type { PortraitStore } from './portrait-store.js';

/** What credentials say of a person, from the register (docs/formats.md, student ID). */
export interface StudentRecord {
  studentId: number;
  credentialState: 'valid' | 'suspended' | 'revoked';
  enrolmentStatus: string;
  registeredUntil: string | undefined;
  level: string;
  claims: Record<string, unknown>;
  /** State of an alumni ID; null for who is no alumnus. */
  alumniState: 'valid' | 'suspended' | 'revoked' | null;
  /** Day on which the present status began, as far as it is recorded; else the expected graduation. */
  leftOn: string;
  /** A new portrait awaits review: credentials that carry one wait for it. */
  portraitPending: boolean;
}

/** Reads the register for issuance; identity numbers are opened here and nowhere on the way to a screen. */
export function createRecordStore(parts: {
  sealer: FieldSealer;
  portraits: PortraitStore;
  university: { code: string; name: string };
}) {
  return {
    async find(on: Queryable, studentId: number): Promise<StudentRecord | undefined> {
      const { rows } = await on.raw(
        `SELECT s.*, hs.credential_state, hs.alumni_state,
           (SELECT max(c.effective_date) FROM status_change c WHERE c.student_id = s.id AND c.state = 'in-force'
              AND c.to_status = s.enrolment_status AND c.from_status <> c.to_status) AS left_on FROM (
           SELECT id, student_number, name, name_latin, sex, birth_date, identity_document_type, identity_number_encrypted, college, major, class, level,
             length_of_study, study_form, entry_date, expected_graduation, enrolment_status, registered_until, rail_from, rail_to, portrait_id, pending_portrait_id
           FROM student WHERE id = ?) s JOIN holder_state hs ON hs.student_id = s.id`,
        [studentId],
      );
      const row = rows[0];
      if (row === undefined) return undefined;
      const portrait = row.portrait_id === null ? undefined : await parts.portraits.read(on, row.portrait_id);
      const text = (value: string) => (value === '' ? undefined : value);
      const claims = {
        name: row.name,
        name_latin: text(row.name_latin),
        portrait: portrait?.toString('base64url'),
        student_number: row.student_number,
        university_code: parts.university.code,
        university_name: parts.university.name,
        college: text(row.college),
        major: text(row.major),
        class: text(row.class),
        level: row.level,
        length_of_study: Number(row.length_of_study),
        study_form: row.study_form,
        entry_date: row.entry_date,
        expected_graduation: row.expected_graduation,
        enrolment_status: row.enrolment_status,
        registered_until: row.registered_until ?? undefined,
        birth_date: row.birth_date,
        sex: row.sex,
        identity_document: {
          type: row.identity_document_type,
          number: parts.sealer.open(row.identity_number_encrypted, fieldPlace('identity_number', row.student_number)),
        },
        rail_interval:
          row.rail_from !== '' && row.rail_to !== '' ? { from: row.rail_from, to: row.rail_to } : undefined,
      };
      return {
        studentId: row.id,
        credentialState: row.credential_state,
        alumniState: row.alumni_state,
        leftOn: row.left_on ?? row.expected_graduation,
        enrolmentStatus: row.enrolment_status,
        registeredUntil: row.registered_until ?? undefined,
        level: row.level,
        portraitPending: row.pending_portrait_id !== null,
        claims: Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined)),
      };
    },
  };
}
export type RecordStore = ReturnType<typeof createRecordStore>;
