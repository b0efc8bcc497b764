/** One line for each part of an export, in words: what it is and how many entries it has. */
export interface SummaryLine {
  readonly part: string;
  readonly zh: string;
  readonly en: string;
  readonly entries: number;
}

const PARTS: readonly (readonly [part: string, zh: string, en: string])[] = [
  ['register', '学籍登记的你', 'What the register says of you'],
  ['status_changes', '学籍变更', 'Changes of your status'],
  ['semester_facts', '学期注册', 'Semester registration'],
  ['hold', '学生证是否停用', 'Whether your ID is stopped'],
  ['wallets', '领过学生证的手机', 'Phones that hold or held your ID'],
  ['offers', '领取邀请', 'Offers of the ID'],
  ['credentials', '签发过的学生证（按批）', 'Student IDs issued, by batch'],
  ['gate_keys', '闸机密钥', 'Gate keys'],
  ['cards', '校园卡', 'Campus cards'],
  ['paper_passes', '纸质凭条', 'Paper passes'],
  ['notices', '发给你的消息', 'Messages sent to you'],
  ['nods', '窗口的询问', 'Questions of windows'],
  ['verifications', '谁核验过你', 'Who verified you'],
  ['corrections', '更正申请', 'Corrections you asked for'],
  ['exports', '导出记录', 'Copies you took'],
  ['audit', '审计里关于你的记录', 'Audit entries about you'],
  ['identity', '统一身份账号', 'Your account for signing in'],
  ['campus', '办事记录', 'What you asked for and did in affairs'],
];

export function summaryOf(content: Readonly<Record<string, unknown>>): SummaryLine[] {
  return PARTS.map(([part, zh, en]) => {
    const value = content[part];
    return {
      part,
      zh,
      en,
      entries: Array.isArray(value) ? value.length : value === null || value === undefined ? 0 : 1,
    };
  });
}
