import { type CaseState, currentForm } from '../cases/case-state.js';
import type { ReadyDefinition } from '../cases/live-case.js';
import { pathTaken } from '../cases/path-taken.js';
import type { ServiceDefinition } from './definition.js';
import type { FormValues } from './form-schema.js';

/** How a past case would have gone under another version. */
export type DryRun =
  | { readonly kind: 'same' }
  | { readonly kind: 'other-path'; readonly was: readonly string[]; readonly would: readonly string[] }
  /** It asks for what the past form does not hold, or allows less. */
  | { readonly kind: 'form-does-not-fit' }
  | { readonly kind: 'may-not-start' };

/** The first day on which all of a version is in force: a rule may begin later than its version. */
export const fullyInForceOn = ({ effective_from, rules }: ServiceDefinition): string =>
  [effective_from, ...Object.values(rules).flatMap((versions) => versions.map((one) => one.effective_from))]
    .sort()
    .at(-1) ?? effective_from;

/**
 * Drives the form of a past case through both versions by the engine itself, with everybody agreeing and the choices
 * that were made: what differs is the versions' doing and not that of the people.
 */
export function dryRun(past: ReadyDefinition, next: ReadyDefinition, state: CaseState, day: string): DryRun {
  const { facts } = state.applicant;
  const choices = Object.fromEntries(
    Object.entries(state.steps).flatMap(([id, step]) =>
      step.status === 'done' && step.chosen !== null ? [[id, step.chosen.id]] : [],
    ),
  );
  const handedIn = new Date(state.startedAtMs + 8 * 3_600_000).toISOString().slice(0, 10);
  const was = pathTaken(past, { facts, choices, form: askedIn(past, currentForm(state)), day: handedIn });
  const would = pathTaken(next, { facts, choices, form: askedIn(next, currentForm(state)), day });
  if (would[0] === 'form-invalid') return { kind: 'form-does-not-fit' };
  if (would[0] === 'start-not-allowed' || would[0] === 'service-not-in-force') return { kind: 'may-not-start' };
  return was.join() === would.join() ? { kind: 'same' } : { kind: 'other-path', was, would };
}

/** What a version would ask of this form: neither fields it does not have nor what the register fills. */
const askedIn = ({ definition }: ReadyDefinition, form: FormValues): FormValues =>
  Object.fromEntries(
    Object.entries(form).filter(([name]) => {
      const field = definition.form.properties[name];
      return field !== undefined && field['x-prefill'] === undefined;
    }),
  );
