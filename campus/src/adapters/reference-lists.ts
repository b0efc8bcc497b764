import type { Clock, Logger, ServiceClient } from '@lanyard/platform';
import { z } from 'zod';

/** Kept by the register; a form may name others, which nobody keeps. */
const KEPT = ['colleges', 'majors', 'buildings'];
const FRESH_MS = 600_000;
const zName = z.object({ name: z.string().min(1).max(200), offered: z.boolean() });
const zAnswer = z.object({ values: z.array(zName).max(1_000) });

/** A part of the university; with few students it is known and not offered: it could tell of one of them. */
export type ListedName = z.output<typeof zName>;
/**
 * What a field with `x-reference` is chosen from. Empty where nobody keeps such a list, or nobody can say now.
 * @param ageMs how old the answer may be
 */
export type ReferenceLists = (name: string, ageMs?: number) => Promise<readonly ListedName[]>;

/** The register's lists, asked again after ten minutes at most; while the register is away the last answer stands. */
export function createReferenceLists(deps: {
  issuer: Pick<ServiceClient, 'json'>;
  clock: Clock;
  log: Logger;
}): ReferenceLists {
  const kept = new Map<string, { readonly atMs: number; readonly values: readonly ListedName[] }>();
  return async (name, ageMs = FRESH_MS) => {
    if (!KEPT.includes(name)) return [];
    const former = kept.get(name);
    const nowMs = deps.clock.nowMs();
    if (former !== undefined && Math.abs(nowMs - former.atMs) < ageMs) return former.values;
    try {
      const { values } = zAnswer.parse(await deps.issuer.json<unknown>(`/v1/reference-lists/${name}`));
      kept.set(name, { atMs: nowMs, values });
      return values;
    } catch (error) {
      deps.log.warn('reference-list.not-read', { list: name, detail: (error as Error).name });
      return former?.values ?? [];
    }
  };
}
