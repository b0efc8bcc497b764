import type { EffectProblem } from '../domain/cases/case-state.js';
import type { ServiceDefinition } from '../domain/definitions/definition.js';
import { findStep, isEffect } from '../domain/definitions/walk-steps.js';
import type { EffectAct } from '../domain/effects/effect.js';
import type { LoadedCase } from '../storage/loaded-case.js';

type Results = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

interface ShownEffect {
  readonly step: string;
  readonly act: EffectAct;
  readonly state: 'pending' | 'refused' | 'done';
  readonly problem: EffectProblem | null;
  /** What the issuer answered. */
  readonly result: object | null;
}

const issuesFile = (definition: ServiceDefinition, id: string): boolean => {
  const step = findStep(definition.steps, id);
  return step !== undefined && isEffect(step) && step.effect.act === 'issue-document';
};

/** The step that issued a document there is a PDF of. */
export const stepOfFile = ({ ready, state }: LoadedCase, document: string): string | undefined =>
  state.emitted.find((one) => one.document === document && issuesFile(ready.definition, one.step))?.step;

/** What a case has issued, and what it has asked of the register with what came of it. */
export function broughtAbout({ ready, state }: LoadedCase, results: Results) {
  const { definition } = ready;
  const documents = state.emitted.map(({ step, document, atMs }) => {
    const isFile = issuesFile(definition, step);
    return {
      ...{ document, step, at: new Date(atMs).toISOString() },
      title: definition.documents.find(({ id }) => id === document)?.title ?? definition.title,
      /** Whether there is a PDF of it, and since when. */
      is_file: isFile,
      number: isFile ? (results.get(step)?.['number'] ?? null) : null,
    };
  });
  const effects = definition.steps.filter(isEffect).flatMap(({ id, effect: { act } }): ShownEffect[] => {
    const step = state.steps[id];
    const base = { step: id, act, problem: null, result: null };
    if (step?.status === 'done') return [{ ...base, state: 'done', result: results.get(id) ?? null }];
    if (step?.status !== 'open' || step.effect === undefined) return [];
    const problem = step.effect.state === 'refused' ? step.effect.problem : null;
    return [{ ...base, state: step.effect.state, problem }];
  });
  return { documents, effects };
}
