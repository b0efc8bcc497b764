import { createTexts, language } from '@lanyard/look/staff/language.js';
import type { Words } from '../answers.js';
import { en } from './en.js';
import { zh } from './zh.js';

export type TextKey = keyof typeof zh;

/** A text of the students' pages by key, in the language now chosen. */
export const t = createTexts<TextKey>({ zh, en });

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
  'sign-in-not-student': {
    zh: '这里只给学生用。教职工请到工作台。',
    en: 'This place is for students. Staff use the console.',
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
