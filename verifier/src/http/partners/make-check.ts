import { randomBytes } from 'node:crypto';
import {
  type CardTap,
  type Clock,
  dayInShanghai,
  type IssuerTapResult,
  Refusal,
  ServiceCallError,
} from '@lanyard/platform';
import { rejected, type Verdict } from '@lanyard/protocol';
import type { FoundSubject, IssuerClient, SubjectLookup } from '../../adapters/issuer-client.js';
import { decideTap } from '../../domain/cards/decide-card.js';
import type { EntitledStudent } from '../../domain/entitlements/entitlement.js';
import { ENTITLEMENTS } from '../../domain/entitlements/rail-student-discount.js';
import {
  asksRegister,
  type CheckOutcome,
  type ConsentKind,
  outcomeOf,
  type PartnerCheck,
} from '../../domain/partners/check.js';
import type { Partner, PartnerClaim } from '../../domain/partners/partner.js';
import { sandboxPeople } from '../../domain/partners/sandbox.js';
import type { Decider } from '../../domain/verifications/decide-items.js';
import { findPurpose, type Purpose } from '../../domain/verifications/purposes.js';
import { type ShownBy, shownBy } from '../../domain/verifications/trace.js';

export interface ConcludeDeps {
  issuer: Pick<IssuerClient, 'findPartnerSubject'>;
  clock: Clock;
}

export interface CheckDeps extends ConcludeDeps {
  decider: Decider;
  /** Undefined where the issuer is away. */
  checkCards: (taps: readonly CardTap[]) => Promise<readonly IssuerTapResult[] | undefined>;
  universityCode: string;
  issuerUrl: string;
}

/** What was shown to the partner: the text of a code, or the read of a campus card. */
export type Shown = { readonly code: string } | { readonly card_tap: Omit<CardTap, 'id' | 'at'> };
export type Undecided = Extract<CheckOutcome, { result: 'cannot-decide' }>;

/** What was proved of what was shown. */
export interface Looked {
  readonly verdict: Verdict;
  readonly scheme: string | null;
  /** Of whoever was proved; undefined for students of other universities. */
  readonly by: ShownBy | undefined;
}

/** @throws Refusal `purpose-not-agreed` */
export function requirePurpose(partner: Pick<Partner, 'purposes'>, id: string): Purpose {
  const purpose = partner.purposes.includes(id) ? findPurpose(id) : undefined;
  if (purpose === undefined) throw new Refusal('purpose-not-agreed');
  return purpose;
}

/**
 * Makes one check of what was shown: the verdict under the purpose's policy, then what the register says.
 * @param claims what is agreed to be told; all of the partner's agreement where nothing else is said
 */
export async function makeCheck(
  deps: CheckDeps,
  partner: Partner,
  purpose: Purpose,
  shown: Shown,
  claims = partner.claims,
): Promise<PartnerCheck | Undecided> {
  const id = randomBytes(16).toString('base64url');
  const kind = 'code' in shown ? 'code' : 'card';
  const check = { id, partner: partner.id, purpose, kind, claims } as const;
  if (partner.sandbox) return concludeSandbox(deps, check, 'code' in shown ? shown.code : undefined);
  const looked =
    'code' in shown
      ? await lookAtCode(deps, partner, purpose, shown.code)
      : await lookAtCard(deps, purpose, shown.card_tap);
  return concludeCheck(deps, check, looked);
}

interface CheckHead {
  readonly id: string;
  readonly partner: string;
  readonly purpose: Purpose;
  readonly kind: ConsentKind;
  readonly claims: readonly PartnerClaim[];
}

/**
 * From what was proved to the check: the register says of whoever was proved what it knows. Where it cannot be asked,
 * nothing is decided.
 */
export async function concludeCheck(
  deps: ConcludeDeps,
  check: CheckHead,
  looked: Looked,
): Promise<PartnerCheck | Undecided> {
  const { verdict, scheme, by } = looked;
  if (by === undefined || !asksRegister(verdict)) return conclude(deps, check, { verdict, scheme, student: undefined });
  const lookup = { partner: check.partner, purpose: check.purpose.id, by, act: 'check' } as const;
  const student = await findSubject(deps, lookup);
  if (student === 'away') return { result: 'cannot-decide', reason: 'network-needed' };
  return conclude(deps, check, { verdict, scheme, student });
}

function conclude(
  { clock }: Pick<ConcludeDeps, 'clock'>,
  { id, partner, purpose, kind, claims }: CheckHead,
  facts: { verdict: Verdict; scheme: string | null; student: EntitledStudent | undefined },
): PartnerCheck | Undecided {
  const { verdict, scheme, student } = facts;
  const entitlement = ENTITLEMENTS.find((entry) => entry.purpose === purpose.id);
  const outcome = outcomeOf(verdict, { student, entitlement, today: dayInShanghai(clock.nowMs()) });
  if (outcome.result === 'cannot-decide') return outcome;
  return {
    ...{ id, partnerId: partner, purpose: purpose.id, outcome, student, scheme, atMs: clock.nowMs() },
    ...{ kind, claims, passengerMatched: false },
  };
}

/** A check of a fixed person, whichever way it was shown; no code but the sandbox's own is anybody. */
export function concludeSandbox(
  deps: Pick<ConcludeDeps, 'clock'>,
  check: CheckHead,
  code: string | undefined,
): PartnerCheck | Undecided {
  const person = sandboxPeople(dayInShanghai(deps.clock.nowMs())).find((one) => one.code === code);
  const verdict = person?.verdict ?? rejected('malformed');
  const subject = Buffer.from(`${person?.code}\0${check.partner}`).toString('base64url').padEnd(43, 'A').slice(0, 42);
  // The last character of 32 bytes in base64url holds four bits only.
  const student = person?.student === undefined ? undefined : { ...person.student, subject: `${subject}A` };
  return conclude(deps, check, { verdict, scheme: 'sandbox', student });
}

async function lookAtCode(deps: CheckDeps, partner: Partner, purpose: Purpose, code: string): Promise<Looked> {
  const item = { place: `purpose:${purpose.id}`, policy: purpose.policy, code };
  const [decided] = await deps.decider.decideAll([item], `partner:${partner.id}`);
  if (decided === undefined) throw new TypeError('no decision');
  const { verdict, scheme } = decided;
  return { verdict, scheme, by: shownBy(decided, deps) };
}

async function lookAtCard(deps: CheckDeps, purpose: Purpose, tap: Omit<CardTap, 'id' | 'at'>): Promise<Looked> {
  const nowSeconds = deps.clock.nowSeconds();
  const id = randomBytes(16).toString('base64url');
  const result = (await deps.checkCards([{ ...tap, id, at: nowSeconds }]))?.find((entry) => entry.id === id);
  if (result === undefined) {
    return { verdict: { verdict: 'cannot-decide', reason: 'network-needed' }, scheme: 'nfc-b', by: undefined };
  }
  const decided = decideTap(result, purpose.policy, nowSeconds);
  return { verdict: decided, scheme: 'nfc-b', by: decided.row === undefined ? undefined : { row: decided.row } };
}

/** `away` where the issuer could not be asked; undefined where it knows nobody of that kind any more. */
export async function findSubject(
  deps: Pick<ConcludeDeps, 'issuer'>,
  lookup: SubjectLookup,
): Promise<FoundSubject | undefined | 'away'> {
  try {
    return await deps.issuer.findPartnerSubject(lookup);
  } catch (error) {
    if (error instanceof ServiceCallError) return error.status === 404 ? undefined : 'away';
    throw error;
  }
}
