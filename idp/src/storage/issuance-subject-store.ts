import type { Clock, Database } from '@lanyard/platform';

/** Whom the subject of an access token for the credential issuer stands for. */
export function createIssuanceSubjectStore(db: Database, clock: Clock) {
  return {
    async note(subject: string, accountId: string): Promise<void> {
      await db.raw(
        'INSERT INTO issuance_subject (subject, account_id, first_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        [subject, accountId, new Date(clock.nowMs())],
      );
    },
    /** An active student; anybody else is nobody to the issuer. */
    async findStudent(subject: string): Promise<{ studentNumber: string } | undefined> {
      const { rows } = await db.raw(
        `SELECT a.number FROM issuance_subject s JOIN account a ON a.id = s.account_id
         WHERE s.subject = ? AND a.kind = 'student' AND a.state = 'active'`,
        [subject],
      );
      return rows[0] === undefined ? undefined : { studentNumber: rows[0].number };
    },
  };
}
export type IssuanceSubjectStore = ReturnType<typeof createIssuanceSubjectStore>;
