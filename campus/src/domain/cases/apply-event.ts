import type { HeldRole, PersonId } from '../people/person.js';
import type { CaseEvent } from './case-event.js';
import type { CaseState, HandedIn, LiveCase, OpenStep, Owner, Slot, StepState } from './case-state.js';

/** A sequence of events that no case has: a bug or a damaged store, never an input. */
export class CaseHistoryError extends TypeError {}

/** The fold: what a case is after one more event. Needs neither definition nor calendar. */
export function applyEvent(state: CaseState | undefined, event: CaseEvent): CaseState {
  if (event.kind === 'submitted') {
    if (state !== undefined) throw new CaseHistoryError('a case is submitted once');
    return {
      status: 'open',
      definition: event.definition,
      applicant: event.applicant,
      startedBy: event.by,
      startedAtMs: event.atMs,
      forms: [handedIn(event)],
      rules: event.rules,
      steps: Object.fromEntries(event.steps.map((id) => [id, { status: 'waiting' } as const])),
      participants: [],
      emitted: [],
      urgedAtMs: null,
      version: 1,
    };
  }
  if (state === undefined || state.status === 'closed') throw new CaseHistoryError(`${event.kind} of no open case`);
  return applyToLive({ ...state, version: state.version + 1 }, event);
}

export function replay(events: readonly CaseEvent[]): CaseState {
  let state: CaseState | undefined;
  for (const event of events) state = applyEvent(state, event);
  if (state === undefined) throw new CaseHistoryError('no events');
  return state;
}

function applyToLive(state: LiveCase, event: Exclude<CaseEvent, { kind: 'submitted' }>): CaseState {
  switch (event.kind) {
    case 'resubmitted': {
      if (state.status !== 'returned') throw new CaseHistoryError('resubmitted without a return');
      const { returnedFrom: _, dueAtMs: __, deadlineAtMs: ___, ...core } = state;
      return {
        ...core,
        status: 'open',
        forms: [...state.forms, handedIn(event)],
        rules: event.rules,
        steps: reset(state.steps, event.resets),
      };
    }
    case 'step-opened':
      return withStep(state, event.step, opened(event, event.signing, event.slots));
    case 'step-skipped':
      return withStep(state, event.step, { status: 'skipped' });
    case 'signed':
      return withSlot(joined(state, event), event.step, event.slot, {
        signature: { by: event.by, for: event.for, atMs: event.atMs },
      });
    case 'step-done': {
      const step = state.steps[event.step];
      const slots = step?.status === 'open' ? step.slots : [];
      return withStep(state, event.step, { status: 'done', atMs: event.atMs, slots, chosen: event.chosen });
    }
    case 'refused':
      return joined(state, event);
    case 'returned': {
      const steps = reset(joined(state, event).steps, event.resets);
      const participants = joined(state, event).participants;
      if (event.to !== null) return { ...state, participants, steps };
      const dueAtMs = event.dueAtMs ?? event.atMs;
      return {
        ...state,
        status: 'returned',
        participants,
        steps,
        returnedFrom: event.step,
        dueAtMs,
        deadlineAtMs: dueAtMs,
      };
    }
    case 'reopened':
      return { ...state, steps: reset(state.steps, event.resets) };
    case 'slot-transferred':
      return withSlot(joined(state, event, event.to), event.step, event.slot, { heldBy: event.to });
    case 'cosigner-added': {
      const step = openStep(state, event.step);
      const slot = {
        id: event.slot,
        owner: { kind: 'person', person: event.person } as const,
        ...{ heldBy: null, isCosigner: true, signature: null },
      };
      return withStep(joined(state, event, event.person), event.step, { ...step, slots: [...step.slots, slot] });
    }
    case 'cosigner-dropped': {
      const step = openStep(state, event.step);
      const slots = step.slots.filter(({ id }) => id !== event.slot);
      return withStep(joined(state, event), event.step, { ...step, slots });
    }
    case 'checked':
      return state;
    case 'effect-asked': {
      const on = event.by === null ? state : joined(state, { by: event.by, for: event.for });
      return withStep(on, event.step, { ...openStep(on, event.step), effect: { state: 'pending' } });
    }
    case 'effect-refused': {
      const step = openStep(state, event.step);
      return withStep(state, event.step, { ...step, effect: { state: 'refused', problem: event.problem } });
    }
    case 'emitted':
      return {
        ...state,
        emitted: [...state.emitted, { step: event.step, document: event.document, atMs: event.atMs }],
      };
    case 'danger-named':
      return {
        ...state,
        steps: { ...state.steps, [event.step]: opened(event, 'any', [{ id: 0, owner: ownerOf(event) }]) },
      };
    case 'duty-done': {
      const signature = { by: event.by, for: event.for, atMs: event.atMs };
      const slots = openStep(state, event.step).slots.map((slot) => ({ ...slot, signature }));
      return withStep(joined(state, event), event.step, { status: 'done', atMs: event.atMs, slots, chosen: null });
    }
    case 'noted': {
      const on = withFiles(joined(state, event), event.files);
      if (event.item === null) return on;
      const step = openStep(on, event.step);
      return withStep(on, event.step, { ...step, ticked: [...(step.ticked ?? []), event.item] });
    }
    case 'urged':
      return { ...state, urgedAtMs: event.atMs };
    case 'reminded':
      if (event.step === null) return state.status === 'returned' ? { ...state, deadlineAtMs: null } : state;
      return withStep(state, event.step, { ...openStep(state, event.step), deadlineAtMs: null });
    case 'escalated': {
      const step = openStep(state, event.step);
      return withStep(state, event.step, {
        ...step,
        ...{ escalatedTo: event.to, dueAtMs: event.dueAtMs, deadlineAtMs: null },
      });
    }
    case 'closed':
      return closed(state, event);
  }
}

