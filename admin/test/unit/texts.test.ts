import { readdirSync, readFileSync } from 'node:fs';
import { ENROLMENT_STATES } from '@lanyard/protocol';
import { describe, expect, it } from 'vitest';
import { chooseLanguage } from '../../../packages/look/src/staff/language.js';
import { columnText } from '../../web/src/texts/columns.js';
import { en } from '../../web/src/texts/en.js';
import { ENROLMENT_STATUSES } from '../../web/src/texts/enrolment.js';
import { zh } from '../../web/src/texts/zh.js';
import { ROSTER_COLUMN_HEADERS } from './support/roster-columns.js';

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe('texts of the console', () => {
  it('exist in both languages for every key', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    for (const text of [...Object.values(zh), ...Object.values(en)]) expect(text.trim()).not.toBe('');
  });
  it('have one place each: no key stands in two tables', () => {
    const folder = new URL('../../web/src/texts/', import.meta.url);
    const tables = readdirSync(folder).filter((name) => /^(.+-)?zh\.ts$/.test(name));
    const keys = tables.flatMap((name) =>
      [...readFileSync(new URL(name, folder), 'utf8').matchAll(/^ {2}'?([a-z0-9-]+)'?: /gm)].map(([, key]) => key),
    );
    expect(keys.length).toBeGreaterThan(500);
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  });
  it('take the same values in both languages', () => {
    for (const key of Object.keys(zh) as (keyof typeof zh)[])
      expect(placeholders(en[key]), key).toEqual(placeholders(zh[key]));
  });
  it('hold no Chinese in English, no exclamation marks and no 您', () => {
    for (const text of Object.values(en)) expect(text).not.toMatch(/\p{Script=Han}|!/u);
    for (const text of Object.values(zh)) expect(text).not.toMatch(/[!！]|您/u);
  });
  it('name every enrolment status there is', () => {
    expect(ENROLMENT_STATUSES).toEqual(ENROLMENT_STATES.map((state) => state.code));
  });
  it('name every column of a roster in English', () => {
    chooseLanguage('en');
    for (const header of ROSTER_COLUMN_HEADERS) expect(columnText(header), header).toMatch(/^[A-Za-z ,]+$/);
  });
});
