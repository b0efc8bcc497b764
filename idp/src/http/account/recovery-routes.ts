import { type Authenticate, type Caller, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { Account } from '../../domain/accounts/account.js';
import { printClaimCode } from '../../domain/claim-codes/claim-code.js';
import type { Notify } from '../../domain/recovery/notice.js';
import { actorNumber, mayHelpRecover, mayRecoverTogether } from '../../domain/recovery/recovery.js';
import type { AccountStore } from '../../storage/account-store.js';
import type { RecoveryCaseStore } from '../../storage/recovery-case-store.js';

/** The console alone, for a signed-in person: the operator token names nobody and may neither open nor approve. */
const callers = ['service:admin'] as const;
const iso = (ms: number) => new Date(ms).toISOString();

/** Recovery with the help of two members of staff. */
export function createRecoveryRoutes(deps: {
  authenticate: Authenticate;
  accounts: AccountStore;
  cases: RecoveryCaseStore;
  notify: Notify;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/recoveries',
      callers,
      body: z.strictObject({
        number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/),
        reason: z.string().trim().min(1).max(200),
      }),
      summary: 'Opens a recovery; another person approves it within 30 minutes',
    },
    async ({ body, caller }) => {
      const helper = await helperOf(caller);
      const account = await deps.accounts.findByNumber(body.number);
      if (account === undefined || account.state !== 'active') throw new Refusal('account-not-found');
      // Nobody recovers himself, not even with a colleague.
      if (account.id === helper.id) throw new Refusal('not-allowed');
      const opened = await deps.cases.open(account.id, body.reason, helper.id);
      await deps.notify(account.id, 'recovery-opened');
      return { status: 201, body: { id: opened.id, state: 'waiting', expires_at: iso(opened.expiresAtMs) } };
    },
  );
  route(
    { method: 'get', path: '/v1/recoveries', callers, summary: 'Recoveries of the last day, newest first' },
    async ({ caller }) => {
      await helperOf(caller);
      return {
        body: {
          recoveries: (await deps.cases.list()).map((one) => ({
            id: one.id,
            number: one.number,
            name: one.name,
            reason: one.reason,
            state: one.state,
            opened_by: one.openedBy,
            opened_at: iso(one.openedAtMs),
            expires_at: iso(one.expiresAtMs),
            approved_by: one.approvedBy ?? null,
          })),
        },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/recoveries/:id/approve',
      callers,
      params: z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) }),
      summary: 'Approves a recovery that another opened; answers the one-time code, this once',
    },
    async ({ params, caller }) => {
      const helper = await helperOf(caller);
      await requireRightPair(params.id, helper);
      const approved = await deps.cases.approve(params.id, helper.id);
      if (approved === undefined) throw new Refusal('recovery-not-open');
      return {
        headers: { 'Cache-Control': 'no-store' },
        body: { code: printClaimCode(approved.code), expires_at: iso(approved.expiresAtMs) },
      };
    },
  );
  return router;

  /**
   * Roles are read again: they may have changed since the case was opened. Approving one's own case reads as a case
   * that is not open.
   * @throws Refusal `recovery-not-open`, `not-allowed`
   */
  async function requireRightPair(id: string, approver: Account): Promise<void> {
    const found = await deps.cases.find(id);
    if (found === undefined || found.openedBy === approver.id) throw new Refusal('recovery-not-open');
    const [person, opener] = await Promise.all([
      deps.accounts.findById(found.accountId),
      deps.accounts.findById(found.openedBy),
    ]);
    if (person === undefined || opener === undefined || !mayRecoverTogether(person, opener, approver))
      throw new Refusal('not-allowed');
  }
  /** @throws Refusal `person-needed`, `not-allowed` */
  async function helperOf(caller: Caller): Promise<Account> {
    const number = caller.kind === 'service' ? actorNumber(caller.actor) : undefined;
    if (number === undefined) throw new Refusal('person-needed');
    const helper = await deps.cases.findStaff(number);
    if (helper === undefined || !mayHelpRecover(helper)) throw new Refusal('not-allowed');
    return helper;
  }
}
