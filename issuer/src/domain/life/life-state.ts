import { type CredentialEffect, type EnrolmentStatus, enrolmentStateByCode } from '@lanyard/protocol';

/** Where a student stands, with what belongs to that state and to no other. Days are those of Asia/Shanghai. */
export type LifeState =
  | { readonly is: 'expected'; readonly status: 'not-registered' }
  | { readonly is: 'expected'; readonly status: 'admission-retained'; readonly until: string | undefined }
  | { readonly is: 'studying'; readonly status: 'enrolled' }
  | { readonly is: 'guest'; readonly status: 'exchange'; readonly until: string }
  | { readonly is: 'on-exchange'; readonly status: 'exchange'; readonly until: string | undefined }
  | {
      readonly is: 'away';
      readonly status: 'on-leave-of-absence' | 'status-retained';
      readonly until: string | undefined;
    }
  | {
      readonly is: 'left';
      readonly status: 'transferred-out' | 'withdrawn' | 'expelled';
      readonly since: string | undefined;
    }
  | {
      readonly is: 'alumnus';
      readonly status: 'graduated' | 'completed' | 'attended';
      readonly since: string | undefined;
    }
  | { readonly is: 'deceased'; readonly status: 'deceased' };

/** The state that a status means; `guest` only where the change that led there says so. */
export function stateOf(
  status: EnrolmentStatus,
  by: { readonly since?: string | undefined; readonly until?: string | undefined; readonly guest?: boolean } = {},
): LifeState {
  const { since, until } = by;
  switch (status) {
    case 'not-registered':
      return { is: 'expected', status };
    case 'admission-retained':
      return { is: 'expected', status, until };
    case 'enrolled':
      return { is: 'studying', status };
    case 'exchange':
      return by.guest === true && until !== undefined
        ? { is: 'guest', status, until }
        : { is: 'on-exchange', status, until };
    case 'on-leave-of-absence':
    case 'status-retained':
      return { is: 'away', status, until };
    case 'transferred-out':
    case 'withdrawn':
    case 'expelled':
      return { is: 'left', status, since };
    case 'graduated':
    case 'completed':
    case 'attended':
      return { is: 'alumnus', status, since };
    case 'deceased':
      return { is: 'deceased', status };
  }
}

export type Hold = 'none' | 'suspended' | 'revoked';

/** What follows from a status and a hold, for everybody who acts on it. */
export interface LifeEffects {
  readonly student_id: CredentialEffect;
  readonly alumni_id: CredentialEffect | 'none';
  readonly sign_in: 'active' | 'closed';
  /** `by-policy`: a checkpoint may take suspended states. */
  readonly gates: 'by-policy-and-registration' | 'by-policy' | 'refused';
}

/** The view `holder_state` says the same in SQL; a test compares them. */
export function effectsOf(status: EnrolmentStatus, hold: Hold): LifeEffects {
  const state = enrolmentStateByCode(status);
  if (state === undefined) throw new TypeError('no such enrolment status');
  const studentId = worse(state.credential, hold);
  return {
    student_id: studentId,
    alumni_id: state.alumniCredential ? worse('valid', hold) : 'none',
    sign_in: state.credential === 'revoked' ? 'closed' : 'active',
    gates:
      studentId === 'valid'
        ? 'by-policy-and-registration'
        : studentId === 'suspended' && hold === 'none'
          ? 'by-policy'
          : 'refused',
  };
}

function worse(effect: CredentialEffect, hold: Hold): CredentialEffect {
  if (effect === 'revoked' || hold === 'revoked') return 'revoked';
  return effect === 'suspended' || hold === 'suspended' ? 'suspended' : 'valid';
}
