import { ref, watchEffect } from 'vue';

export type Language = 'zh' | 'en';

const KEY = 'lanyard-language';

/** The language of the page: what was chosen before, else what the browser asks for first. */
export const language = ref<Language>(readLanguage());

function readLanguage(): Language {
  const stored = read(KEY);
  if (stored === 'zh' || stored === 'en') return stored;
  return typeof navigator !== 'undefined' && !navigator.language.toLowerCase().startsWith('zh') ? 'en' : 'zh';
}

export function chooseLanguage(next: Language): void {
  language.value = next;
  write(KEY, next);
}

/** Keeps `<html lang>` true, for fonts, line breaks and screen readers. */
export function followLanguage(target: Document = document): void {
  watchEffect(() => {
    target.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  });
}

export type Values = Readonly<Record<string, string | number>>;

/** `{name}` in a text takes the value of that name; a name without a value stays, so that a mistake is seen. */
export function fillText(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? showNumber(value) : value;
  });
}

/** Thousands with a comma in both languages. */
export function showNumber(value: number): string {
  return value.toLocaleString('en-US');
}

/** Looks a text up by key in the language now chosen. */
export function createTexts<Key extends string>(tables: Readonly<Record<Language, Readonly<Record<Key, string>>>>) {
  return (key: Key, values?: Values): string => fillText(tables[language.value][key], values);
}

/** Storage may be forbidden; then a choice lasts as long as the page. */
export function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
export function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice is not kept; nothing else is lost.
  }
}
