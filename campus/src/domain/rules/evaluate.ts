import type { Comparison, Expression, RuleValue } from './expression.js';

/** What variables read: plain JSON objects. */
export interface RuleFacts {
  readonly form: Readonly<Record<string, unknown>>;
  readonly applicant: Readonly<Record<string, unknown>>;
}

/**
 * Evaluates a rule. Total: every rule has a value for all facts. Unknown variables are null; an order between values of
 * different types, or of a type without an order, is false; `!=` is the negation of `==`; only `true` is true;
 * arithmetic on anything but finite numbers is null.
 */
export function evaluate(rule: Expression, facts: RuleFacts): RuleValue {
  switch (rule.op) {
    case 'value':
      return rule.value;
    case 'var':
      return read(rule.path, facts);
    case 'compare':
      return compare(rule.by, evaluate(rule.left, facts), evaluate(rule.right, facts));
    case 'and':
      return rule.parts.every((part) => evaluate(part, facts) === true);
    case 'or':
      return rule.parts.some((part) => evaluate(part, facts) === true);
    case 'not':
      return evaluate(rule.part, facts) !== true;
    case 'in': {
      const list = evaluate(rule.list, facts);
      const needle = evaluate(rule.needle, facts);
      return Array.isArray(list) && list.some((item) => item === needle);
    }
    case 'add':
      return sum(rule.parts.map((part) => evaluate(part, facts)));
    case 'subtract': {
      const right = evaluate(rule.right, facts);
      return sum([evaluate(rule.left, facts), typeof right === 'number' ? -right : null]);
    }
    case 'if': {
      const chosen = rule.cases.find(({ when }) => evaluate(when, facts) === true);
      return evaluate(chosen?.gives ?? rule.otherwise, facts);
    }
  }
}

export const holds = (rule: Expression, facts: RuleFacts): boolean => evaluate(rule, facts) === true;

function read(path: readonly string[], facts: RuleFacts): RuleValue {
  let at: unknown = facts;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, name)) return null;
    at = (at as Record<string, unknown>)[name];
  }
  if (isScalar(at)) return at;
  return Array.isArray(at) && at.every(isScalar) ? at : null;
}

const isScalar = (value: unknown): value is boolean | number | string =>
  typeof value === 'boolean' || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));

function compare(by: Comparison, left: RuleValue, right: RuleValue): boolean {
  if (by === '==') return same(left, right);
  if (by === '!=') return !same(left, right);
  if (typeof left === 'number' && typeof right === 'number') return inOrder(by, left - right);
  // Code units, as ISO dates and times need it; names have no order here.
  if (typeof left === 'string' && typeof right === 'string') return inOrder(by, left < right ? -1 : +(left > right));
  return false;
}

function same(left: RuleValue, right: RuleValue): boolean {
  if (!Array.isArray(left) || !Array.isArray(right)) return left === right;
  return left.length === right.length && left.every((item, at) => item === right[at]);
}

function inOrder(by: Exclude<Comparison, '==' | '!='>, difference: number): boolean {
  switch (by) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
  }
}

function sum(values: readonly RuleValue[]): number | null {
  let total = 0;
  for (const value of values) {
    if (typeof value !== 'number') return null;
    total += value;
  }
  return Number.isFinite(total) ? total : null;
}
