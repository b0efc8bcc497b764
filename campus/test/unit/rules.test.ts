import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, holds } from '../../src/domain/rules/evaluate.js';
import { MAX_RULE_DEPTH, MAX_RULE_NODES, parseExpression, RuleError } from '../../src/domain/rules/expression.js';
import { ruleOn, zRuleVersions } from '../../src/domain/rules/rule-table.js';

const facts = {
  form: { days: 5, kind: 'illness', tags: ['a', 'b'], deep: { x: 1 }, yes: true },
  applicant: { college: '软件学院' },
};
const value = (json: unknown) => evaluate(parseExpression(json), facts);

describe('a rule', () => {
  it.each([
    ['reads a field of the form', { var: 'form.days' }, 5],
    ['reads a fact of the applicant', { var: 'applicant.college' }, '软件学院'],
    ['reads inside an object', { var: 'form.deep.x' }, 1],
    ['reads a list', { in: ['a', { var: 'form.tags' }] }, true],
    ['compares numbers', { '>': [{ var: 'form.days' }, 3] }, true],
    ['compares texts by code unit, as days need it', { '<': ['2026-09-01', '2026-10-01'] }, true],
    ['joins by and', { and: [true, { '==': [{ var: 'form.kind' }, 'illness'] }] }, true],
    ['joins by or', { or: [false, { var: 'form.yes' }] }, true],
    ['negates', { '!': { var: 'form.yes' } }, false],
    ['adds and subtracts', { '-': [{ '+': [{ var: 'form.days' }, 2] }, 4] }, 3],
    [
      'chooses',
      { if: [{ '>': [{ var: 'form.days' }, 7] }, 'long', { '>': [{ var: 'form.days' }, 3] }, 'middle', 'short'] },
      'middle',
    ],
  ])('%s', (_, json, wanted) => expect(value(json)).toEqual(wanted));

  it.each([
    ['an unknown variable is null', { var: 'form.nothing' }, null],
    ['a name of every object is no variable', { var: 'form.constructor' }, null],
    ['an object is null', { var: 'form.deep' }, null],
    ['a number and a text are not equal', { '==': [1, '1'] }, false],
    ['and so are different', { '!=': [1, '1'] }, true],
    ['a number and a text have no order [<]', { '<': [1, '2'] }, false],
    ['a number and a text have no order [>=]', { '>=': [1, '0'] }, false],
    ['null has no order', { '<=': [{ var: 'form.nothing' }, 100] }, false],
    ['a truthy text is not true', { and: ['yes'] }, false],
    ['null is not true', { '!': { var: 'form.nothing' } }, true],
    ['a text is no list', { in: ['a', 'abc'] }, false],
    ['a sum with a text is null', { '+': [1, '1'] }, null],
    ['a sum beyond all numbers is null', { '+': [1.7e308, 1.7e308] }, null],
  ])('without surprises: %s', (_, json, wanted) => expect(value(json)).toEqual(wanted));

  const deep = (levels: number): unknown => (levels === 0 ? true : { '!': deep(levels - 1) });
  it.each([
    ['an operation outside the subset', { map: [[], {}] }],
    ['two operations in one object', { '==': [1, 1], '!=': [1, 2] }],
    ['an empty object', {}],
    ['a comparison of three', { '<': [1, 2, 3] }],
    ['a variable outside form and applicant', { var: 'process.env' }],
    ['a variable with a default', { var: ['form.days', 1] }],
    ['an if without a last value', { if: [true, 1] }],
    ['a number that is none', { '==': [Number.NaN, 1] }],
    ['a list of lists', { in: [1, [[1]]] }],
    ['too deep', deep(MAX_RULE_DEPTH)],
    ['too long', { and: Array.from({ length: MAX_RULE_NODES }, () => true) }],
  ])('is refused: %s', (_, json) => expect(() => parseExpression(json)).toThrow(RuleError));

  it('of any form either is refused or has a value, and the value is the same again', () => {
    const node = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>(null, true, false, 0, 3, -1.5, 'illness', ['a', 1]),
        fc.constantFrom('form.days', 'form.kind', 'form.none', 'applicant.college').map((path) => ({ var: path })),
        fc
          .record({ op: fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'in', '-'), a: tie('node'), b: tie('node') })
          .map(({ op, a, b }) => ({ [op]: [a, b] })),
        fc
          .record({
            op: fc.constantFrom('and', 'or', '+'),
            parts: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
          })
          .map(({ op, parts }) => ({ [op]: parts })),
        tie('node').map((part) => ({ '!': part })),
        fc.tuple(tie('node'), tie('node'), tie('node')).map((parts) => ({ if: parts })),
      ),
    })).node;
    fc.assert(
      fc.property(node, fc.dictionary(fc.string(), fc.jsonValue()), (json, form) => {
        let rule: ReturnType<typeof parseExpression>;
        try {
          rule = parseExpression(json);
        } catch (error) {
          return error instanceof RuleError;
        }
        const one = evaluate(rule, { form, applicant: {} });
        expect(evaluate(rule, { form, applicant: {} })).toEqual(one);
        return one === null || ['boolean', 'number', 'string'].includes(typeof one) || Array.isArray(one);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('versions of a rule', () => {
  const versions = zRuleVersions.parse([
    { version: 1, effective_from: '2026-09-01', when: { '>': [{ var: 'form.days' }, 3] } },
    { version: 2, effective_from: '2027-03-01', when: { '>': [{ var: 'form.days' }, 7] } },
  ]);
  it.each([
    ['before the first', '2026-01-01', 1],
    ['on the last day of the first', '2027-02-28', 1],
    ['on the first day of the second', '2027-03-01', 2],
    ['long after', '2030-01-01', 2],
  ])('%s', (_, day, wanted) => expect(ruleOn(versions, day).version).toBe(wanted));
  it('decide differently about the same form', () =>
    expect(versions.map(({ when }) => holds(when, facts))).toEqual([true, false]));
  it.each([
    ['that fall', [2, 1]],
    ['that repeat', [1, 1]],
  ])('%s are refused', (_, [a, b]) =>
    expect(
      zRuleVersions.safeParse([
        { version: a, effective_from: '2026-09-01', when: true },
        { version: b, effective_from: '2027-09-01', when: true },
      ]).success,
    ).toBe(false),
  );
});
