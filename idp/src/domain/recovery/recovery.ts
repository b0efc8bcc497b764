import type { Account, Role } from '../accounts/account.js';

export const CODES_PER_SHEET = 10;
/** Between one member of staff opening a recovery and another approving it. */
export const CASE_MINUTES = 30;
export const CASE_CODE_MINUTES = 15;
/** After a claim or a recovery, to set up a passkey. */
export const ENROLMENT_MINUTES = 15;

const HELPERS: readonly Role[] = ['registrar', 'card-officer', 'operator'];

/** Who may help others to recover; only with a session of their own, and never alone. */
export const mayHelpRecover = (account: Account): boolean =>
  account.state === 'active' && account.roles.some((role) => HELPERS.includes(role.role));

const isOperator = (account: Account): boolean =>
  account.roles.some((role) => role.role === 'operator' && role.scopeKind === 'university');

/**
 * Whether these two together may hand out a code for a person. For somebody with a role one of the two is an operator:
 * two card officers could otherwise become the operator.
 */
export const mayRecoverTogether = (person: Account, opener: Account, approver: Account): boolean =>
  new Set([person.id, opener.id, approver.id]).size === 3 &&
  mayHelpRecover(opener) &&
  mayHelpRecover(approver) &&
  (person.roles.length === 0 || isOperator(opener) || isOperator(approver));

/**
 * Who is meant by the actor text of a call: `account:` and an account's staff number in lower case, as the console knows
 * its people. Undefined where no person stands behind the call.
 */
export const actorNumber = (actor: string | undefined): string | undefined =>
  /^account:([a-z0-9-]{1,32})$/.exec(actor ?? '')?.[1];
