import type { Logger, ServiceClient } from '@lanyard/platform';
import type { Account } from '../domain/accounts/account.js';
import type { Notify } from '../domain/recovery/notice.js';

/**
 * Tells a person on all channels of a change in how they sign in; the issuer knows the channels of students. A message
 * that cannot be handed over does not stop the act: it is logged, and the audit holds the act itself.
 */
export function createTellPerson(deps: {
  accounts: { findById(id: string): Promise<Account | undefined> };
  issuer: ServiceClient;
  log: Logger;
}): Notify {
  return async (accountId, kind) => {
    const account = await deps.accounts.findById(accountId);
    if (account?.kind !== 'student') return;
    // Not awaited: nobody waits for a message to sign in.
    deps.issuer
      .json('/v1/notices', { method: 'POST', body: { student_number: account.number, kind } })
      .catch((error: Error) => deps.log.warn('notice.failed', { kind, detail: error.message }));
  };
}
