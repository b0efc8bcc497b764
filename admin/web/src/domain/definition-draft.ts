/** A service as it is written, as far as the guided fields change it; all else stays as it stands. */
export type Draft = Record<string, unknown>;
/** A number within a rule, by where it stands. */
export interface Threshold {
  readonly rule: string;
  readonly version: number;
  /** The rule with this number left out: `form.days >`. */
  readonly text: string;
  readonly path: readonly (string | number)[];
  readonly value: number;
}

/** @throws SyntaxError for what is no JSON object */
export function readDraft(text: string): Draft {
  const json: unknown = JSON.parse(text);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new SyntaxError('{ … }');
  return json as Draft;
}
export const writeDraft = (draft: Draft): string => JSON.stringify(draft, null, 2);

/** Numbers that rules compare with: what an office changes most. */
export function thresholds(draft: Draft): Threshold[] {
  const rules = draft['rules'];
  if (typeof rules !== 'object' || rules === null) return [];
  return Object.entries(rules).flatMap(([rule, versions]) =>
    Array.isArray(versions)
      ? versions.flatMap((one: { version?: number; when?: unknown }, at) =>
          numbersIn(one?.when, ['rules', rule, at, 'when']).map((found) => ({
            rule,
            version: one.version ?? at + 1,
            ...found,
          })),
        )
      : [],
  );
}

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='];
function numbersIn(
  node: unknown,
  path: readonly (string | number)[],
): { text: string; path: readonly (string | number)[]; value: number }[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, inside]) => {
    const at = [...path, Array.isArray(node) ? Number(name) : name];
    if (!COMPARISONS.includes(name) || !Array.isArray(inside)) return numbersIn(inside, at);
    const of = inside.find((part) => typeof part === 'object' && part !== null && 'var' in part) as
      | { var?: string }
      | undefined;
    const own = inside.flatMap((part, place) =>
      typeof part === 'number' ? [{ text: `${of?.var ?? ''} ${name}`.trim(), path: [...at, place], value: part }] : [],
    );
    return [...own, ...numbersIn(inside, at)];
  });
}

/** The draft with one value changed; nothing else is touched. */
export function withValue(draft: Draft, path: readonly (string | number)[], value: unknown): Draft {
  const copy = structuredClone(draft);
  let at: Record<string | number, unknown> = copy;
  for (const name of path.slice(0, -1)) {
    const inside = at[name];
    if (typeof inside !== 'object' || inside === null) return draft;
    at = inside as Record<string | number, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
  return copy;
}
