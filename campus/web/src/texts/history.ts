import type { HistoryLine } from '../answers.js';
import { type TextKey, t } from './texts.js';
import { outcomeText } from './values.js';

const KEYS: Readonly<Record<string, TextKey>> = {
  submitted: 'was-submitted',
  resubmitted: 'was-resubmitted',
  signed: 'was-signed',
  refused: 'was-refused',
  returned: 'was-returned',
  reopened: 'was-reopened',
  'slot-transferred': 'was-transferred',
  checked: 'was-checked',
  emitted: 'was-emitted',
  urged: 'was-urged',
  reminded: 'was-reminded',
  escalated: 'was-escalated',
  'danger-named': 'was-danger-named',
  'duty-done': 'was-duty-done',
  closed: 'was-closed',
};
/** By a clerk, with the student’s word. */
const AT_WINDOW: Readonly<Record<string, TextKey>> = {
  submitted: 'was-submitted-at-window',
  resubmitted: 'was-resubmitted-at-window',
  closed: 'was-withdrawn-at-window',
};
/** One line of the history as a sentence. */
export function historyText(line: HistoryLine, step: string, outcome: string | null): string {
  if (line.on_behalf) return t(AT_WINDOW[line.kind] ?? 'was-something', { step });
  const isOwn = line.by?.startsWith('student:') === true;
  if (line.kind === 'signed' && isOwn) return t('was-confirmed', { step });
  if (line.kind === 'reminded' && line.step === null) return t('was-reminded-you');
  return t(KEYS[line.kind] ?? 'was-something', { step, outcome: outcomeText(outcome) });
}
