/** What a rule computes with. Everything else a form may hold counts as null. */
export type RuleValue = null | boolean | number | string | readonly (boolean | number | string)[];

export const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** The part of JSON Logic that rules may use, parsed. */
export type Expression =
  | { readonly op: 'value'; readonly value: RuleValue }
  | { readonly op: 'var'; readonly path: readonly string[] }
  | { readonly op: 'compare'; readonly by: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly op: 'and' | 'or'; readonly parts: readonly Expression[] }
  | { readonly op: 'not'; readonly part: Expression }
  | { readonly op: 'in'; readonly needle: Expression; readonly list: Expression }
  | { readonly op: 'add'; readonly parts: readonly Expression[] }
  | { readonly op: 'subtract'; readonly left: Expression; readonly right: Expression }
  | {
      readonly op: 'if';
      readonly cases: readonly { readonly when: Expression; readonly gives: Expression }[];
      readonly otherwise: Expression;
    };

export const MAX_RULE_NODES = 64;
export const MAX_RULE_DEPTH = 8;
const MAX_LIST = 50;
const MAX_TEXT = 200;
/** `form.days`, `applicant.college`. */
const PATH = /^(?:form|applicant)(?:\.[a-z][a-z0-9_]{0,39}){1,3}$/;

export class RuleError extends Error {
  readonly code = 'rule-malformed';
}

/** Parses a rule as it stands in a definition. @throws RuleError naming what does not belong */
export function parseExpression(json: unknown): Expression {
  const seen = { nodes: 0 };
  return parseNode(json, 1, seen);
}

function parseNode(json: unknown, depth: number, seen: { nodes: number }): Expression {
  seen.nodes += 1;
  if (seen.nodes > MAX_RULE_NODES) throw new RuleError(`more than ${MAX_RULE_NODES} parts`);
  if (depth > MAX_RULE_DEPTH) throw new RuleError(`deeper than ${MAX_RULE_DEPTH}`);
  const inner = (part: unknown) => parseNode(part, depth + 1, seen);
  if (Array.isArray(json)) return { op: 'value', value: parseList(json) };
  if (typeof json !== 'object' || json === null) return { op: 'value', value: parseScalar(json) };
  const entries = Object.entries(json);
  const [entry] = entries;
  if (entry === undefined || entries.length !== 1) throw new RuleError('an operation has exactly one name');
  const [name, given] = entry;
  if (name === 'var') return { op: 'var', path: parsePath(given) };
  if (name === '!') return { op: 'not', part: inner(Array.isArray(given) ? one(given) : given) };
  if (!Array.isArray(given)) throw new RuleError(`${name} takes a list`);
  if (isComparison(name)) {
    const [left, right] = two(name, given);
    return { op: 'compare', by: name, left: inner(left), right: inner(right) };
  }
  switch (name) {
    case 'and':
    case 'or':
      return { op: name, parts: some(name, given).map(inner) };
    case 'in': {
      const [needle, list] = two(name, given);
      return { op: 'in', needle: inner(needle), list: inner(list) };
    }
    case '+':
      return { op: 'add', parts: some(name, given).map(inner) };
    case '-': {
      const [left, right] = two(name, given);
      return { op: 'subtract', left: inner(left), right: inner(right) };
    }
    case 'if':
      return parseIf(given, inner);
    default:
      throw new RuleError(`unknown operation ${name.slice(0, 40)}`);
  }
}

function parseIf(given: readonly unknown[], inner: (part: unknown) => Expression): Expression {
  if (given.length < 3 || given.length % 2 === 0) throw new RuleError('if takes pairs and a last value');
  const cases = [];
  for (let at = 0; at + 1 < given.length; at += 2) cases.push({ when: inner(given[at]), gives: inner(given[at + 1]) });
  return { op: 'if', cases, otherwise: inner(given.at(-1)) };
}

const isComparison = (name: string): name is Comparison => (COMPARISONS as readonly string[]).includes(name);

function parsePath(given: unknown): string[] {
  if (typeof given !== 'string' || !PATH.test(given)) throw new RuleError('var names a field of form or applicant');
  return given.split('.');
}

function parseScalar(value: unknown): null | boolean | number | string {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string' && value.length <= MAX_TEXT) return value;
  throw new RuleError('a value is null, true, false, a number or a short text');
}

function parseList(values: readonly unknown[]): (boolean | number | string)[] {
  if (values.length > MAX_LIST) throw new RuleError(`more than ${MAX_LIST} values in a list`);
  return values.map((value) => {
    const scalar = parseScalar(value);
    if (scalar === null) throw new RuleError('a list holds no null');
    return scalar;
  });
}

function one(given: readonly unknown[]): unknown {
  if (given.length !== 1) throw new RuleError('! takes one value');
  return given[0];
}

function two(name: string, given: readonly unknown[]): [unknown, unknown] {
  if (given.length !== 2) throw new RuleError(`${name} takes two values`);
  return [given[0], given[1]];
}

function some(name: string, given: readonly unknown[]): readonly unknown[] {
  if (given.length < 1) throw new RuleError(`${name} takes at least one value`);
  return given;
}
