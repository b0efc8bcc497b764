import type { ProblemTable } from '@lanyard/platform';

/** What sign-in, recovery and the account pages refuse. Nothing here tells whether an account exists. */
export const SIGN_IN_PROBLEMS = {
  'passkey-refused': {
    status: 403,
    zh: '这个通行密钥没有通过。请再试一次，或换一种方式登录。',
    en: 'This passkey did not pass. Try once more, or sign in another way.',
  },
  'passkey-not-device-bound': {
    status: 403,
    zh: '这个通行密钥会同步到云端，不能进入这个系统。请用绑定在本机或安全钥匙上的通行密钥；没有的话，到“我的账号”添加一个。',
    en: 'This passkey is synced and cannot open that service. Use one bound to this device or a security key; if you have none, add one under "My account".',
  },
  'passkey-known': {
    status: 409,
    zh: '这个通行密钥已经添加过了。',
    en: 'This passkey was added before.',
  },
  'passkeys-at-most': {
    status: 409,
    zh: '最多 10 个通行密钥。请先删除一个不用的。',
    en: 'There may be 10 passkeys. Remove one you do not use first.',
  },
  'step-up-needed': {
    status: 403,
    zh: '更改登录方式前，请先再次确认是你本人（5 分钟内有效）。',
    en: 'Before changing how you sign in, confirm once more that it is you (good for 5 minutes).',
  },
  'stronger-proof-needed': {
    status: 403,
    zh: '更改登录方式要用你已有的最强的通行密钥确认。请用它再登录一次；丢了的话，用恢复码。',
    en: 'Changing how you sign in needs your strongest passkey. Sign in with it once more; if it is lost, use a recovery code.',
  },
  'recovery-not-open': {
    status: 409,
    zh: '这个恢复申请不存在、已过期、已批准，或是你自己提出的。要由另一位有权的人在 30 分钟内批准。',
    en: 'This recovery does not exist, has expired, was approved, or was opened by you. Another authorised person approves it within 30 minutes.',
  },
  'own-id-by-office': {
    status: 403,
    zh: '学生证是学校停用的，要到一站式服务窗口恢复。',
    en: 'The office stopped your student ID. It is restored at the service window.',
  },
  'own-id-ended': {
    status: 409,
    zh: '学生证现在领不了：已注销，或学籍状态不允许。请到一站式服务窗口询问。',
    en: 'Your student ID cannot be given out now: it has ended, or your status does not allow it. Ask at the service window.',
  },
  'own-card-missing': { status: 409, zh: '没有在用的校园卡。', en: 'You have no campus card in use.' },
  'person-needed': {
    status: 403,
    zh: '这件事要由有权的人用自己的账号做，不能用运维令牌。',
    en: 'This takes an authorised person with an account of their own, not the operator token.',
  },
} as const satisfies ProblemTable<string>;
