import type { EffectProblem } from '../domain/cases/case-state.js';
import { findStep, isEffect } from '../domain/definitions/walk-steps.js';
import type { EffectAct } from '../domain/effects/effect.js';
import type { LoadedCase } from '../storage/case-store.js';

type Results = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

interface ShownEffect {
  readonly step: string;
  readonly act: EffectAct;
  readonly state: 'pending' | 'refused' | 'done';
  readonly problem: EffectProblem | null;
  /** What the issuer answered. */
  readonly result: object | null;
}

/** What a case has issued, and what it has asked of the register with what came of it. */
export function broughtAbout({ ready, state }: LoadedCase, results: Results) {
  const { definition } = ready;
  const documents = state.emitted.map(({ step, document, atMs }) => {
    const found = findStep(definition.steps, step);
    const isFile = found !== undefined && isEffect(found) && found.effect.act === 'issue-document';
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
