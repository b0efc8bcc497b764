import { type Database, dayInShanghai } from '@lanyard/platform';
import type { Verdict } from '@lanyard/protocol';
import { outcomeOf } from '../../domain/partners/check.js';
import { ANSWER_REASONS } from '../../domain/presentations/answer-reasons.js';
import { findPurpose } from '../../domain/verifications/purposes.js';
import type { AnsweredRequest, CheckRequestStore } from '../../storage/check-request-store.js';
import type { FollowUpStore } from '../../storage/follow-up-store.js';
import type { PartnerCheckStore } from '../../storage/partner-check-store.js';
import type { PartnerStore } from '../../storage/partner-store.js';
import { entitlementOf } from './check-answer.js';
import { type ConcludeDeps, concludeCheck, findSubject } from './make-check.js';

export interface SettleDeps extends ConcludeDeps {
  database: Database;
  partners: Pick<PartnerStore, 'find'>;
  requests: CheckRequestStore;
  checks: PartnerCheckStore;
  followUps: FollowUpStore;
}

const AT_A_TIME = 32;
const ONLY_ANSWERS: ReadonlySet<string> = new Set(ANSWER_REASONS);

/**
 * What goes on after a partner's call has been answered: presentations become checks, requests nobody answered end, and
 * students of checks that are followed up are looked at. Several processes may do this beside each other.
 */
export function createCheckSettler(deps: SettleDeps) {
  const { requests, followUps } = deps;
  let running: Promise<void> | undefined;

  async function work(): Promise<void> {
    for (const request of await requests.findAnswered(AT_A_TIME)) await settle(deps, request);
    for (const request of await requests.findExpired(AT_A_TIME)) await requests.end(request, 'expired');
    for (const due of await followUps.claim(AT_A_TIME)) {
      const { partnerId: partner, purpose, subject } = due;
      const student = await findSubject(deps, { partner, purpose, by: { subject }, act: 'follow-up' });
      if (student === 'away') continue;
      const today = dayInShanghai(deps.clock.nowMs());
      const facts = { student, entitlement: entitlementOf(due), today };
      // Where no discount hangs on the purpose, its policy's states decide.
      const states: readonly string[] = findPurpose(purpose)?.policy.admits.states ?? [];
      const still =
        student !== undefined &&
        states.includes(student.enrolmentStatus) &&
        outcomeOf({ verdict: 'accepted' }, facts).result === 'eligible';
      if (!still) await followUps.ended(due);
    }
  }

  return {
    async work(): Promise<void> {
      running ??= work().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
export type CheckSettler = ReturnType<typeof createCheckSettler>;

async function settle(deps: SettleDeps, request: AnsweredRequest): Promise<void> {
  const { checks, requests } = deps;
  const { id, overall, results } = request;
  const partner = await deps.partners.find(request.partnerId);
  const purpose = findPurpose(request.purpose);
  if (partner === undefined || purpose === undefined) return requests.end(request, 'expired');
  // A wallet that declined, or showed something else, has said nothing about anybody.
  if (overall.verdict !== 'accepted' && ONLY_ANSWERS.has(overall.reason)) return requests.end(request, overall.reason);
  const by = Object.values(results ?? {}).flatMap((list) => list.flatMap(({ entry }) => entry ?? []))[0];
  const head = { id, partner: partner.id, purpose, kind: 'presentation', claims: request.claims } as const;
  const made = await concludeCheck(deps, head, { verdict: overall as Verdict, scheme: 'openid4vp', by });
  if ('result' in made) {
    // An issuer that is away is asked again; what nobody can decide any more ends.
    if (by !== undefined && made.reason === 'network-needed' && !requests.isTooLate(request)) return;
    return requests.end(request, made.reason);
  }
  const event = { kind: 'check.answered', data: { check: id } } as const;
  await deps.database.transaction(async (transaction) => {
    if (await requests.settle(transaction, id))
      await checks.keepIn(transaction, made, { followUp: partner.follow_up, event, heldBack: request.heldBack });
  });
}
