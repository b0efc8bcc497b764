import { createTexts } from '@lanyard/look/staff/language.js';
import { en } from './en.js';
import { zh } from './zh.js';

export type TextKey = keyof typeof zh;

/** A text of the staff page by key, in the language now chosen. */
export const t = createTexts<TextKey>({ zh, en });
