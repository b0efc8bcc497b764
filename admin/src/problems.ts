import type { ProblemTable } from '@lanyard/platform';

/** Refusals of the console itself; those of issuer and verifier pass through with their own codes. */
export const ADMIN_PROBLEMS = {
  'link-invalid': {
    status: 403,
    zh: '登录链接已用过或已过期。请让运维再发一个。',
    en: 'The sign-in link was used or has expired. Ask the operator for another.',
  },
  'session-missing': {
    status: 401,
    zh: '没有登录，或登录已过期。',
    en: 'You are not signed in, or your session has ended.',
  },
  'origin-foreign': {
    status: 403,
    zh: '请求来自别的网站，已拒绝。',
    en: 'The request came from another site and was refused.',
  },
} as const satisfies ProblemTable<string>;