function opened(
  { atMs, dueAtMs }: { readonly atMs: number; readonly dueAtMs: number },
  signing: OpenStep['signing'],
  slots: readonly Pick<Slot, 'id' | 'owner'>[],
): OpenStep {
  return {
    status: 'open',
    signing,
    slots: slots.map(({ id, owner }) => ({ id, owner, heldBy: null, isCosigner: false, signature: null })),
    escalatedTo: null,
    ...{ openedAtMs: atMs, dueAtMs, deadlineAtMs: dueAtMs },
  };
}
const ownerOf = ({ owner }: { readonly owner: HeldRole }): Owner => ({ kind: 'role', ...owner });

const handedIn = ({
  atMs,
  by,
  onBehalf,
  form,
}: Extract<CaseEvent, { kind: 'submitted' | 'resubmitted' }>): HandedIn => ({
  ...{ atMs, by, values: form },
  ...(onBehalf === undefined ? {} : { onBehalf }),
});

function closed(state: LiveCase, event: Extract<CaseEvent, { kind: 'closed' }>): CaseState {
  if (state.status === 'open') return { ...state, status: 'closed', outcome: event.outcome, closedAtMs: event.atMs };
  const { returnedFrom: _, dueAtMs: __, deadlineAtMs: ___, ...core } = state;
  return { ...core, status: 'closed', outcome: event.outcome, closedAtMs: event.atMs };
}

function openStep(state: LiveCase, id: string): OpenStep {
  const step = state.steps[id];
  if (step?.status !== 'open') throw new CaseHistoryError(`step ${id} is not open`);
  return step;
}

const withStep = (state: LiveCase, id: string, step: StepState): LiveCase => {
  if (!Object.hasOwn(state.steps, id)) throw new CaseHistoryError(`no step ${id}`);
  return { ...state, steps: { ...state.steps, [id]: step } };
};

function withSlot(state: LiveCase, id: string, slot: number, change: object): LiveCase {
  const step = openStep(state, id);
  return withStep(state, id, {
    ...step,
    slots: step.slots.map((one) => (one.id === slot ? { ...one, ...change } : one)),
  });
}

function joined(
  state: LiveCase,
  { by, for: standsFor }: { by: PersonId; for: PersonId | null },
  ...others: PersonId[]
): LiveCase {
  const people = new Set([...state.participants, by, ...(standsFor === null ? [] : [standsFor]), ...others]);
  return people.size === state.participants.length ? state : { ...state, participants: [...people] };
}

const withFiles = (state: LiveCase, files: readonly string[] = []): LiveCase =>
  files.length === 0 ? state : { ...state, files: [...(state.files ?? []), ...files] };

const reset = (steps: LiveCase['steps'], ids: readonly string[]): LiveCase['steps'] => ({
  ...steps,
  ...Object.fromEntries(ids.map((id) => [id, { status: 'waiting' } as const])),
});
