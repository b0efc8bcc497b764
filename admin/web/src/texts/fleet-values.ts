import { fleetZh } from './fleet-zh.js';
import { type TextKey, t } from './texts.js';

/** A code of the fleet in words; the code itself where a newer verifier knows more than this page. */
function lookUp(prefix: string, code: string): string {
  const key = `${prefix}-${code}`;
  return key in fleetZh ? t(key as TextKey) : code;
}
export const reasonOfHealth = (code: string): string => lookUp('reason', code);
export const readersText = (state: string | null): string => lookUp('readers', state ?? 'none');
export const readerText = (state: string): string => lookUp('reader', state);
export const lineText = (state: string): string => lookUp('line', state);
export const cameraText = (state: string): string => lookUp('camera', state);

/** How old something is, in the largest unit that says something. */
export function ageText(seconds: number): string {
  if (seconds < 120) return t('fleet-age', { n: seconds });
  if (seconds < 7_200) return t('fleet-age-minutes', { n: Math.floor(seconds / 60) });
  if (seconds < 172_800) return t('fleet-age-hours', { n: Math.floor(seconds / 3_600) });
  return t('fleet-age-days', { n: Math.floor(seconds / 86_400) });
}
