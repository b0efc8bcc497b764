import { type ReasonTexts, reasonText as text } from './reason-text.js';
import type { RejectedReason } from './verdict.js';

/** Texts for refusals. */
export const rejectedTexts: Record<RejectedReason, ReasonTexts> = {
  malformed: {
    zh: text(
      '不是学生证的码',
      '扫到的内容不是有效的学生证码。',
      '请对方打开学生证，再扫一次。',
      '打开学生证，出示屏幕上的码。',
    ),
    en: text(
      'Not a student ID code',
      'What was scanned is not a valid code.',
      'Ask for the student ID and scan again.',
      'Open your student ID and show that code.',
    ),
  },
  'unsupported-version': {
    zh: text(
      '码的版本不认识',
      '这个码的版本，这台设备还不认识。',
      '请对方更新学生证，或查验纸质证件。',
      '更新学生证后再出示。',
    ),
    en: text(
      'Unknown code version',
      'This device does not know this version of the code.',
      'Ask for an update or check a paper ID.',
      'Update your student ID and show it again.',
    ),
  },
  'too-old': {
    zh: text(
      '码已过时',
      '这个码超过 15 秒了，可能是截图。',
      '请对方出示正在更新的码。',
      '亮出新码再扫。总是过时，请打开“自动设置时间”。',
    ),
    en: text(
      'Code too old',
      'This code is over 15 seconds old, perhaps a screenshot.',
      'Ask for the live code.',
      'Show the new code. If this repeats, turn on automatic time.',
    ),
  },
  'in-the-future': {
    zh: text(
      '手机时间太快',
      '码上的时间比现在晚。',
      '请对方校准手机时间，再扫一次。',
      '打开“自动设置时间”，再出示新码。',
    ),
    en: text(
      'Phone clock is ahead',
      'The time in the code is later than now.',
      'Ask them to correct the phone clock, then scan.',
      'Turn on automatic time, then show a new code.',
    ),
  },
  'unknown-handle': {
    zh: text(
      '查不到这个人',
      '名单里没有这个码的主人。',
      '查验纸质证件，或请对方去服务窗口。',
      '联网打开学生证更新一次，仍不行请去服务窗口。',
    ),
    en: text(
      'Person not found',
      'Nobody in the list has this code.',
      'Check a paper ID or send them to the window.',
      'Open your student ID online once; else go to the window.',
    ),
  },
  'unknown-issuer': {
    zh: text('学校不认识', '发证的学校不在可信名单里。', '不放行。查验其他证件。', '请用本校发的学生证。'),
    en: text(
      'Unknown issuer',
      'The issuer is not on the trust list.',
      'Do not let in on this. Check another ID.',
      'Use the student ID your university issued.',
    ),
  },
  'issuer-signature-invalid': {
    zh: text(
      '证件是伪造的',
      '发证签名不对，内容可能被改过。',
      '不放行，记下情况并报告。',
      '重新领取学生证，或去服务窗口。',
    ),
    en: text(
      'Forged ID',
      'The issuer signature is wrong; the content may be altered.',
      'Do not let in. Note it and report.',
      'Claim your student ID again or go to the window.',
    ),
  },
  'issuer-not-entitled': {
    zh: text('发证方无权', '发证方无权代表这所学校发证。', '不放行，记下情况并报告。', '请去本校服务窗口重新领取。'),
    en: text(
      'Issuer not entitled',
      'The issuer may not speak for this university.',
      'Do not let in. Note it and report.',
      'Go to your own university to claim it again.',
    ),
  },
  'not-yet-valid': {
    zh: text(
      '证件还没生效',
      '证件的生效时间还没到。',
      '核对手机时间；查验其他证件。',
      '等到生效时间再用，或去服务窗口问。',
    ),
    en: text(
      'Not valid yet',
      'This ID starts later than now.',
      'Check another ID.',
      'Use it once it starts, or ask at the window.',
    ),
  },
  expired: {
    zh: text('证件已过期', '证件的有效期过了。', '请对方联网更新，再扫一次。', '联网打开学生证，会自动换新。'),
    en: text(
      'ID expired',
      'This ID is past its last day.',
      'Ask them to go online, then scan again.',
      'Open your student ID online; it renews itself.',
    ),
  },
  'holder-signature-invalid': {
    zh: text(
      '不是本人的手机',
      '码的签名和登记的手机对不上。',
      '不放行。查验证件和本人。',
      '用领证的手机出示；换了手机请重新领取。',
    ),
    en: text(
      'Not the holder’s phone',
      'The signature does not match the enrolled phone.',
      'Do not let in. Check ID and person.',
      'Use the phone you enrolled, or claim again.',
    ),
  },
  'challenge-missing': {
    zh: text(
      '请先扫门上的码',
      '这里要先扫门上的码，再出示。',
      '请对方用学生证扫屏幕上的码。',
      '用学生证扫门上的码，再出示新码。',
    ),
    en: text(
      'Scan the gate first',
      'Here the phone must answer the code on the gate.',
      'Ask them to scan the code on the screen.',
      'Scan the code on the gate, then show yours.',
    ),
  },
  suspended: {
    zh: text('学生证已停用', '这张学生证现在停用。', '不放行。请对方去服务窗口。', '打开学生证看停用原因和恢复办法。'),
    en: text(
      'ID suspended',
      'This student ID is suspended now.',
      'Do not let in. Send them to the window.',
      'Open your student ID to see why and the way back.',
    ),
  },
  revoked: {
    zh: text('学生证已作废', '这张学生证已经作废。', '不放行。请对方去服务窗口。', '重新领取学生证，或去服务窗口。'),
    en: text(
      'ID revoked',
      'This student ID is no longer valid.',
      'Do not let in. Send them to the window.',
      'Claim a new student ID or go to the window.',
    ),
  },
  'not-registered': {
    zh: text(
      '本学期未注册',
      '身份属实，本学期还没有注册。',
      '不放行。请对方先办理注册。',
      '办理学期注册，完成后马上可用。',
    ),
    en: text(
      'Not registered',
      'A genuine student, not registered this semester.',
      'Do not let in. Ask them to register first.',
      'Register for the semester; it works at once after.',
    ),
  },
  'not-permitted': {
    zh: text(
      '没有这里的权限',
      '身份属实，这里不对这类人开放。',
      '不放行。有疑问请联系管理部门。',
      '需要进入，请向管理部门申请。',
    ),
    en: text(
      'No access here',
      'Genuine, but this place is not open to them.',
      'Do not let in. Ask the office if in doubt.',
      'Ask the office in charge for access.',
    ),
  },
  'outside-hours': {
    zh: text('现在不开放', '身份属实，不在开放时间内。', '不放行。请对方在开放时间再来。', '请在开放时间再来。'),
    en: text(
      'Closed now',
      'Genuine, but outside opening hours.',
      'Do not let in. Ask them to come back later.',
      'Come back during opening hours.',
    ),
  },
  replayed: {
    zh: text('这个码刚用过', '同一个码已经用过一次。', '等新码出现再扫，约 10 秒。', '等新码出现再扫，约 10 秒。'),
    en: text(
      'Code already used',
      'The same code was used before.',
      'Wait for the next one, about 10 s.',
      'Wait for the next one, about 10 s.',
    ),
  },
  'anti-passback': {
    zh: text(
      '已经进去了',
      '这个人刚进去，还没有出来。',
      '查看本人；必要时人工放行并登记。',
      '先在出口刷出，再进入；不对请找门岗。',
    ),
    en: text(
      'Already inside',
      'This person went in and has not left.',
      'Look at the person; let in by hand and note it.',
      'Scan out first. If this is wrong, ask the guard.',
    ),
  },
};
