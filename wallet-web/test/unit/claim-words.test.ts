import { DOCUMENT_CLAIMS, STUDENT_ID_CLAIMS } from '@lanyard/protocol';
import { describe, expect, it } from 'vitest';
import {
  claimLabel,
  claimValue,
  inCardOrder,
  labelsExcept,
  namesTheHolder,
  tidy,
} from '../../web/src/consent/claim-words.js';

describe('claimValue', () => {
  it.each([
    ['level', 'bachelor', '本科', 'bachelor'],
    ['enrolment_status', 'enrolled', '注册学籍', 'enrolled'],
    ['kind', 'volunteer-hours', '志愿服务时长证明', 'Certificate of volunteer hours'],
    ['kind', 'dance-diploma', 'dance-diploma', 'dance-diploma'],
    ['study_form', 'part-time', '非全日制', 'part time'],
    ['sex', 2, '女', 'female'],
    ['length_of_study', 4.5, '4.5 年', '4.5 years'],
    ['rail_interval', { from: '广州南', to: '兰州西' }, '广州南 ⇄ 兰州西', '广州南 ⇄ 兰州西'],
    ['identity_document', { type: '居民身份证', number: '990000' }, '居民身份证 990000', '居民身份证 990000'],
    ['portrait', '_9j_', '你的证件照', 'Your portrait'],
    ['name', '阿依古丽·买买提', '阿依古丽·买买提', '阿依古丽·买买提'],
    ['title', { zh: '在读证明', en: 'Certificate of enrolment' }, '在读证明', 'Certificate of enrolment'],
    [
      'facts',
      [
        { title: { zh: '总时长', en: 'Hours' }, value: { zh: '12 小时', en: '12 hours' } },
        { title: { zh: '用途', en: 'Purpose' }, value: { zh: '签证', en: 'Visa' } },
      ],
      '总时长：12 小时；用途：签证',
      'Hours: 12 hours; Purpose: Visa',
    ],
  ])('says what will be sent [%s]', (name, value, zh, en) => {
    const claim = { path: [name], value };
    expect([claimValue(claim, 'zh'), claimValue(claim, 'en')]).toEqual([zh, en]);
  });
  it.each([
    ['an unknown code', 'level', 'wizard', 'wizard'],
    ['a name of every object', 'level', 'constructor', 'constructor'],
    ['an unknown claim', 'grades', ['a', 1], '["a",1]'],
    [
      'facts with a member more',
      'facts',
      [{ title: { zh: '甲', en: 'A', fr: 'A' }, value: '乙' }],
      '[{"title":{"zh":"甲","en":"A","fr":"A"},"value":"乙"}]',
    ],
    ['no facts', 'facts', [], '[]'],
    ['true', 'member', true, 'true'],
  ])('hides nothing it has no word for [%s]', (_name, name, value, shown) => {
    expect(claimValue({ path: [name], value }, 'zh')).toBe(shown);
  });
});

describe('labels', () => {
  it('has a word in both languages for every claim of the card and of a document', () => {
    for (const name of [...STUDENT_ID_CLAIMS, ...DOCUMENT_CLAIMS]) {
      expect([name, claimLabel(name, 'zh')]).not.toEqual([name, name]);
      expect(claimLabel(name, 'en')).toMatch(/^[A-Z][A-Za-z ]+$/);
    }
    expect(claimLabel('grades', 'zh')).toBe('grades');
  });
  it('promises only what really stays [not the university, which every card names]', () => {
    const kept = labelsExcept(['level', 'name'], 'en');
    expect(kept.slice(0, 3)).toEqual(['Photo', 'Student number', 'Identity number']);
    for (const told of ['Level', 'Name', 'University', 'University code']) expect(kept).not.toContain(told);
    expect(new Set(kept).size).toBe(kept.length);
  });
  it('orders claims as the card does [unknown ones last]', () => {
    const claims = ['rail_interval', 'grades', 'name', 'level'].map((name) => ({ path: [name], value: '' }));
    expect(inCardOrder(claims).map(({ path }) => path[0])).toEqual(['name', 'level', 'rail_interval', 'grades']);
  });
  it('knows which claims name a person', () => {
    expect([namesTheHolder(['level', 'portrait']), namesTheHolder(['level', 'registered_until'])]).toEqual([
      true,
      false,
    ]);
  });
  it('leaves spaces only beside Latin letters', () => {
    expect([tidy('由 示例大学 签发'), tidy('由 Example 签发'), tidy('to 示例 now')]).toEqual([
      '由示例大学签发',
      '由 Example 签发',
      'to 示例 now',
    ]);
  });
});
