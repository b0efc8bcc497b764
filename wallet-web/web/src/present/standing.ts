import type { Face, HolderState } from '../storage/kept.js';
import { localDate } from '../ui/dates.js';

interface Hold<Kind> {
  readonly kind: Kind;
  readonly reason: string | undefined;
  readonly sinceMs: number | undefined;
}

/** What the wallet may show, from what was last heard and what is on the card. */
export type Standing =
  | { readonly kind: 'none' }
  | Hold<'suspended'>
  | Hold<'revoked'>
  | { readonly kind: 'valid'; readonly registeredUntil: string | undefined; readonly registered: boolean };

/** The registration of the semester keeps a state of its own: a card may be good and not registered. */
export function standingOf(face: Face | undefined, state: HolderState | undefined, nowMs: number): Standing {
  if (face === undefined) return { kind: 'none' };
  if (state !== undefined && state.credential_state !== 'valid') {
    return {
      kind: state.credential_state,
      reason: state.reason_code ?? undefined,
      sinceMs: state.changed_at === null ? undefined : state.changed_at * 1000,
    };
  }
  const registeredUntil = (state === undefined ? face.claims.registered_until : state.registered_until) ?? undefined;
  // The last day counts whole, in the university's zone.
  return {
    kind: 'valid',
    registeredUntil,
    registered: registeredUntil !== undefined && registeredUntil >= localDate(nowMs),
  };
}

/**
 * Whether a hold or the end of the student ID closes the wallet to all who ask. What the issuer still stands for can be
 * shown: it takes its word back with a hold.
 */
export function isClosed(
  standing: Standing,
  state: HolderState | undefined,
): standing is Hold<'suspended'> | Hold<'revoked'> {
  if (standing.kind !== 'suspended' && standing.kind !== 'revoked') return false;
  return state?.alumni_state !== 'valid' && (state?.documents ?? []).length === 0;
}
