/** States of a card, why, and the way back. Codes of docs/services.md and docs/formats.md. */
export const stateTexts = {
  registered: ['已注册，有效至 {date}', 'Registered until {date}'],
  'not-registered-now': ['本学期未注册', 'Not registered this semester'],
  suspended: ['已停用', 'Suspended'],
  revoked: ['已撤销', 'Revoked'],
  'since-reason': ['{date} 起，原因：{reason}。', 'Since {date}. Reason: {reason}.'],
  'reason-only': ['原因：{reason}。', 'Reason: {reason}.'],
  'suspended-means': [
    '学校停用了这张证，闸机和校外都会拒绝，所以这里没有码。',
    'The university suspended this card. Gates and others refuse it, so there is no code here.',
  ],
  'suspended-back': [
    '情况解决后，由学校恢复，这里会自动变回来；有疑问请找学生事务窗口。',
    'The university lifts this when the matter is settled, and this page then changes by itself. Questions: student affairs desk.',
  ],
  'revoked-means': ['学校撤销了这张证，它不会再恢复。', 'The university revoked this card. It will not come back.'],
  'revoked-back': [
    '如果你仍在读，请到学生事务窗口重新领取。',
    'If you still study here, ask the student affairs desk for a new one.',
  ],
  'reason-lost-phone': ['手机遗失', 'phone lost'],
  'reason-lost-card': ['校园卡遗失', 'card lost'],
  'reason-misuse': ['违规使用', 'misuse'],
  'reason-data-error': ['信息有误', 'data error'],
  'reason-holder-request': ['你的申请', 'your own request'],
  'reason-investigation': ['核查中', 'under review'],
  'reason-drill': ['演练', 'drill'],
  'reason-found': ['已找回', 'found again'],
  'reason-resolved': ['已核实', 'resolved'],
  'reason-not-registered': ['未注册', 'not registered'],
  'reason-enrolled': ['注册学籍', 'enrolled'],
  'reason-admission-retained': ['保留入学资格', 'admission retained'],
  'reason-on-leave-of-absence': ['休学', 'leave of absence'],
  'reason-status-retained': ['保留学籍', 'status retained'],
  'reason-exchange': ['交流', 'exchange'],
  'reason-transferred-out': ['转出', 'transferred out'],
  'reason-withdrawn': ['退学', 'withdrawn'],
  'reason-expelled': ['开除学籍', 'expelled'],
  'reason-graduated': ['毕业', 'graduated'],
  'reason-completed': ['结业', 'completed'],
  'reason-attended': ['肄业', 'attended'],
  'reason-deceased': ['学籍终止', 'enrolment ended'],
  'reason-unknown': ['学校未说明', 'not stated'],
} as const;

/** The key of a reason's text. */
export function reasonKey(code: string | undefined): keyof typeof stateTexts {
  const key = `reason-${code}`;
  return Object.hasOwn(stateTexts, key) ? (key as keyof typeof stateTexts) : 'reason-unknown';
}
