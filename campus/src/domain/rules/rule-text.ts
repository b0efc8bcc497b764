import type { Expression, RuleValue } from './expression.js';

const SIGNS = { '==': '=', '!=': '≠', '<': '<', '<=': '≤', '>': '>', '>=': '≥' } as const;

/** A rule as an office reads it: `form.days > 3`. */
export function ruleText(expression: Expression): string {
  switch (expression.op) {
    case 'value':
      return valueText(expression.value);
    case 'var':
      return expression.path.join('.');
    case 'compare':
      return `${inner(expression.left)} ${SIGNS[expression.by]} ${inner(expression.right)}`;
    case 'and':
      return expression.parts.map(inner).join(' ∧ ');
    case 'or':
      return expression.parts.map(inner).join(' ∨ ');
    case 'not':
      return `¬ ${inner(expression.part)}`;
    case 'in':
      return `${inner(expression.needle)} ∈ ${inner(expression.list)}`;
    case 'add':
      return expression.parts.map(inner).join(' + ');
    case 'subtract':
      return `${inner(expression.left)} − ${inner(expression.right)}`;
    case 'if':
      return [
        ...expression.cases.map(({ when, gives }) => `${inner(when)} → ${inner(gives)}`),
        inner(expression.otherwise),
      ].join('; ');
  }
}

const inner = (expression: Expression): string =>
  ['value', 'var'].includes(expression.op) ? ruleText(expression) : `(${ruleText(expression)})`;

function valueText(value: RuleValue): string {
  if (value === null) return '∅';
  if (typeof value === 'object') return `[${value.join(', ')}]`;
  return String(value);
}
