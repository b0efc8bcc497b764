import type { PersonId } from '../people/person.js';
import { type CaseState, type Owner, openSteps } from './case-state.js';

/** Whose turn it is, one line for each signature that is missing. */
export interface Task {
  /** Null where the applicant has to mend the form. */
  readonly step: string | null;
  readonly slot: number;
  readonly owner: Owner;
  /** Who signed this step already, or was signed for: nobody signs twice. */
  readonly signers: readonly PersonId[];
  readonly openedAtMs: number;
  readonly dueAtMs: number;
  /** When the calendar looks at it; null when its breach was told. */
  readonly deadlineAtMs: number | null;
}

/** Slot number of the task of whom a breach was escalated to. */
const ESCALATED = -1;

/** Everybody who can bring a case on. Never empty for a case that is not closed. */
export function tasksOf(state: CaseState): Task[] {
  if (state.status === 'closed') return [];
  if (state.status === 'returned') {
    const { dueAtMs, deadlineAtMs } = state;
    const openedAtMs = state.forms.at(-1)?.atMs ?? state.startedAtMs;
    const owner = { kind: 'person', person: state.applicant.person } as const;
    return [{ step: null, slot: 0, owner, signers: [], openedAtMs, dueAtMs, deadlineAtMs }, ...tasksOfSteps(state)];
  }
  return tasksOfSteps(state);
}

function tasksOfSteps(state: CaseState): Task[] {
  return openSteps(state).flatMap(([step, open]) => {
    const { openedAtMs, dueAtMs, deadlineAtMs } = open;
    const signers = open.slots.flatMap(({ signature }) =>
      signature === null ? [] : [signature.by, ...(signature.for === null ? [] : [signature.for])],
    );
    const shared = { step, signers, openedAtMs, dueAtMs, deadlineAtMs };
    const waiting = open.slots
      .filter(({ signature }) => signature === null)
      .map(
        ({ id, owner, heldBy }): Task => ({
          ...shared,
          slot: id,
          owner: heldBy === null ? owner : { kind: 'person', person: heldBy },
        }),
      );
    if (open.escalatedTo === null) return waiting;
    return [...waiting, { ...shared, slot: ESCALATED, owner: { kind: 'role', ...open.escalatedTo } as const }];
  });
}
