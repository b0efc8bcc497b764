import { parseDcqlQuery } from '@lanyard/protocol';
import { describe, expect, it } from 'vitest';
import {
  answeredIds,
  type Choices,
  firstSelected,
  listChoices,
  resolveChoices,
  type Selected,
} from '../../web/src/consent/choices.js';
import { shownClaims } from '../../web/src/consent/claim-words.js';
import { orUsed } from '../../web/src/consent/held-copies.js';
import type { HeldCredential } from '../../web/src/storage/kept.js';
import { cardOf, mdocText, NOW, sdJwtText } from './support/credentials.js';

const VCT = 'urn:lanyard:student-id:1';
const DOC_TYPE = 'org.lanyard.student-id.1';
const claims = { name: '示例', level: 'bachelor', college: '文学院' };
const sdJwt = cardOf('sd', [sdJwtText(VCT, claims), sdJwtText(VCT, claims)], 'dc+sd-jwt');
const mdoc = cardOf('mdoc', [mdocText()], 'mso_mdoc');
const held = [sdJwt, mdoc];
const asked = (id: string, names: string[], more: object = {}) => ({
  ...{ id, format: 'dc+sd-jwt', meta: { vct_values: [VCT] } },
  claims: names.map((name) => ({ id: name, path: [name] })),
  ...more,
});
const askedMdoc = (id: string, names: string[]) => ({
  ...{ id, format: 'mso_mdoc', meta: { doctype_value: DOC_TYPE } },
  claims: names.map((name) => ({ path: [DOC_TYPE, name] })),
});
const list = (credentials: object[], sets?: object[], cards = held) =>
  listChoices(
    parseDcqlQuery({ credentials, ...(sets === undefined ? {} : { credential_sets: sets }) } as never),
    cards,
  );
const choicesOf = (...args: Parameters<typeof list>): Choices => {
  const choices = list(...args);
  if ('missing' in choices) throw new TypeError(choices.missing.join());
  return choices;
};
const sent = (choices: Choices, change: Partial<Selected> = {}) =>
  resolveChoices(choices, { ...firstSelected(choices), ...change }, held)?.map(({ queryId, candidate }) => [
    queryId,
    candidate.held.card.key,
    shownClaims(candidate)
      .map(({ path }) => path.join('.'))
      .sort()
      .join(),
  ]);

describe('what a student may choose', () => {
  it('is nothing where there is one way, and exactly what was asked goes out', () => {
    const choices = choicesOf([asked('a', ['level', 'name'])]);
    expect(sent(choices)).toEqual([['a', 'sd', 'level,name']]);
    expect(choices.sets).toEqual([{ required: true, options: [['a']] }]);
  });
  it('names what nothing held can answer [claim, type, one of two]', () => {
    expect(list([asked('a', ['grades'])])).toEqual({ missing: ['a'] });
    expect(list([asked('a', ['name'], { meta: { vct_values: ['urn:other'] } })])).toEqual({ missing: ['a'] });
    expect(list([asked('a', ['name']), askedMdoc('b', ['grades'])])).toEqual({ missing: ['b'] });
  });
  it('is the format, where the verifier takes either', () => {
    const choices = choicesOf([asked('a', ['level']), askedMdoc('b', ['level'])], [{ options: [['a'], ['b']] }]);
    expect(sent(choices)).toEqual([['a', 'sd', 'level']]);
    expect(sent(choices, { options: [1] })).toEqual([['b', 'mdoc', 'level']]);
  });
  it('leaves out an option that nothing can answer [and then there is no choice]', () => {
    const choices = choicesOf([asked('a', ['grades']), askedMdoc('b', ['level'])], [{ options: [['a'], ['b']] }]);
    expect([choices.sets[0]?.options, sent(choices)]).toEqual([[['b']], [['b', 'mdoc', 'level']]]);
  });
  it('takes nothing optional unless it is chosen', () => {
    const sets = [{ options: [['a']] }, { options: [['b']], required: false }];
    const choices = choicesOf([asked('a', ['level']), askedMdoc('b', ['name'])], sets);
    expect(sent(choices)).toEqual([['a', 'sd', 'level']]);
    expect(sent(choices, { options: [0, 0] })).toEqual([
      ['a', 'sd', 'level'],
      ['b', 'mdoc', 'name'],
    ]);
  });
  it('sends something where all is optional, and nothing where all is left out', () => {
    const choices = choicesOf([asked('a', ['level'])], [{ options: [['a']], required: false }]);
    expect(sent(choices)).toEqual([['a', 'sd', 'level']]);
    expect(sent(choices, { options: [-1] })).toBeUndefined();
  });
  it('is the claim set, the verifier’s first in front, and only those that can be met', () => {
    const sets = [['grades'], ['level', 'name'], ['level']];
    const choices = choicesOf([asked('a', ['level', 'name', 'grades'], { claim_sets: sets })]);
    expect(choices.credentials.get('a')?.cards[0]?.variants).toHaveLength(2);
    expect(sent(choices)).toEqual([['a', 'sd', 'level,name']]);
    expect(sent(choices, { variants: { a: 1 } })).toEqual([['a', 'sd', 'level']]);
  });
  it('is the card, where several answer', () => {
    const second = cardOf('other', [sdJwtText(VCT, { level: 'master' })], 'dc+sd-jwt');
    const choices = choicesOf([asked('a', ['level'])], undefined, [...held, second]);
    const chosen = resolveChoices(choices, { ...firstSelected(choices), cards: { a: 1 } }, [...held, second]);
    expect(chosen?.[0]?.candidate.disclosed).toEqual([{ path: ['level'], value: 'master' }]);
  });
  it('takes a copy of its own for each query, and none where there are too few', () => {
    const two = choicesOf([asked('a', ['level']), asked('b', ['name'])]);
    const chosen = resolveChoices(two, firstSelected(two), held) ?? [];
    expect(new Set(chosen.map(({ candidate }) => candidate.held.copy.id)).size).toBe(2);
    const three = choicesOf([asked('a', ['level']), asked('b', ['name']), asked('c', ['name'])]);
    expect(resolveChoices(three, firstSelected(three), held)).toBeUndefined();
  });
  it('answers a query once that two sets name', () => {
    const choices = choicesOf([asked('a', ['level'])], [{ options: [['a']] }, { options: [['a']] }]);
    expect(answeredIds(choices, firstSelected(choices))).toEqual(['a']);
  });
});

describe('copies of other issuers', () => {
  const copy = (id: number, expiresAtSeconds: number, usedAtMs?: number) =>
    ({ id, expiresAtSeconds, ...(usedAtMs === undefined ? {} : { usedAtMs }) }) as HeldCredential;
  it('are unused ones first, then those shown the longest ago [not what has ended]', () => {
    const copies = [copy(1, NOW + 500, 5), copy(2, NOW + 500), copy(3, NOW + 500, 2), copy(4, NOW - 1)];
    expect(orUsed(copies, NOW).map(({ id }) => id)).toEqual([2]);
    expect(orUsed([copies[0]!, copies[2]!, copies[3]!], NOW).map(({ id }) => id)).toEqual([3, 1]);
  });
});
