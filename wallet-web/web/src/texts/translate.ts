import type { Language } from '../app/preferences.js';

/** Texts by key, each in both languages. */
export type TextTable = Record<string, readonly [zh: string, en: string]>;
export type Translate<Table extends TextTable> = (key: keyof Table, values?: Record<string, string | number>) => string;

/** Looks texts up by key; `{name}` takes a value. */
export function translator<Table extends TextTable>(table: Table, language: Language): Translate<Table> {
  return (key, values = {}) => {
    const [zh, en] = table[key] ?? ['', ''];
    return (language === 'zh' ? zh : en).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
  };
}
