/** A window of semester registration and its rule. Days are whole ones of Asia/Shanghai, inclusive. */
export interface Semester {
  /** 2026-2027-1 */
  readonly id: string;
  readonly opens: string;
  readonly closes: string;
  readonly registeredUntil: string;
  readonly needsFee: boolean;
  /** Who may confirm that a student is present. */
  readonly presence: 'none' | 'holder' | 'staff';
}

export type Fee = 'paid' | 'deferred' | 'unpaid';
/** Why a student is not registered, or that nothing is missing, or that it is done. */
export const STANDINGS = ['registered', 'ready', 'fee-unpaid', 'not-present', 'not-enrolled'] as const;
export type RegistrationStanding = (typeof STANDINGS)[number];

/** Where one student stands; the store says the same of many in SQL, and a test compares them. */
export function standingOf(
  semester: Semester,
  student: {
    readonly enrolmentStatus: string;
    readonly registeredUntil: string | null;
    readonly fee: Fee;
    readonly presenceBy: string | null;
  },
): RegistrationStanding {
  if (student.enrolmentStatus !== 'enrolled' && student.enrolmentStatus !== 'exchange') return 'not-enrolled';
  if (student.registeredUntil !== null && student.registeredUntil >= semester.registeredUntil) return 'registered';
  if (semester.needsFee && student.fee === 'unpaid') return 'fee-unpaid';
  return isPresent(semester, student.presenceBy) ? 'ready' : 'not-present';
}

export function isPresent(semester: Semester, presenceBy: string | null): boolean {
  if (semester.presence === 'none') return true;
  return presenceBy !== null && (semester.presence === 'holder' || presenceBy !== 'holder');
}

export type Window = 'not-yet' | 'open' | 'closed';
export const windowOn = (semester: Pick<Semester, 'opens' | 'closes'>, today: string): Window =>
  today < semester.opens ? 'not-yet' : today > semester.closes ? 'closed' : 'open';
