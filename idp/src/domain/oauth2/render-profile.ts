/** What a place in a profile may be filled with. */
export type ProfileValues = Readonly<Record<string, string | readonly string[] | undefined>>;

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

const PLACE = /\{([a-z_]+)\}/g;
const ONLY_PLACE = /^\{([a-z_]+)\}$/;

/**
 * Fills a registered shape with what the client was granted: `{claim}` inside a text is replaced, a text that is only
 * `{claim}` becomes the value itself, a list stays a list. A member whose value is not there is left out, so a client
 * never takes a placeholder for a name.
 */
export function renderProfile(shape: unknown, values: ProfileValues): Json {
  return fill(shape, values) ?? null;
}

function fill(shape: unknown, values: ProfileValues): Json | undefined {
  if (typeof shape === 'string') return fillText(shape, values);
  if (Array.isArray(shape))
    return shape.flatMap((item): Json[] => {
      const filled = fill(item, values);
      if (filled === undefined) return [];
      // The values of a list stand in the list, not a list within it.
      return typeof item === 'string' && Array.isArray(filled) ? filled : [filled];
    });
  if (typeof shape === 'object' && shape !== null) {
    const members = Object.entries(shape).flatMap(([name, item]): [string, Json][] => {
      const filled = fill(item, values);
      return filled === undefined ? [] : [[name, filled]];
    });
    return Object.fromEntries(members);
  }
  return typeof shape === 'number' || typeof shape === 'boolean' || shape === null ? shape : undefined;
}

function fillText(text: string, values: ProfileValues): Json | undefined {
  const valueAt = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);
  const only = ONLY_PLACE.exec(text)?.[1];
  if (only !== undefined) {
    const value = valueAt(only);
    return value === undefined || typeof value === 'string' ? value : [...value];
  }
  return text.replace(PLACE, (_place, name: string) => [valueAt(name) ?? []].flat().join(','));
}
