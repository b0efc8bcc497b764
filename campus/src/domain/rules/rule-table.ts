import { z } from 'zod';
import { type Expression, parseExpression, RuleError } from './expression.js';

const zExpression = z.unknown().transform((json, check): Expression => {
  try {
    return parseExpression(json);
  } catch (error) {
    check.addIssue({ code: 'custom', message: error instanceof RuleError ? error.message : 'malformed' });
    return z.NEVER;
  }
});

const zRuleVersion = z.strictObject({
  version: z.int().min(1).max(100_000),
  /** First day it is in force, in Asia/Shanghai. */
  effective_from: z.iso.date(),
  when: zExpression,
});
export type RuleVersion = z.output<typeof zRuleVersion>;

/** Versions of one rule, the oldest first; a later version has a later first day. */
export const zRuleVersions = z
  .array(zRuleVersion)
  .min(1)
  .max(50)
  .refine(
    (versions) =>
      versions.every((one, at) => {
        const before = versions[at - 1];
        return before === undefined || (before.version < one.version && before.effective_from < one.effective_from);
      }),
    'versions and days rise',
  );

/** The version in force on a day; before the first one's day the first, so that a rule is never without an answer. */
export function ruleOn(versions: readonly RuleVersion[], day: string): RuleVersion {
  const [first] = versions;
  if (first === undefined) throw new TypeError('a rule has a version');
  return versions.findLast((one) => one.effective_from <= day) ?? first;
}
