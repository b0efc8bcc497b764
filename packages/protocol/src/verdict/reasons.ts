import { cannotDecideTexts } from './cannot-decide-texts.js';
import type { ReasonTexts } from './reason-text.js';
import { rejectedTexts } from './rejected-texts.js';
import type { Reason } from './verdict.js';

export type { ReasonText, ReasonTexts } from './reason-text.js';

/** Texts for every reason there is, for guard and student, in Chinese and English. Looked up by code only. */
export const reasonTexts: Record<Reason, ReasonTexts> = { ...rejectedTexts, ...cannotDecideTexts };
