/** What people are told of by message: each change of how they prove who they are. */
export const NOTICE_KINDS = [
  'transaction-code',
  'wallet-claimed',
  'wallet-signed-in',
  'wallets-ended',
  'account-claimed',
  'passkey-added',
  'passkey-removed',
  'password-changed',
  'recovery-used',
  'recovery-codes-made',
  'recovery-opened',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

const NOT_YOU_ZH = '如果不是你本人，请立即到一站式服务窗口或拨打值班电话停用。';
const NOT_YOU_EN = 'If this was not you, have it stopped at the service window or by phone at once.';

const TEXTS: Record<Exclude<NoticeKind, 'transaction-code'>, { zh: string; en: string }> = {
  'wallet-claimed': {
    zh: '你的领取码刚被用来领取电子学生证。',
    en: 'Your claim code was just used to claim a student ID.',
  },
  'wallet-signed-in': {
    zh: '你的账号刚在一个新钱包里登录并领取电子学生证。',
    en: 'Your account was just used to get a student ID into a new wallet.',
  },
  'wallets-ended': {
    zh: '你刚为新手机申请领取电子学生证，其他手机上的学生证已全部作废。',
    en: 'You moved your student ID to a new phone; it has ended on every other.',
  },
  'account-claimed': { zh: '你的统一身份账号刚被首次启用。', en: 'Your account was just claimed for the first time.' },
  'passkey-added': { zh: '你的账号刚添加了一个通行密钥。', en: 'A passkey was just added to your account.' },
  'passkey-removed': { zh: '你的账号刚删除了一个通行密钥。', en: 'A passkey was just removed from your account.' },
  'password-changed': { zh: '你的账号密码刚被更改。', en: 'The password of your account was just changed.' },
  'recovery-used': { zh: '你的账号刚通过恢复方式登录。', en: 'Your account was just entered by recovery.' },
  'recovery-codes-made': {
    zh: '你的账号刚生成了新的恢复码，旧的作废。',
    en: 'New recovery codes were just made; the old ones ended.',
  },
  'recovery-opened': {
    zh: '有人在窗口为你的账号申请了恢复。',
    en: 'Recovery of your account was asked for at a window.',
  },
};

/** The message in both languages; a transaction code stands in its own. */
export function noticeText(university: string, kind: NoticeKind, code?: string): string {
  if (kind === 'transaction-code')
    return `【${university}】电子学生证领取验证码 ${code ?? ''}，5 分钟内有效。任何人索要都不要给。 / Transaction code for your student ID: ${code ?? ''}, valid for 5 minutes. Give it to nobody.`;
  const text = TEXTS[kind];
  return `【${university}】${text.zh}${NOT_YOU_ZH} / ${text.en} ${NOT_YOU_EN}`;
}
