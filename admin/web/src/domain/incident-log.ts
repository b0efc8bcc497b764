import type { Words } from '@lanyard/look/forms/form-schema.js';
import type { CaseDetail, HistoryLine } from './inbox.js';

/** A line of an incident's log as it is shown. */
export interface LogLine {
  readonly at: string;
  /** Number of a member of staff; empty for what came about by itself. */
  readonly by: string;
  /** What was ticked, or the step and what became of it. */
  readonly head: Words | null;
  readonly text: string;
}

/** What people did and what the clock did; how the case keeps its own books is left out. */
const STEPS: Readonly<Record<string, Words>> = {
  submitted: { zh: '上报', en: 'Reported' },
  'step-opened': { zh: '开始', en: 'begins' },
  signed: { zh: '完成', en: 'done' },
  escalated: { zh: '超时，已升级', en: 'late, one more office called' },
  reminded: { zh: '超时，已提醒', en: 'late, called again' },
  returned: { zh: '重新处置', en: 'gone through again' },
  'slot-transferred': { zh: '已转交', en: 'handed on' },
  'cosigner-added': { zh: '已加人', en: 'somebody was added' },
  'cosigner-dropped': { zh: '已减人', en: 'somebody was taken off' },
  closed: { zh: '结束', en: 'ended' },
};

/** The log in the order things happened. Items are named as far as their step is still open or the case knows them. */
export function logLines(history: readonly HistoryLine[], detail: Pick<CaseDetail, 'timeline' | 'items'>): LogLine[] {
  const titleOf = (step: string | null) => detail.timeline.find((line) => line.step === step)?.title;
  return history.flatMap(({ at, kind, step, by, text, item }): LogLine[] => {
    const base = { at, by: by?.replace('staff:', '') ?? '', text };
    if (kind === 'noted') return [{ ...base, head: item === null ? null : (detail.items[item] ?? null) }];
    const what = STEPS[kind];
    if (what === undefined) return [];
    const title = titleOf(step);
    return [{ ...base, head: title === undefined ? what : joined(title, what) }];
  });
}

const joined = (one: Words, other: Words): Words => ({ zh: `${one.zh}：${other.zh}`, en: `${one.en}: ${other.en}` });
