import { type WordTable, wordOf } from './word-of.js';

const ENTITLEMENTS: WordTable = {
  'rail-student-discount': { zh: '火车票学生优惠', en: 'Railway student discount' },
};

/** A discount as its partner calls it. */
export const entitlementText = (id: string): string => wordOf(ENTITLEMENTS, id);
