import { describe, expect, it } from 'vitest';
import { zServiceDefinition } from '../../src/domain/definitions/definition.js';
import { fitOf } from '../../src/domain/definitions/match.js';
import { CATALOGUE_JSON, serviceOf } from '../support/catalogue.js';

const LOST = {
  kind: 'lost',
  category: 'phone',
  place: '图书馆三楼自习室',
  on: '2026-11-20',
  description: '黑色华为手机，蓝色外壳',
};
const found = (more: object = {}) => ({ ...LOST, kind: 'found', on: '2026-11-21', ...more });
const match = () => {
  const { match: rule } = serviceOf('lost-property');
  if (rule === undefined) throw new Error('no rule');
  return rule;
};
const fit = (other: object) => fitOf(match(), LOST, other as typeof LOST) ?? 0;

describe('what was lost and what was found', () => {
  it('fit the better the more their words and days are alike', () => {
    const same = fit(found());
    const near = fit(found({ place: '图书馆', description: '黑色手机' }));
    const far = fit(found({ place: '东区食堂', description: '白色苹果', on: '2026-12-15' }));
    expect(same).toBeGreaterThan(near);
    expect(near).toBeGreaterThan(far);
    expect(same).toBeLessThanOrEqual(1);
    expect(far).toBeGreaterThanOrEqual(0);
  });
  it('whoever begins', () => {
    expect(fitOf(match(), LOST, found())).toBe(fitOf(match(), found(), LOST));
  });
  it.each([
    ['two that were lost', { ...LOST }],
    ['another kind of thing', found({ category: 'card' })],
    ['too long apart', found({ on: '2026-12-21' })],
    ['no day', found({ on: undefined })],
    ['no kind', found({ kind: undefined })],
  ])('do not belong together [%s]', (_, other) => {
    expect(fitOf(match(), LOST, other as typeof LOST)).toBeUndefined();
  });
  it('without any words are alike by their days alone', () => {
    expect(fitOf(match(), { ...LOST, place: '', description: '' }, found({ place: '', description: '' }))).toBeLessThan(
      0.4,
    );
  });
});

describe('the rule of a service', () => {
  const json = CATALOGUE_JSON.find(({ id }) => id === 'lost-property') as Record<string, unknown>;
  const withRule = (more: object) => ({ ...json, match: { ...(json['match'] as object), ...more } });
  it.each([
    ['a pair that is none of the choices', { pair: ['lost', 'stolen'] }],
    ['a pair of one', { pair: ['lost', 'lost'] }],
    ['a field there is not', { same: ['colour'] }],
    ['a day that is none', { day: 'place' }],
    ['words of a choice', { like: ['category'] }],
    ['a word of its own', { best: 3 }],
  ])('is refused [%s]', (_, more) => {
    expect(zServiceDefinition.safeParse(withRule(more)).success).toBe(false);
  });
  it('is accepted as the catalogue has it', () => {
    expect(zServiceDefinition.safeParse(withRule({})).success).toBe(true);
  });
});
