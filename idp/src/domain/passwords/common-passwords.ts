import { dictionary } from '@zxcvbn-ts/language-common';

/**
 * True for passwords that guessers try first: the list itself, also with digits and signs put before or after, one sign
 * repeated, and plain runs of signs.
 */
export function createCommonPasswords(): (password: string) => boolean {
  const words = new Set(dictionary['passwords-common']);
  return (password) => {
    const lower = password.toLowerCase();
    const core = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
    if (words.has(lower)) return true;
    // A listed word with a year and a sign is no better than the word.
    if (core !== lower && core.length >= 4 && words.has(core)) return true;
    return new Set(lower).size <= 3 || isRun(lower);
  };
}

function isRun(text: string): boolean {
  const points = [...text].map((sign) => sign.codePointAt(0) ?? 0);
  // After 9 comes 0.
  const steps = points.slice(1).map((point, index) => {
    const step = point - (points[index] ?? 0);
    return Math.abs(step) === 9 ? -Math.sign(step) : step;
  });
  return steps.every((step) => step === steps[0]);
}
