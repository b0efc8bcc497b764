import { StatusListError, type StatusListErrorCode } from './errors.js';
import { STATUS_INVALID, STATUS_SUSPENDED, STATUS_VALID, statusAt } from './status-bits.js';
import type { VerifiedStatusList } from './status-list-content.js';
import type { StatusReference } from './status-reference.js';

/** What a list says about one token. `undetermined` is neither valid nor revoked: its verdict is `cannot-decide`. */
export type DeterminedStatus =
  | { readonly status: 'valid' | 'invalid' | 'suspended' }
  | {
      readonly status: 'undetermined';
      readonly code: StatusListErrorCode | 'status-list-unavailable';
      readonly cause?: unknown;
    };

/**
 * Looks a verified token's status up. `loadList` fetches and verifies the list or throws; whatever it throws,
 * a network error included, is `undetermined` (Token Status List §8.3).
 */
export function determineStatus(reference: StatusReference, loadList: () => VerifiedStatusList): DeterminedStatus {
  try {
    const list = loadList();
    if (list.uri !== reference.uri) throw new StatusListError('status-list-subject-wrong', 'this is another list');
    switch (statusAt(list.bytes, list.bits, reference.index)) {
      case STATUS_VALID:
        return { status: 'valid' };
      case STATUS_INVALID:
        return { status: 'invalid' };
      case STATUS_SUSPENDED:
        return { status: 'suspended' };
      default:
        throw new StatusListError('status-value-unknown', 'the status has no registered meaning');
    }
  } catch (cause) {
    const code = cause instanceof StatusListError ? cause.code : 'status-list-unavailable';
    return { status: 'undetermined', code, cause };
  }
}
