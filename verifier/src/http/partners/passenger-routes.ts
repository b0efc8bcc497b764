import { type Clock, createRoutes, dayInShanghai, Refusal } from '@lanyard/platform';
import { zPassengerAnswer } from '../../api/partner.js';
import { zPassenger } from '../../domain/partners/passenger.js';
import { SANDBOX_PASSENGER } from '../../domain/partners/sandbox.js';
import type { PartnerCheckStore } from '../../storage/partner-check-store.js';
import { type PartnerAuthenticationDeps, requirePartner } from './authenticate-partner.js';
import { type ConcludeDeps, findSubject } from './make-check.js';
import { noStore, zPartnerThing } from './partner-shapes.js';

export interface PassengerDeps extends PartnerAuthenticationDeps, ConcludeDeps {
  checks: PartnerCheckStore;
  clock: Clock;
}

/**
 * Whether the ticket is in the student's own name: yes or no, for the student of one eligible check of today. What was
 * sent is compared at the issuer and kept nowhere; a few misses a day and nothing is compared any more.
 */
export function createPassengerRoutes(deps: PassengerDeps) {
  const { checks } = deps;
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  route(
    {
      ...{ method: 'post', path: '/partner/v1/checks/:id/passenger', callers: ['open'], params: zPartnerThing },
      ...{ body: zPassenger, maxBodyBytes: 1_024, response: zPassengerAnswer },
      summary: 'Is the passenger this student? Yes or no',
    },
    async ({ params, body, context }) => {
      const partner = await requirePartner(deps, context);
      const check = await checks.read(partner.id, params.id);
      if (check === undefined) throw new Refusal('check-not-found');
      const { student } = check;
      if (check.outcome.result !== 'eligible' || student === undefined) throw new Refusal('check-not-eligible');
      if (dayInShanghai(check.atMs) !== dayInShanghai(deps.clock.nowMs())) throw new Refusal('check-too-old');
      const { subject } = student;
      if (!(await checks.takePassengerTry(partner.id, subject))) throw new Refusal('passenger-tries-used-up');
      const lookup = { partner: partner.id, purpose: check.purpose, by: { subject }, act: 'passenger' } as const;
      const found = partner.sandbox
        ? { passenger: body.name === SANDBOX_PASSENGER ? 'match' : 'mismatch' }
        : await findSubject(deps, { ...lookup, passenger: body });
      if (found === 'away') throw new Refusal('dependency-unavailable');
      const passenger = found?.passenger ?? 'mismatch';
      if (passenger === 'match') await checks.passengerMatched(check, subject);
      return { headers: noStore, body: zPassengerAnswer.parse({ passenger }) };
    },
  );
  return router;
}
