import { attendedServices } from '../definitions/check-form.js';
import type { FormValues } from '../definitions/form-schema.js';
import { findStep, isEffect } from '../definitions/walk-steps.js';
import type { Attended } from '../people/attended.js';
import { type Fact, NO_FACTS, type PersonId } from '../people/person.js';
import { act } from './act.js';
import type { PersonActor } from './action.js';
import { type CaseState, openSteps, type Slot } from './case-state.js';
import type { Acted, ReadyDefinition } from './live-case.js';
import { untickedOf } from './note-down.js';

const MAX_ROUNDS = 200;
const SAMPLE: Attended = { hours: '2.5', record: '2026-10-01 迎新引导 Welcome desk 2.5 h' };
/** The duty writes what it did; to all others a comment is free. */
const AGREED = 'test';
const APPLICANT = 'student:test' as PersonId;
const STARTER = 'staff:starter' as PersonId;

/** What a sample applicant attended, of every service a form tells of. */
export const sampleAttended = ({ definition }: ReadyDefinition): Record<string, Attended> =>
  Object.fromEntries(attendedServices(definition.form).map((service) => [service, SAMPLE]));

/** What a path depends on. */
export interface Sample {
  readonly facts: Readonly<Record<Fact, string>>;
  readonly form: FormValues;
  /** On which it is handed in, in Asia/Shanghai. */
  readonly day: string;
  /** What is chosen at dispatch steps, by step; the first choice where nothing is said or it is none. */
  readonly choices?: Readonly<Record<string, string>>;
}

/** Steps in the order they opened or were passed when everybody agrees, or the refusal that stopped it. */
export function pathTaken(ready: ReadyDefinition, sample: Sample): string[] {
  const nowMs = Date.parse(`${sample.day}T01:00:00Z`);
  const context = { nowMs, dueAfter: (hours: number) => nowMs + hours * 3_600_000 };
  const { about, start } = ready.definition;
  const starter = start.students ? personActor(APPLICANT) : personActor(STARTER, start.staff_roles[0]);
  const applicant =
    about === 'incident'
      ? { person: STARTER, facts: NO_FACTS }
      : { person: APPLICANT, facts: sample.facts, attended: sampleAttended(ready) };
  let acted = act(ready, undefined, starter, { verb: 'submit', applicant, form: sample.form }, context);
  const path: string[] = [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (!acted.ok) return [acted.code];
    for (const event of acted.events)
      if (
        event.kind === 'step-opened' ||
        event.kind === 'danger-named' ||
        (event.kind === 'emitted' && !path.includes(event.step))
      )
        path.push(event.step);
    if (acted.state.status === 'closed') return path;
    acted = agreeOnce(ready, acted.state, sample, context);
  }
  return [...path, 'does-not-end'];
}

function agreeOnce(
  ready: ReadyDefinition,
  state: CaseState,
  { choices = {} }: Sample,
  context: Parameters<typeof act>[4],
): Acted {
  const [entry] = openSteps(state);
  if (entry === undefined) return { ok: false, code: 'step-not-open' };
  const [id, open] = entry;
  const slot = open.slots.find(({ signature }) => signature === null);
  const step = findStep(ready.definition.steps, id);
  if (step !== undefined && isEffect(step)) {
    const settled = { verb: 'settle-effect', step: id, outcome: { is: 'done' } } as const;
    return act(ready, state, { kind: 'effects' }, settled, context);
  }
  const [item] = step === undefined ? [] : untickedOf(step, open);
  if (item !== undefined)
    return act(ready, state, signerOf(slot), { verb: 'note', step: id, text: AGREED, item }, context);
  const offered = step?.kind === 'dispatch' ? step.choices.map((one) => one.id) : [];
  const choice = offered.find((one) => one === choices[id]) ?? offered[0];
  return act(ready, state, signerOf(slot), { verb: 'agree', step: id, comment: AGREED, choice }, context);
}

function signerOf(slot: Slot | undefined): PersonActor {
  if (slot === undefined) return personActor(APPLICANT);
  if (slot.owner.kind === 'person') return personActor(slot.owner.person);
  const { role, scope } = slot.owner;
  return { ...personActor(`staff:signer-${slot.id}` as PersonId), roles: [{ role, scope }] };
}

const personActor = (person: PersonId, role?: string): PersonActor => ({
  kind: 'person',
  ...{ person, standsInFor: [] },
  roles: role === undefined ? [] : [{ role, scope: { kind: 'university', value: '' } }],
});
