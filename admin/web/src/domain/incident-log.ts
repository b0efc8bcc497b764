import type { Words } from '@lanyard/look/forms/form-schema.js';
import { INCIDENT_EVENTS } from '../texts/incident-values.js';
import type { CaseDetail, CaseFile, HistoryLine } from './inbox.js';

/** A line of an incident's log as it is shown. */
export interface LogLine {
  readonly at: string;
  /** Number of a member of staff; empty for what came about by itself. */
  readonly by: string;
  /** What was ticked, or the step and what became of it. */
  readonly head: Words | null;
  readonly text: string;
  readonly files: readonly CaseFile[];
}

/** The log in the order things happened. */
export function logLines(history: readonly HistoryLine[], detail: Pick<CaseDetail, 'timeline' | 'items'>): LogLine[] {
  const titleOf = (step: string | null) => detail.timeline.find((line) => line.step === step)?.title;
  return history.flatMap(({ at, kind, step, by, text, item, files }): LogLine[] => {
    const base = { at, by: by?.replace('staff:', '') ?? '', text, files };
    if (kind === 'noted') return [{ ...base, head: item === null ? null : (detail.items[item] ?? null) }];
    const what = INCIDENT_EVENTS[kind];
    if (what === undefined) return [];
    const title = titleOf(step);
    return [{ ...base, head: title === undefined ? what : joined(title, what) }];
  });
}

const joined = (one: Words, other: Words): Words => ({ zh: `${one.zh}：${other.zh}`, en: `${one.en}: ${other.en}` });
