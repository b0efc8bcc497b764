import { type ProblemTable, SIGN_IN_PROBLEMS } from '@lanyard/platform';

/** Refusals of the console itself; those of the services behind pass through with their own codes. */
export const ADMIN_PROBLEMS = {
  ...SIGN_IN_PROBLEMS,
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
  'role-missing': {
    status: 403,
    zh: '你的岗位不能做这件事。需要就请管理员给你加岗位。',
    en: 'Your roles do not cover this. Ask the administrator for the role if you need it.',
  },
  'origin-foreign': {
    status: 403,
    zh: '请求来自别的网站，已拒绝。',
    en: 'The request came from another site and was refused.',
  },
} as const satisfies ProblemTable<string>;
