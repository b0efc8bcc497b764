import type { DefinitionTest } from '../definitions/definition.js';
import { findStep, isEffect } from '../definitions/walk-steps.js';
import { type Applicant, FACTS, type Fact, type PersonId } from '../people/person.js';
import { act } from './act.js';
import type { PersonActor } from './action.js';
import { type CaseState, openSteps, type Slot } from './case-state.js';
import type { Acted, ReadyDefinition } from './live-case.js';

export interface FailedTest {
  readonly name: string;
  readonly wanted: readonly string[];
  readonly found: readonly string[];
}

const MAX_ROUNDS = 200;
const APPLICANT = 'student:test' as PersonId;

/** Runs the tests inside a definition by the engine itself; a definition with a failed one is not published. */
export function runDefinitionTests(ready: ReadyDefinition): FailedTest[] {
  return ready.definition.tests.flatMap((test) => {
    const wanted = test.expect === 'path' ? test.path : ['form-invalid'];
    const found = pathOf(ready, test);
    return wanted.join() === found.join() ? [] : [{ name: test.name, wanted, found }];
  });
}

/** Steps in the order they opened or were passed when everybody agrees, or the refusal that stopped it. */
function pathOf(ready: ReadyDefinition, test: DefinitionTest): string[] {
  const nowMs = Date.parse(`${test.day}T01:00:00Z`);
  const context = { nowMs, dueAfter: (hours: number) => nowMs + hours * 3_600_000 };
  const { students, staff_roles: roles } = ready.definition.start;
  const starter = students ? personActor(APPLICANT) : personActor('staff:starter' as PersonId, roles[0]);
  let acted = act(
    ready,
    undefined,
    starter,
    { verb: 'submit', applicant: applicantOf(test), form: test.form },
    context,
  );
  const path: string[] = [];
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (!acted.ok) return [acted.code];
    for (const event of acted.events)
      if (event.kind === 'step-opened' || (event.kind === 'emitted' && !path.includes(event.step)))
        path.push(event.step);
    if (acted.state.status === 'closed') return path;
    acted = agreeOnce(ready, acted.state, context);
  }
  return [...path, 'does-not-end'];
}

function agreeOnce(ready: ReadyDefinition, state: CaseState, context: Parameters<typeof act>[4]): Acted {
  const [entry] = openSteps(state);
  if (entry === undefined) return { ok: false, code: 'step-not-open' };
  const [id, open] = entry;
  const slot = open.slots.find(({ signature }) => signature === null);
  const step = findStep(ready.definition.steps, id);
  const choice = step?.kind === 'dispatch' ? step.choices[0]?.id : undefined;
  if (step !== undefined && isEffect(step))
    return act(
      ready,
      state,
      { kind: 'effects' },
      { verb: 'settle-effect', step: id, outcome: { is: 'done' } },
      context,
    );
  return act(ready, state, signerOf(slot), { verb: 'agree', step: id, comment: '', choice }, context);
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

const SAMPLE: Readonly<Record<Fact, string>> = {
  ...{ name: '张三', student_number: '202301000001', campus: '主校区', college: '软件学院', major: '软件工程' },
  ...{ class: '软件2301', level: '本科', building: '一号楼', enrolment_status: 'enrolled' },
  counsellor: 't0001',
};

function applicantOf(test: DefinitionTest): Applicant {
  const facts = Object.fromEntries(FACTS.map((fact) => [fact, test.applicant[fact] ?? SAMPLE[fact]]));
  return { person: APPLICANT, facts: facts as Record<Fact, string> };
}
