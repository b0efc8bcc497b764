import { affairsZh } from './affairs-zh.js';
import { type TextKey, t } from './texts.js';

/** A property of a definition in words; what has none stands as it is called there. */
export function differenceWord(what: string): string {
  const key = `what-${what}`;
  return Object.hasOwn(affairsZh, key) ? t(key as TextKey) : what;
}
