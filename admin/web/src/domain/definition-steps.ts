import { type Draft, withValue } from './definition-draft.js';
import type { About } from './inbox.js';

/** A step as it is written, as far as it is changed here. */
export interface DraftStep {
  id: string;
  kind: string;
  title?: { zh: string; en: string };
  when?: string;
  due_working_hours?: number;
  /** Of an incident, by the clock. */
  due_minutes?: number;
  on_breach?: { do: string; to?: Owner };
  owners?: Owner[];
  /** Of an incident: ticked before the step is done. */
  checklist?: readonly ListedItem[];
  signing?: string;
  branches?: DraftStep[][];
}
export interface ListedItem {
  readonly id: string;
  readonly title: { readonly zh: string; readonly en: string };
}
export interface Owner {
  role: string;
  scope: { of: string; unit?: string; field?: string };
}
export type Path = readonly (string | number)[];

/** Where a step stands: in the line of steps or in a branch. */
export interface StepLine {
  readonly step: DraftStep;
  readonly path: Path;
  /** 0 in the main line; 1 and more within branches. */
  readonly depth: number;
  /** Number of its branch, from 1; undefined in the main line. */
  readonly branch: number | undefined;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** Kinds of step that are added here; what else there is comes from the file, and is moved and changed here as well. */
export const NEW_STEP_KINDS = ['approve', 'work', 'window', 'student-confirm', 'respond'] as const;
export type NewStepKind = (typeof NEW_STEP_KINDS)[number];

/** What a service is about decides which of them it takes, the usual one first. */
const KINDS_ABOUT: Readonly<Record<About, readonly NewStepKind[]>> = {
  student: ['approve', 'work', 'window', 'student-confirm'],
  incident: ['respond', 'work', 'approve'],
};
export const aboutOf = (draft: Draft): About => (draft['about'] === 'incident' ? 'incident' : 'student');
export const takesKind = (about: About, kind: NewStepKind): boolean => KINDS_ABOUT[about].includes(kind);
export const usualKind = (about: About): NewStepKind => (about === 'incident' ? 'respond' : 'approve');

/** Which students an owner serves: everybody, or those of his own part of the university. */
export const SERVED = ['university', 'campus', 'college', 'class', 'building', 'assigned'] as const;
export type Served = (typeof SERVED)[number];

const MOST_OWNERS = 5;
const isStep = (step: unknown): step is DraftStep =>
  typeof step === 'object' && step !== null && typeof (step as DraftStep).id === 'string';

/** Every step in its order, a parallel one before its branches. What is no step is left out. */
export function stepLines(draft: Draft): StepLine[] {
  const walk = (steps: unknown, path: Path, depth: number, branch: number | undefined): StepLine[] => {
    if (!Array.isArray(steps)) return [];
    return steps.flatMap((step: unknown, at) => {
      if (!isStep(step)) return [];
      const own = [...path, at];
      const line = { step, path: own, depth, branch, isFirst: at === 0, isLast: at === steps.length - 1 };
      const branches = Array.isArray(step.branches) ? step.branches : [];
      const inner = branches.flatMap((one, n) => walk(one, [...own, 'branches', n], depth + 1, n + 1));
      return [line, ...inner];
    });
  };
  return walk(draft['steps'], ['steps'], 0, undefined);
}

/** The line of steps a step stands in, with its place, as a copy that is put back by `withValue`. */
function aroundOf(draft: Draft, path: Path): { line: DraftStep[]; at: number; outer: Path } | undefined {
  const outer = path.slice(0, -1);
  const at = path.at(-1);
  const line = outer.reduce<unknown>((inside, name) => (inside as Record<string | number, unknown>)?.[name], draft);
  return Array.isArray(line) && typeof at === 'number' ? { line: [...line], at, outer } : undefined;
}

/** One place earlier or later in its own line; at its end it stays. */
export function withStepMoved(draft: Draft, path: Path, by: -1 | 1): Draft {
  const around = aroundOf(draft, path);
  const step = around?.line[around.at];
  if (around === undefined || step === undefined || around.line[around.at + by] === undefined) return draft;
  around.line.splice(around.at, 1);
  around.line.splice(around.at + by, 0, step);
  return withValue(draft, around.outer, around.line);
}

/** With other steps in the place of one; where there is none, as it is. */
function withInstead(draft: Draft, path: Path, others: (step: DraftStep) => readonly DraftStep[]): Draft {
  const around = aroundOf(draft, path);
  const step = around?.line[around.at];
  if (around === undefined || step === undefined) return draft;
  around.line.splice(around.at, 1, ...others(step));
  return withValue(draft, around.outer, around.line);
}

/** Without a step. A branch that had no other goes, and a parallel step that is left with one branch becomes its steps. */
export function withoutStep(draft: Draft, path: Path): Draft {
  const isLastOfBranch = path.length > 2 && aroundOf(draft, path)?.line.length === 1;
  return isLastOfBranch ? withoutBranch(draft, path.slice(0, -1)) : withInstead(draft, path, () => []);
}

/** `path` leads to a branch: `…, n, 'branches', m`. */
const withoutBranch = (draft: Draft, path: Path): Draft =>
  withInstead(draft, path.slice(0, -2), (parallel) => {
    const left = (parallel.branches ?? []).filter((_, n) => n !== path.at(-1));
    const [only] = left;
    return left.length === 1 && only !== undefined ? only : [{ ...parallel, branches: left }];
  });

/**
 * With a new step behind another, or first where there is none; its id is free within the definition. A kind that what the
 * service is about does not take changes nothing.
 */
export function withStepAfter(draft: Draft, path: Path | undefined, kind: NewStepKind): Draft {
  if (!takesKind(aboutOf(draft), kind)) return draft;
  const step = newStep(freeId(draft, kind), kind, usualOwner(draft));
  if (path !== undefined) return withInstead(draft, path, (before) => [before, step]);
  return withValue(draft, ['steps'], [step, ...((draft['steps'] as DraftStep[] | undefined) ?? [])]);
}

function freeId(draft: Draft, kind: NewStepKind): string {
  const taken = new Set(stepLines(draft).map(({ step }) => step.id));
  for (let n = 1; ; n += 1) if (!taken.has(`${kind}-${n}`)) return `${kind}-${n}`;
}

const TITLES: Readonly<Record<NewStepKind, { zh: string; en: string }>> = {
  approve: { zh: '审批', en: 'Approval' },
  work: { zh: '办理', en: 'Work' },
  window: { zh: '窗口办理', en: 'At the window' },
  'student-confirm': { zh: '学生确认', en: 'Confirmed by the student' },
  respond: { zh: '处置', en: 'Response' },
};
const DUE_HOURS = 14;
const DUE_MINUTES = 60;

function newStep(id: string, kind: NewStepKind, owner: Owner): DraftStep {
  const base = { id, kind, title: TITLES[kind], on_breach: { do: 'remind' } };
  if (kind === 'respond') return { ...base, owners: [owner], signing: 'any', due_minutes: DUE_MINUTES, checklist: [] };
  const timed = { ...base, due_working_hours: DUE_HOURS };
  if (kind === 'student-confirm') return timed;
  const owned = { ...timed, owners: [owner], signing: 'any' };
  return kind === 'window' ? ({ ...owned, place: { zh: '服务大厅', en: 'Service hall' } } as DraftStep) : owned;
}

export const ownerOf = (role: string, served: Served): Owner => ({
  role,
  scope: served === 'university' ? { of: 'university' } : { of: 'applicant', unit: served },
});

/** Of an incident: the roles that see it; no other may own a step of it. Undefined where any role may. */
export function ownersAmong(draft: Draft): readonly string[] | undefined {
  const roles = (draft['visible_to'] as { roles?: unknown } | undefined)?.roles;
  return aboutOf(draft) === 'incident' && Array.isArray(roles) ? roles.map(String) : undefined;
}
/** Who a new step comes to until somebody else is chosen. */
export const usualOwner = (draft: Draft): Owner =>
  ownerOf(ownersAmong(draft)?.[0] ?? 'student-affairs-officer', 'university');

/** Undefined where a field of the form says the part of the university: that is changed in the file. */
export const servedBy = ({ scope }: Owner): Served | undefined =>
  scope.of === 'university'
    ? 'university'
    : scope.of === 'applicant'
      ? SERVED.find((one) => one === scope.unit)
      : undefined;

export const MOST_ITEMS = 20;
/** With one more item at the end, under an id of its step that is free there. */
export function withItem(step: string, items: readonly ListedItem[]): ListedItem[] {
  const taken = new Set(items.map(({ id }) => id));
  let n = 1;
  while (taken.has(`${step}-${n}`)) n += 1;
  return [...items, { id: `${step}-${n}`, title: { zh: '待做的事', en: 'To be done' } }];
}

export const mayAddOwner = ({ owners }: DraftStep): boolean => owners !== undefined && owners.length < MOST_OWNERS;

/** With one property of a step set, or taken away where the value is undefined. */
export const withStepValue = (draft: Draft, path: Path, name: keyof DraftStep, value: unknown): Draft =>
  withInstead(draft, path, (step) => {
    const { [name]: _, ...rest } = step;
    return [(value === undefined ? rest : { ...step, [name]: value }) as DraftStep];
  });
