import { withinHours } from '../offline-package/policy-hours.js';
import type { PersonFacts } from './decision.js';
import { rejected, type Verdict } from './verdict.js';

/** Status, registration, policy, hours, in this order (formats.md §5); undefined when nothing speaks against the person. */
export function decidePerson(facts: PersonFacts, nowSeconds: number): Verdict | undefined {
  if (facts.status !== 'valid') return rejected(facts.status);
  if (facts.policy.requires_semester_registration && !facts.registered) return rejected('not-registered');
  if (!facts.permitted) return rejected('not-permitted');
  if (!withinHours(facts.policy, nowSeconds)) return rejected('outside-hours');
  return undefined;
}
