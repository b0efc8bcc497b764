import { DUTY_STEP } from '../definitions/danger.js';
import type { FormValues } from '../definitions/form-schema.js';
import type { Applicant, HeldRole, PersonId } from '../people/person.js';
import type { OnBehalf } from '../windows/consent.js';

/** Whose turn it is: anybody with a role for a part of the university, or one person. */
export type Owner = ({ readonly kind: 'role' } & HeldRole) | { readonly kind: 'person'; readonly person: PersonId };

/** Who signed, and for whom where that was another. */
export interface Signature {
  readonly by: PersonId;
  readonly for: PersonId | null;
  readonly atMs: number;
}

/** One signature that a step waits for. */
export interface Slot {
  readonly id: number;
  readonly owner: Owner;
  /** Put before the owner by a transfer; the owner can take it back. */
  readonly heldBy: PersonId | null;
  readonly isCosigner: boolean;
  readonly signature: Signature | null;
}

/** Why the issuer refused: its stable code and its words, which name nobody. */
export interface EffectProblem {
  readonly code: string;
  readonly zh: string;
  readonly en: string;
}
export type EffectState =
  | { readonly state: 'pending' }
  | { readonly state: 'refused'; readonly problem: EffectProblem };

export interface OpenStep {
  readonly status: 'open';
  readonly signing: 'any' | 'all';
  readonly slots: readonly Slot[];
  /** One more owner after a breach; fills any slot. */
  readonly escalatedTo: HeldRole | null;
  readonly openedAtMs: number;
  readonly dueAtMs: number;
  /** When the next deadline is looked at; null when it was told. */
  readonly deadlineAtMs: number | null;
  /** Items of a list that were ticked. */
  readonly ticked?: readonly string[];
  /** Of an emit step that brings something about. */
  readonly effect?: EffectState;
}

export type StepState =
  | OpenStep
  | { readonly status: 'waiting' }
  | { readonly status: 'skipped' }
  | {
      readonly status: 'done';
      readonly atMs: number;
      readonly slots: readonly Slot[];
      /** Of a dispatch step. */
      readonly chosen: { readonly id: string; readonly owner: HeldRole } | null;
    };

/** A form as it was handed in: none is ever dropped. */
export interface HandedIn {
  readonly atMs: number;
  readonly by: PersonId;
  /** At a window, by a clerk with the applicant's agreement. */
  readonly onBehalf?: OnBehalf;
  readonly values: FormValues;
}

export const OUTCOMES = ['granted', 'refused', 'withdrawn', 'voided'] as const;
export type Outcome = (typeof OUTCOMES)[number];

interface Core {
  readonly definition: { readonly id: string; readonly version: number };
  readonly applicant: Applicant;
  readonly startedBy: PersonId;
  readonly startedAtMs: number;
  readonly forms: readonly [HandedIn, ...HandedIn[]];
  /** Versions of rules that decide, by name: those in force when the last form was handed in. */
  readonly rules: Readonly<Record<string, number>>;
  readonly steps: Readonly<Record<string, StepState>>;
  /** Everybody who decided something or was asked to by name. */
  readonly participants: readonly PersonId[];
  readonly emitted: readonly { readonly step: string; readonly document: string; readonly atMs: number }[];
  readonly urgedAtMs: number | null;
  /** Files of an incident's log. */
  readonly files?: readonly string[];
  /** Number of events folded. */
  readonly version: number;
}

/** A case as its events leave it. */
export type CaseState =
  | (Core & { readonly status: 'open' })
  | (Core & {
      readonly status: 'returned';
      readonly returnedFrom: string;
      readonly dueAtMs: number;
      readonly deadlineAtMs: number | null;
    })
  | (Core & { readonly status: 'closed'; readonly outcome: Outcome; readonly closedAtMs: number });
export type LiveCase = Extract<CaseState, { status: 'open' | 'returned' }>;

/** The student a case is about; null for an incident, which is nobody's own. */
export const subjectOf = ({ applicant: { person } }: CaseState): PersonId | null =>
  person.startsWith('student:') ? person : null;
export const currentForm = (state: CaseState): FormValues => (state.forms.at(-1) ?? state.forms[0]).values;
/** Roles that own slots; people who own one are not among them. */
export const rolesOwning = (slots: readonly Pick<Slot, 'owner'>[]): HeldRole[] =>
  slots.flatMap(({ owner }) => (owner.kind === 'role' ? [owner] : []));
/** The duty that was called and has not answered yet. */
export function openDuty(state: CaseState): OpenStep | undefined {
  const duty = state.steps[DUTY_STEP];
  return duty?.status === 'open' ? duty : undefined;
}
/** After a return none is open but the duty's. */
export const openSteps = (state: CaseState): [string, OpenStep][] =>
  state.status !== 'closed'
    ? Object.entries(state.steps).flatMap(([id, step]): [string, OpenStep][] =>
        step.status === 'open' ? [[id, step]] : [],
      )
    : [];
