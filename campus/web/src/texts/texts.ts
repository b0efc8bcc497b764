import { chooseLanguage, fillText, type Language, language, type Values } from '@lanyard/look/staff/language.js';
import { shallowReactive } from 'vue';
import type { Words } from '../answers.js';
import type { workZh } from './work-zh.js';
import type { zh } from './zh.js';

export type TextKey = keyof typeof zh | keyof typeof workZh;
type Table = Readonly<Partial<Record<TextKey, string>>>;

/** A phone on a slow network loads one language, and what forms and cases say when it comes to them. */
const PARTS = {
  shell: {
    zh: async (): Promise<Table> => (await import('./zh.js')).zh,
    en: async (): Promise<Table> => (await import('./en.js')).en,
  },
  work: {
    zh: async (): Promise<Table> => (await import('./work-zh.js')).workZh,
    en: async (): Promise<Table> => (await import('./work-en.js')).workEn,
  },
} as const;
type Part = keyof typeof PARTS;
const wantedParts = new Set<Part>(['shell']);
const loaded = new Set<string>();
const tables = shallowReactive<Record<Language, Table>>({ zh: {}, en: {} });

async function loadPart(part: Part, wanted: Language): Promise<void> {
  if (loaded.has(`${part} ${wanted}`)) return;
  const table = await PARTS[part][wanted]();
  tables[wanted] = { ...tables[wanted], ...table };
  loaded.add(`${part} ${wanted}`);
}
/** Loads a part in the language now chosen, and from then on in each that is chosen. */
export async function loadTexts(part: Part = 'shell'): Promise<void> {
  wantedParts.add(part);
  await loadPart(part, language.value);
}
/** Changes the language once its texts are there; without a network it stays as it is. */
export async function switchLanguage(): Promise<void> {
  const next = language.value === 'zh' ? 'en' : 'zh';
  await Promise.all([...wantedParts].map((part) => loadPart(part, next)));
  chooseLanguage(next);
}

/** A text of the students' pages by key, in the language now chosen. */
export function t(key: TextKey, values?: Values): string {
  const text = fillText(tables[language.value][key] ?? '', values);
  // A value may be Chinese or digits; between two hanzi there is no space.
  return language.value === 'zh' ? text.replace(/(\p{Script=Han}) (?=\p{Script=Han})/gu, '$1') : text;
}

const MEGA = 1024 * 1024;
export const bytesText = (bytes: number): string =>
  bytes < MEGA ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${Math.round((bytes / MEGA) * 10) / 10} MB`;

/** Why a sign-in did not come through, by the code in the address of the page. */
const SIGN_IN: Readonly<Record<string, Words>> = {
  'sign-in-expired': {
    zh: '这次登录已过期、已用过，或在别的浏览器里开始。请重新登录。',
    en: 'This sign-in has expired, was used, or began in another browser. Sign in again.',
  },
  'sign-in-cancelled': {
    zh: '没有登录。请再登录一次，或换一个账号。',
    en: 'You were not signed in. Try again, or use another account.',
  },
  'sign-in-not-valid': {
    zh: '统一身份认证的答复没有通过检查。请重新登录；再次出现就到服务窗口问。',
    en: 'The answer of the campus sign-in did not pass our checks. Sign in again; if it comes back, ask at the service window.',
  },
  'sign-in-too-weak': {
    zh: '这里要用更可靠的登录方式，例如通行密钥。请换一种方式再登录。',
    en: 'This place needs a stronger sign-in, such as a passkey. Sign in again with one.',
  },
  'sign-in-without-role': {
    zh: '这里是学生办事的地方，你的账号不是学生账号。教职工请用管理台。',
    en: 'These pages are for students, and your account is not one. Staff use the console.',
  },
  'sign-in-not-offered': {
    zh: '这里还没有接入统一身份认证。请到服务窗口办理。',
    en: 'The campus sign-in is not set up here. Go to the service window.',
  },
  'session-not-kept': {
    zh: '登录没有留住，多半是浏览器不收 Cookie。请打开 Cookie 后再登录。',
    en: 'The sign-in was not kept; most likely this browser takes no cookies. Allow them and sign in again.',
  },
  'dependency-unavailable': {
    zh: '统一身份认证暂时连不上。过一会儿再试。',
    en: 'The campus sign-in cannot be reached. Try again soon.',
  },
};
const OTHER: Words = { zh: '没有登录成。请再登录一次。', en: 'You were not signed in. Sign in once more.' };

/** Only codes we know become text: an address cannot write on the page. */
export function signInProblem(code: string): { readonly code: string; readonly text: string } {
  const known = Object.hasOwn(SIGN_IN, code) ? SIGN_IN[code] : undefined;
  return { code: known === undefined ? '' : code, text: (known ?? OTHER)[language.value] };
}
export const SIGN_IN_TEXTS = SIGN_IN;
