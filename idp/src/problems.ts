import type { ProblemTable } from '@lanyard/platform';
import { SIGN_IN_PROBLEMS } from './http/sign-in/sign-in-problems.js';

/** What the identity layer refuses, besides what all services do. */
export const IDP_PROBLEMS = {
  ...SIGN_IN_PROBLEMS,
  'interaction-expired': {
    status: 400,
    zh: '这次登录已过期或在别的窗口打开。请回到原来的系统重新点登录。',
    en: 'This sign-in has expired or was opened in another window. Go back and start again.',
  },
  'account-may-not-enter': {
    status: 403,
    zh: '这个账号不能进入该系统。请换一个账号。',
    en: 'This account may not enter that service. Use another account.',
  },
  'relying-party-protocol-fixed': {
    status: 409,
    zh: '依赖方的协议不能更改。请另建一个。',
    en: 'The protocol of a relying party cannot change. Add another one.',
  },
  'relying-party-invalid': {
    status: 422,
    zh: '依赖方登记不符合要求，见 detail。',
    en: 'The registration does not fit, see detail.',
  },
  'relying-party-without-secret': {
    status: 409,
    zh: '这个依赖方用密钥对认证，没有共享密钥。',
    en: 'This relying party authenticates by a key pair and has no secret.',
  },
  'staff-roster-malformed': {
    status: 422,
    zh: '这不是教职工名册：要有 工号、姓名、角色、范围 四列，至少一行。',
    en: 'This is no staff roster: it needs the columns 工号, 姓名, 角色, 范围 and at least one row.',
  },
  'claim-code-invalid': {
    status: 403,
    zh: '领取码不对、已用过或已过期。请核对录取信上的 16 位码；用过的话换一张或直接登录。',
    en: 'The claim code is wrong, used or expired. Check the 16 signs on your letter; if it was used, ask for another or sign in.',
  },
  'claim-not-eligible': {
    status: 409,
    zh: '你的学籍状态现在不能领取学生证。请联系学院办公室。',
    en: 'Your enrolment status does not allow a student ID now. Ask your college office.',
  },
  'claim-contact-missing': {
    status: 409,
    zh: '名册里没有你的手机号或邮箱，验证码发不出去。请带身份证件到窗口领取。',
    en: 'The register holds no phone number or e-mail of yours, so the code cannot be sent. Claim at a window with your papers.',
  },
  'upstream-answer-invalid': {
    status: 502,
    zh: '学校原有的登录服务器答得不对，没有登录。请换一种方式，或稍后再试。',
    en: "The university's other sign-in server gave no proper answer. Use another way, or try later.",
  },
  'upstream-refused': {
    status: 403,
    zh: '学校原有的登录服务器没有让你登录。请再试一次，或换一种方式。',
    en: "The university's other sign-in server did not sign you in. Try again, or use another way.",
  },
  'upstream-away': {
    status: 503,
    zh: '连不上学校原有的登录服务器。请换一种方式，或稍后再试。',
    en: "The university's other sign-in server does not answer. Use another way, or try later.",
  },
  'upstream-account-unknown': {
    status: 403,
    zh: '登录成功了，但这里没有对应的账号。请联系信息中心。',
    en: 'You signed in there, but there is no account for you here. Ask the IT office.',
  },
  'upstream-not-enough': {
    status: 403,
    zh: '这个系统要更可靠的登录方式，请返回换一种。',
    en: 'This service needs a stronger way to sign in. Go back and use another.',
  },
  'account-not-found': { status: 404, zh: '没有这个账号。', en: 'There is no such account.' },
  'relying-party-reserved': {
    status: 409,
    zh: '这个名称由系统自己使用。',
    en: 'The layer uses this name itself.',
  },
} as const satisfies ProblemTable<string>;
export type IdpCode = keyof typeof IDP_PROBLEMS;
