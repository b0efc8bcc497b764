import { repairMiddleDots } from '../roster/repair-middle-dots.js';
import type { Facts } from './fold-life.js';

/** What somebody typed where the issued form has another dot; shown to whoever decides. */
export interface MendedName {
  readonly from: string;
  readonly to: string;
}

/**
 * The facts of a change with the name in the form identity documents have it, U+00B7 between its parts, by the same
 * function as names out of a roster; never refused for the dot somebody's keyboard has.
 */
export function factsAsIssued(facts: Facts | undefined): { facts: Facts | undefined; mended: MendedName | undefined } {
  const typed = facts?.name;
  if (facts === undefined || typed === undefined) return { facts, mended: undefined };
  const name = repairMiddleDots(typed);
  return name === typed
    ? { facts, mended: undefined }
    : { facts: { ...facts, name }, mended: { from: typed, to: name } };
}
