import type { ProblemTable } from '../http/refusal.js';

/** Refusals of signing in through the identity layer; they come into the table of each relying party. */
export const SIGN_IN_PROBLEMS = {
  'sign-in-expired': {
    status: 400,
    zh: '这次登录已过期、已用过，或在别的浏览器里开始。请重新登录。',
    en: 'This sign-in has expired, was used, or began in another browser. Sign in again.',
  },
  'sign-in-cancelled': {
    status: 403,
    zh: '没有登录。请再登录一次，或换一个账号。',
    en: 'You were not signed in. Try again, or use another account.',
  },
  'sign-in-not-valid': {
    status: 400,
    zh: '统一身份认证的答复没有通过检查，没有登录。请重新登录；再次出现就告诉管理员。',
    en: 'The answer of the campus sign-in did not pass our checks, so you were not signed in. Sign in again; if it comes back, tell the administrator.',
  },
  'sign-in-too-weak': {
    status: 403,
    zh: '这里要用绑定设备的通行密钥登录。请换这种方式再登录。',
    en: 'This place needs a device-bound passkey. Sign in again with one.',
  },
  'sign-in-without-role': {
    status: 403,
    zh: '你的账号在这里没有岗位。请联系管理员。',
    en: 'Your account has no role here. Ask the administrator.',
  },
  'sign-in-not-offered': {
    status: 404,
    zh: '这里没有接入统一身份认证。请用登录链接。',
    en: 'The campus sign-in is not set up here. Use a sign-in link.',
  },
} as const satisfies ProblemTable<string>;
export type SignInCode = keyof typeof SIGN_IN_PROBLEMS;
