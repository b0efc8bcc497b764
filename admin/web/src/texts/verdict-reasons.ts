import { language } from '@lanyard/look/staff/language.js';
import { reasonTexts } from '@lanyard/protocol';

/** What stands over a verdict with this reason, as guards read it. */
export function verdictReasonText(reason: string): string {
  return reason in reasonTexts ? reasonTexts[reason as keyof typeof reasonTexts][language.value].title : reason;
}
