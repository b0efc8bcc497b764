import type { CampusModule } from '../../api/index.js';
import type { FormValues } from '../definitions/form-schema.js';
import type { Applicant, HeldRole, PersonId } from '../people/person.js';
import type { WindowConsent } from '../windows/consent.js';
import type { EffectProblem } from './case-state.js';

/** Somebody who acts, with the roles held now and those of absent people who delegated to him. */
export type Actor =
  | {
      readonly kind: 'person';
      readonly person: PersonId;
      readonly roles: readonly HeldRole[];
      readonly standsInFor: readonly { readonly person: PersonId; readonly roles: readonly HeldRole[] }[];
      /** The part of campus somebody signed in to: he sees that module alone, at `home` what is open to everyone. */
      readonly within?: CampusModule | 'home';
      /** At a window: what he does, he does for a student who agreed to exactly that. */
      readonly atWindow?: WindowConsent;
    }
  | { readonly kind: 'calendar' }
  /** The worker that has effects carried out at the issuer. */
  | { readonly kind: 'effects' }
  | { readonly kind: 'source'; readonly name: string };
export type PersonActor = Extract<Actor, { kind: 'person' }>;

export type Action =
  | { readonly verb: 'submit'; readonly applicant: Applicant; readonly form: FormValues }
  | { readonly verb: 'resubmit'; readonly form: FormValues }
  | {
      readonly verb: 'agree';
      readonly step: string;
      readonly comment: string;
      /** Of a dispatch step. */
      readonly choice?: string | undefined;
    }
  | { readonly verb: 'refuse'; readonly step: string; readonly reason: string }
  | {
      readonly verb: 'return';
      readonly step: string;
      readonly to: 'previous' | 'applicant' | { readonly step: string };
      readonly reason: string;
    }
  | { readonly verb: 'transfer'; readonly step: string; readonly to: PersonId; readonly reason: string }
  | { readonly verb: 'add-cosigner'; readonly step: string; readonly person: PersonId }
  | { readonly verb: 'drop-cosigner'; readonly step: string; readonly person: PersonId }
  /** Into the log of an incident; with an item of the step's list, which is ticked by it, and with files uploaded before. */
  | {
      readonly verb: 'note';
      readonly step: string;
      readonly text: string;
      readonly item?: string | undefined;
      readonly files?: readonly string[] | undefined;
    }
  | { readonly verb: 'withdraw'; readonly reason: string }
  | { readonly verb: 'urge' }
  | { readonly verb: 'void'; readonly reason: string }
  /** Of a source system, for a check or quota step. */
  | { readonly verb: 'answer-check'; readonly step: string; readonly answer: 'passed' | 'not-passed' }
  /** Of the effects' worker: what the issuer answered. */
  | {
      readonly verb: 'settle-effect';
      readonly step: string;
      readonly outcome: { readonly is: 'done' } | { readonly is: 'refused'; readonly problem: EffectProblem };
    }
  /** Of the calendar: everything that is late is told, once. */
  | { readonly verb: 'tell-breaches' };
export type Verb = Action['verb'];

/** What an action needs of the world. */
export interface ActContext {
  readonly nowMs: number;
  /** The instant so many working hours from now. */
  readonly dueAfter: (workingHours: number) => number;
}

export const REFUSALS = [
  'case-closed',
  'case-not-returned',
  'case-waits-for-applicant',
  'step-not-open',
  'duty-open',
  'duty-note-missing',
  'effect-under-way',
  'effect-done',
  'not-your-turn',
  'own-case',
  'signed-already',
  'verb-not-here',
  'start-not-allowed',
  'nothing-attended',
  'service-not-in-force',
  'form-invalid',
  'choice-unknown',
  'checklist-open',
  'item-unknown',
  'item-ticked',
  'note-empty',
  'log-full',
  'files-at-most',
  'no-step-before',
  'return-target-invalid',
  'person-not-possible',
  'cosigners-at-most',
  'cosigner-missing',
  'urged-recently',
] as const;
export type CaseRefusal = (typeof REFUSALS)[number];
