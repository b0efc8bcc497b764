import { enrolmentText } from './enrolment.js';
import { type WordTable, wordOf } from './word-of.js';

/** Codes the register keeps, by the roster's column. */
const WORDS: Readonly<Record<string, WordTable>> = {
  性别: {
    0: { zh: '未知', en: 'unknown' },
    1: { zh: '男', en: 'male' },
    2: { zh: '女', en: 'female' },
    9: { zh: '未说明', en: 'not stated' },
  },
  培养层次: {
    'junior-college': { zh: '专科', en: 'Junior college' },
    bachelor: { zh: '本科', en: 'Bachelor' },
    'second-bachelor': { zh: '第二学士学位', en: 'Second bachelor' },
    master: { zh: '硕士', en: 'Master' },
    doctor: { zh: '博士', en: 'Doctor' },
    preparatory: { zh: '预科', en: 'Preparatory' },
  },
  学习形式: { 'full-time': { zh: '全日制', en: 'full-time' }, 'part-time': { zh: '非全日制', en: 'part-time' } },
};

/** A value of the register as staff read it: codes in words, all else as it stands. */
export function valueText(column: string, value: string): string {
  if (column === '学籍状态') return enrolmentText(value);
  return wordOf(WORDS[column] ?? {}, value);
}
