import { cannotDecide, type RejectedReason, rejected } from '@lanyard/protocol';
import type { IssuerClient } from '../../adapters/issuer-client.js';
import { decideHolder } from '../../domain/cards/decide-card.js';
import type { PartnerCheck } from '../../domain/partners/check.js';
import type { PartnerClaim } from '../../domain/partners/partner.js';
import type { CounterTap, CounterTapStore } from '../../storage/counter-tap-store.js';
import type { PartnerCheckStore } from '../../storage/partner-check-store.js';
import { type CheckDeps, concludeCheck, type Looked, makeCheck, type Undecided } from '../partners/make-check.js';
import type { PartnerLimit } from '../partners/partner-limit.js';
import type { OpenCounter } from './require-counter.js';

export interface CounterCheckDeps extends CheckDeps {
  taps: CounterTapStore;
  checks: PartnerCheckStore;
  limit: PartnerLimit;
  readRowState: IssuerClient['readRowState'];
}

/** What a counter tells of a person, where the partner's agreement has it. */
const TOLD: readonly PartnerClaim[] = ['interval'];
const toldAt = ({ partner }: OpenCounter) => TOLD.filter((claim) => partner.claims.includes(claim));

/**
 * The partner's check a tap becomes, made once: who was read is decided by what the register says now, and what the
 * reader refused stays refused. Where nothing can be decided nothing is kept.
 */
export async function checkTap(
  deps: CounterCheckDeps,
  counter: OpenCounter,
  tap: CounterTap,
  actor: string,
): Promise<PartnerCheck | Undecided> {
  const { partner, purpose, checkpointId } = counter;
  const before = await deps.checks.read(partner.id, tap.id);
  if (before !== undefined) return before;
  await deps.limit.take(partner);
  const kind = tap.scheme === 'nfc-b' ? 'card' : 'code';
  const head = { id: tap.id, partner: partner.id, purpose, kind, claims: toldAt(counter) } as const;
  const made = await concludeCheck(deps, head, await lookAtTap(deps, counter, tap));
  if (!('result' in made)) await deps.checks.keep(made, { counter: { checkpointId, actor } });
  return made;
}

async function lookAtTap(deps: CounterCheckDeps, { purpose }: OpenCounter, tap: CounterTap): Promise<Looked> {
  const { scheme, rowNumber: row, refused } = tap;
  const away: Looked = { verdict: cannotDecide('network-needed'), scheme, by: undefined };
  if (row === undefined) return away;
  if (refused !== undefined) return { verdict: rejected(refused as RejectedReason), scheme, by: { row } };
  const holder = await deps.readRowState(row).catch(() => undefined);
  if (holder === undefined) return away;
  return { verdict: decideHolder(holder, purpose.policy, deps.clock.nowSeconds()), scheme, by: { row } };
}

/** A clerk's own scan goes the way of a partner's; what was decided is a tap of that clerk. */
export async function checkScan(
  deps: CounterCheckDeps,
  counter: OpenCounter,
  code: string,
  actor: string,
): Promise<{ made: PartnerCheck; tap: CounterTap } | Undecided> {
  const { partner, purpose, checkpointId } = counter;
  await deps.limit.take(partner);
  const made = await makeCheck(deps, partner, purpose, { code }, toldAt(counter));
  if ('result' in made) return made;
  await deps.checks.keep(made, { counter: { checkpointId, actor } });
  const scan = { id: made.id, checkpointId, scheme: made.scheme ?? 'gate-code', actor };
  return { made, tap: await deps.taps.addScan(scan) };
}
