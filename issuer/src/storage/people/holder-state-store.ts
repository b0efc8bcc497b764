import type { Clock, Queryable } from '@lanyard/platform';
import type { EnrolmentStatus } from '@lanyard/protocol';
import { effectsOf, type Hold } from '../../domain/life/life-state.js';
import { refreshAtMs } from '../../domain/life/refresh-time.js';
import { listDocumentIdentifiers } from '../cases/document-identifiers.js';

/** What a wallet hears of its student. Copies still good are counted for this wallet. */
export interface HolderState {
  version: number;
  credential_state: 'valid' | 'suspended' | 'revoked';
  /** State of an alumni ID; null for who is no alumnus. */
  alumni_state: 'valid' | 'suspended' | 'revoked' | null;
  reason_code: string | null;
  changed_at: number | null;
  enrolment_status: string;
  registered_until: string | null;
  name: string;
  /** Where the student lives, as the dormitory's system says; null where in none, or where it says nothing. */
  building: string | null;
  gate_key: { enrolled: boolean; renew_after: number | null };
  copies: {
    'student-id-sd-jwt': number;
    'student-id-mdoc': number;
    'student-pass': number;
    'alumni-id-sd-jwt': number;
  };
  /** Documents this wallet may have copies of, by credential identifier; null where nothing is told of them now. */
  documents: string[] | null;
  /** Signers (kid, base64url) that were retired and signed living copies of this wallet: those copies are no good. */
  retired_signers: string[];
  /** From when to obtain copies anew that say something older; null where all say what is so. */
  refresh_after: number | null;
}

const NO_COPIES = { 'student-id-sd-jwt': 0, 'student-id-mdoc': 0, 'student-pass': 0, 'alumni-id-sd-jwt': 0 };

/** A retired signer refuses everything it signed. */
const SIGNER_STANDS = 'NOT EXISTS (SELECT FROM signer r WHERE r.kid = c.signer_kid AND r.retired_at IS NOT NULL)';

export async function readHolderState(
  on: Queryable,
  holder: { studentId: number; walletId: number },
  clock: Clock,
): Promise<HolderState | undefined> {
  const now = new Date(clock.nowMs());
  const { rows } = await on.raw(
    `SELECT hs.version, hs.credential_state, hs.alumni_state, hs.hold, hs.reason_code, hs.enrolment_status, hs.registered_until, s.name, s.building, h.held_at,
       g.renew_after, h.copies_outdated_at,
       (SELECT jsonb_object_agg(configuration_id, n) FROM (SELECT c.configuration_id, count(*) AS n FROM credential c
        WHERE c.wallet_id = ? AND c.status = 0 AND c.expires_at > ? AND c.document_id IS NULL AND ${SIGNER_STANDS} GROUP BY c.configuration_id) AS counted) AS copies,
       (SELECT array_agg(DISTINCT r.kid) FROM credential c JOIN signer r ON r.kid = c.signer_kid AND r.retired_at IS NOT NULL
        WHERE c.wallet_id = ? AND c.expires_at > ?) AS retired,
       EXISTS (SELECT FROM credential c JOIN issuance i ON i.id = c.issuance_id
        WHERE c.student_id = hs.student_id AND c.wallet_id = ? AND c.expires_at > ?
          AND c.document_id IS NULL AND (c.configuration_id = 'alumni-id-sd-jwt') = (hs.alumni_state IS NOT NULL)
        GROUP BY c.configuration_id HAVING max(i.issued_at) < h.copies_outdated_at) AS outdated,
       (SELECT c.from_status FROM status_change c WHERE hs.enrolment_status = 'deceased' AND c.student_id = hs.student_id
          AND c.kind = 'death' AND c.state = 'in-force' ORDER BY c.id DESC LIMIT 1) AS before_death
     FROM holder_state hs JOIN student s ON s.id = hs.student_id LEFT JOIN holder h ON h.student_id = hs.student_id
     LEFT JOIN gate_key g ON g.student_id = hs.student_id AND g.wallet_id = ? AND g.retire_at IS NULL AND g.removed_at IS NULL
     WHERE hs.student_id = ?`,
    [...[holder.walletId, now, holder.walletId, now, holder.walletId, now], ...[holder.walletId, holder.studentId]],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const seconds = (value: Date | null) => (value === null ? null : Math.floor(value.getTime() / 1000));
  const shown = row.before_death === null ? row : { ...row, ...stillOf(row.before_death, row.hold) };
  return {
    version: row.version,
    credential_state: shown.credential_state,
    alumni_state: shown.alumni_state,
    reason_code:
      shown.credential_state === 'valid' ? null : row.hold === 'none' ? shown.enrolment_status : row.reason_code,
    changed_at: seconds(row.held_at),
    enrolment_status: shown.enrolment_status,
    registered_until: row.registered_until,
    name: row.name,
    building: row.building === '' ? null : row.building,
    gate_key: { enrolled: row.renew_after !== null, renew_after: seconds(row.renew_after) },
    copies: { ...NO_COPIES, ...row.copies },
    // A hold is an interruption, and of a death nothing is told: what a wallet has stays as it is.
    documents:
      row.hold === 'suspended' || row.enrolment_status === 'deceased'
        ? null
        : await listDocumentIdentifiers(on, holder.walletId, now),
    retired_signers: ((row.retired ?? []) as Buffer[]).map((kid) => kid.toString('base64url')),
    refresh_after: row.outdated
      ? Math.ceil(refreshAtMs(holder.walletId, (row.copies_outdated_at as Date).getTime()) / 1000)
      : null,
  };
}

/** The devices of who has died show what they showed: nothing is told there. */
function stillOf(before: EnrolmentStatus, hold: Hold) {
  const { student_id, alumni_id } = effectsOf(before, hold);
  return {
    enrolment_status: before,
    credential_state: student_id,
    alumni_state: alumni_id === 'none' ? null : alumni_id,
  };
}
