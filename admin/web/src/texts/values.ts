import { enrolmentText } from './enrolment.js';

/** A value of the register as staff read it: codes of the enrolment status in words, all else as it stands. */
export function valueText(column: string, value: string): string {
  return column === '学籍状态' ? enrolmentText(value) : value;
}
