import {
  ENROLMENT_STATES,
  type EnrolmentStatus,
  enrolmentStateByCode,
  enrolmentStateByNumber,
} from '../student-id/enrolment-states.js';

/** States in which the credential is suspended because of the state itself; only this suspension can a policy lift. */
export const suspendingStates: ReadonlySet<EnrolmentStatus> = new Set<EnrolmentStatus>(
  ENROLMENT_STATES.filter((state) => state.credential === 'suspended').map((state) => state.code),
);

/** The state byte of a row, opened. */
export interface RowState {
  /** Registered for the current semester (0x80). */
  readonly registered: boolean;
  /** Credential suspended (0x40). */
  readonly suspended: boolean;
  /** Credential revoked (0x20). */
  readonly revoked: boolean;
  /** Suspended by holder or staff, whatever the enrolment state: lost phone, misuse (0x10). No policy lifts it. */
  readonly stopped: boolean;
  readonly enrolmentState: EnrolmentStatus;
}

/** The state byte of a row. */
export function encodeRowState(state: Omit<RowState, 'stopped'> & { readonly stopped?: boolean }): number {
  const number = enrolmentStateByCode(state.enrolmentState)?.number;
  if (number === undefined) throw new TypeError('no such enrolment state');
  return (
    (state.registered ? 0x80 : 0) |
    (state.suspended ? 0x40 : 0) |
    (state.revoked ? 0x20 : 0) |
    (state.stopped === true ? 0x10 : 0) |
    number
  );
}

/** True for a state byte whose enrolment state exists. */
export function isRowState(byte: number): boolean {
  return enrolmentStateByNumber(byte & 0x0f) !== undefined;
}

/** The opened state byte, or undefined for a state number that does not exist. */
export function decodeRowState(byte: number): RowState | undefined {
  const enrolmentState = enrolmentStateByNumber(byte & 0x0f)?.code;
  if (enrolmentState === undefined) return undefined;
  return {
    registered: (byte & 0x80) !== 0,
    suspended: (byte & 0x40) !== 0,
    revoked: (byte & 0x20) !== 0,
    stopped: (byte & 0x10) !== 0,
    enrolmentState,
  };
}
