import { type Language, language } from '@lanyard/look/staff/language.js';

/** What codes are called in both languages. */
export type WordTable = Readonly<Record<string, Readonly<Record<Language, string>>>>;

/** What a code is called in the language now chosen; one that this page does not know stands as it is. */
export const wordOf = (table: WordTable, code: string): string => table[code]?.[language.value] ?? code;
