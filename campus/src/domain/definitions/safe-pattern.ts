const MAX_PATTERN = 100;
const MAX_ATOMS = 12;
/** Two open quantifiers over bounded texts cost at most the square of 64. */
const MAX_OPEN_QUANTIFIERS = 2;
const MAX_REPEAT = 64;
const ATOM =
  /(?:\[(?:[A-Za-z0-9_ ]|[A-Za-z0-9]-[A-Za-z0-9]|\\[-.])+\]|\\d|\\\.|[A-Za-z0-9_:@-])(?:\{(\d{1,2})(?:,(\d{1,2}))?\}|\?)?/y;

/** Whether a pattern is anchored, has no groups or alternatives, and so cannot take long on any text. */
export function isSafePattern(pattern: string): boolean {
  if (pattern.length > MAX_PATTERN || !pattern.startsWith('^') || !pattern.endsWith('$')) return false;
  const body = pattern.slice(1, -1);
  let at = 0;
  let atoms = 0;
  let open = 0;
  while (at < body.length) {
    ATOM.lastIndex = at;
    const match = ATOM.exec(body);
    if (match === null) return false;
    const [text, least, most] = match;
    if (Number(least ?? 0) > MAX_REPEAT || Number(most ?? 0) > MAX_REPEAT) return false;
    if (text.endsWith('?') || (most !== undefined && most !== least)) open += 1;
    atoms += 1;
    at = ATOM.lastIndex;
  }
  return atoms > 0 && atoms <= MAX_ATOMS && open <= MAX_OPEN_QUANTIFIERS;
}
