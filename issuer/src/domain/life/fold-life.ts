import type { EnrolmentStatus } from '@lanyard/protocol';
import { type ChangeKind, ruleOf } from './change-kinds.js';
import { type LifeState, stateOf } from './life-state.js';

/** Facts of the register that a change may alter; copies say the first five. */
export const FACT_COLUMNS = ['name', 'college', 'major', 'class', 'major_code', 'grade', 'campus'] as const;
export type FactColumn = (typeof FACT_COLUMNS)[number];
export type Facts = { readonly [Column in FactColumn]?: string };
/** Facts that stand in credentials. */
export const CREDENTIAL_FACTS: readonly FactColumn[] = ['name', 'college', 'major', 'class'];
export const NAME_FACTS: readonly FactColumn[] = ['name'];
export const STUDY_FACTS: readonly FactColumn[] = FACT_COLUMNS.filter((column) => column !== 'name');

export interface LifeChange {
  readonly id: number;
  readonly kind: ChangeKind;
  /** YYYY-MM-DD, in force from the beginning of that day. */
  readonly effectiveDate: string;
  /** Of corrections: where they lead. */
  readonly to?: EnrolmentStatus | undefined;
  readonly until?: string | undefined;
  readonly facts?: Facts | undefined;
  /** Undone: never was, for everything that follows. */
  readonly undone?: boolean;
}

export interface Life {
  /** Before the first change. */
  readonly firstStatus: EnrolmentStatus;
  /** What stood in each fact before a change first touched it. */
  readonly firstFacts: Facts;
  readonly changes: readonly LifeChange[];
}

export interface FoldedLife {
  readonly state: LifeState;
  /** Only facts that some change touches or touched. */
  readonly facts: Facts;
  /** From and to of each change in force, by its id. */
  readonly steps: ReadonlyMap<number, { readonly from: EnrolmentStatus; readonly to: EnrolmentStatus }>;
  /** Day of the last change of status. */
  readonly since: string | undefined;
}

export type FoldOutcome =
  | { readonly ok: true; readonly folded: FoldedLife }
  /** The change that cannot start from where the life had come to. */
  | { readonly ok: false; readonly changeId: number; readonly at: EnrolmentStatus };

/** Walks the changes in the order of their days, then of their numbers; `through` is the last day that counts. */
export function foldLife(life: Life, through: string | 'all'): FoldOutcome {
  let state = stateOf(life.firstStatus);
  let since: string | undefined;
  const facts: { [Column in FactColumn]?: string } = { ...life.firstFacts };
  const steps = new Map<number, { from: EnrolmentStatus; to: EnrolmentStatus }>();
  for (const change of inOrder(life.changes)) {
    if (change.undone === true || change.kind === 'reversal') continue;
    if (through !== 'all' && change.effectiveDate > through) break;
    const to = targetOf(change, state);
    if (to === undefined) return { ok: false, changeId: change.id, at: state.status };
    steps.set(change.id, { from: state.status, to });
    if (to !== state.status) {
      since = change.effectiveDate;
      state = stateOf(to, { since, until: change.until, guest: change.kind === 'exchange-guest' });
    }
    Object.assign(facts, change.facts);
  }
  return { ok: true, folded: { state, facts, steps, since } };
}

/** Where a change leads from a state; undefined where the table does not allow it. */
function targetOf(change: LifeChange, state: LifeState): EnrolmentStatus | undefined {
  const rule = ruleOf(change.kind);
  if (!rule.from.includes(state.status)) return undefined;
  // A guest goes home: no graduation, no way into the university without being transferred in.
  if (state.is === 'guest' && !GUEST_KINDS.includes(change.kind)) return undefined;
  if (change.kind === 'exchange-end' && state.is !== 'guest') return undefined;
  if (rule.to === 'any') return change.to;
  return rule.to ?? state.status;
}

const GUEST_KINDS: readonly ChangeKind[] = [
  ...(['exchange-end', 'name-change', 'study-change', 'withdrawal', 'expulsion', 'death', 'correction'] as const),
];

export function inOrder(changes: readonly LifeChange[]): LifeChange[] {
  return [...changes].sort((a, b) =>
    a.effectiveDate === b.effectiveDate ? a.id - b.id : a.effectiveDate < b.effectiveDate ? -1 : 1,
  );
}
