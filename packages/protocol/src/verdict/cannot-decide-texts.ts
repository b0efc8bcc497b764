import { type ReasonTexts, reasonText as text } from './reason-text.js';
import type { CannotDecideReason } from './verdict.js';

const paper = '看纸质证件，登记后人工放行。';
const paperEn = 'Check a paper ID and let in by hand.';
const student = '请出示纸质证件。你的学生证没有问题。';
const studentEn = 'Show a paper ID. Nothing is wrong with yours.';

/** Texts for what cannot be decided: never the student's fault, and they say so. */
export const cannotDecideTexts: Record<CannotDecideReason, ReasonTexts> = {
  'no-package': {
    zh: text('还没有数据', '这台设备还没收到名单。', `${paper}请联系运维。`, student),
    en: text('No data yet', 'This device has not received its list yet.', `${paperEn} Call operations.`, studentEn),
  },
  'package-too-old': {
    zh: text('数据不是最新', '名单超过一天没更新，不能断定。', paper, '联网打开学生证一次，或出示纸质证件。'),
    en: text(
      'Data not up to date',
      'The list is over a day old, too old for this.',
      paperEn,
      'Go online once or show a paper ID.',
    ),
  },
  'package-expired': {
    zh: text('离线数据太旧', '名单超过 8 天没更新。', `${paper}请联系运维。`, student),
    en: text('Offline data too old', 'The list is over 8 days old.', `${paperEn} Call operations.`, studentEn),
  },
  'status-unavailable': {
    zh: text('查不到状态', '没取到这张证件的状态名单。', `再扫一次；不行就${paper}`, '稍后再试，或出示纸质证件。'),
    en: text(
      'Status not available',
      'The status list of this ID is not here.',
      `Scan again; else ${paperEn.toLowerCase()}`,
      'Try again later or show a paper ID.',
    ),
  },
  'status-too-old': {
    zh: text('状态不是最新', '这张证件的状态名单太旧。', `${paper}请联系运维。`, student),
    en: text('Status too old', 'The status list of this ID is too old.', `${paperEn} Call operations.`, studentEn),
  },
  'issuer-keys-missing': {
    zh: text('缺发证方的密钥', '这台设备没有发证方的密钥。', `${paper}请联系运维。`, student),
    en: text(
      'Issuer keys missing',
      'This device lacks the keys of the issuer.',
      `${paperEn} Call operations.`,
      studentEn,
    ),
  },
  'trust-list-expired': {
    zh: text('可信名单过期', '学校名单太旧，外校证件不能断定。', `${paper}请联系运维。`, student),
    en: text(
      'Trust list expired',
      'The list of universities is too old for guests.',
      `${paperEn} Call operations.`,
      studentEn,
    ),
  },
  'clock-unreliable': {
    zh: text('设备时间不准', '这台设备的时间不可信。', `${paper}请联系运维校时。`, student),
    en: text(
      'Device clock is off',
      'The clock of this device cannot be trusted.',
      `${paperEn} Call operations.`,
      studentEn,
    ),
  },
  'network-needed': {
    zh: text(
      '需要联网',
      '这种证件要联网才能查验，现在没有网络。',
      `请对方出示手机里的码；不行就${paper}`,
      '打开学生证出示码，没有网络也能用。',
    ),
    en: text(
      'Network needed',
      'This card needs the network, and it is down.',
      'Ask for the code on the phone, or check a paper ID.',
      'Show the code in your student ID; it works offline.',
    ),
  },
  internal: {
    zh: text('设备出错', '这台设备出了问题，没有判断结果。', `再扫一次；不行就${paper}`, student),
    en: text(
      'Device fault',
      'This device had a fault and reached no verdict.',
      `Scan again; else ${paperEn.toLowerCase()}`,
      studentEn,
    ),
  },
};
