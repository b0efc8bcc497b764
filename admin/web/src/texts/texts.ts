import type { Words } from '@lanyard/look/forms/form-schema.js';
import { createTexts, language } from '@lanyard/look/staff/language.js';
import { en } from './en.js';
import { zh } from './zh.js';

export type TextKey = keyof typeof zh;

/** A text of the console by key, in the language now chosen. */
export const t = createTexts<TextKey>({ zh, en });
/** A text that comes in both languages, in the one now chosen. */
export const words = (text: Words): string => text[language.value];
