import type { Account } from '../accounts/account.js';
import type { PresentedIdentity } from './wallet-sign-in.js';

export type WalletRefusal =
  | 'presentation-not-found'
  | 'presentation-refused'
  | 'credential-suspended'
  | 'credential-revoked'
  | 'presentation-undecided'
  | 'other-university'
  | 'account-unknown';

/**
 * From a checked presentation to the account of its holder: only the university's own student IDs sign in, and only
 * while they are valid. A fault on the way is never a yes.
 */
export async function acceptPresentation(
  presented: PresentedIdentity | undefined,
  deps: { universityCode: string; findByNumber: (number: string) => Promise<Account | undefined> },
): Promise<{ account: Account } | { refused: WalletRefusal }> {
  if (presented === undefined) return { refused: 'presentation-not-found' };
  if (presented.verdict === 'cannot-decide') return { refused: 'presentation-undecided' };
  if (presented.verdict === 'rejected') {
    if (presented.reason === 'suspended') return { refused: 'credential-suspended' };
    if (presented.reason === 'revoked') return { refused: 'credential-revoked' };
    return { refused: 'presentation-refused' };
  }
  if (presented.universityCode !== deps.universityCode) return { refused: 'other-university' };
  const account = presented.studentNumber === undefined ? undefined : await deps.findByNumber(presented.studentNumber);
  if (account === undefined || account.kind !== 'student' || account.state !== 'active')
    return { refused: 'account-unknown' };
  return { account };
}
