/** What this device remembers. */
export const recordsTexts = {
  title: ['记录', 'Records'],
  about: [
    '这里是这部手机上的出示和变化，只存在手机里。闸机出示留 7 天，其他留 180 天。',
    'Showings and changes on this phone, kept on this phone only. Gate showings stay 7 days, the rest 180 days.',
  ],
  empty: ['还没有记录', 'Nothing yet'],
  'empty-how': [
    '打开闸机码、给校外看码、出示给网站、证件有变化，都会记在这里。',
    'Opening your gate code, showing a code off campus, sharing with a website and changes to your card will appear here.',
  ],
  today: ['今天，{date}', 'Today, {date}'],
  claimed: ['领取了学生证', 'Student ID received'],
  'gate-shown': ['打开了闸机码', 'Gate code opened'],
  'portable-shown': ['出示了校外核验码', 'Code shown off campus'],
  suspended: ['学校停用了证件', 'Card suspended by the university'],
  revoked: ['学校撤销了证件', 'Card revoked by the university'],
  reinstated: ['证件已恢复', 'Card works again'],
  renewed: ['注册日期有更新', 'Registration date updated'],
  'learned-gate': ['闸机能看到：照片、能否通行', 'A gate can see: photo, whether you may pass'],
  'learned-portable': [
    '对方能得知：学校、学生身份、层次、注册有效期',
    'They can learn: university, that you are a student, level, registered until',
  ],
  presented: ['出示给网站', 'Shared with a website'],
  declined: ['没有出示', 'Not shared'],
  'learned-nothing': ['什么也没有告诉对方', 'Nothing was shared'],
  'learned-card': ['对方得知：学生证有效', 'They learned: your student ID is valid'],
  'learned-claims': ['对方得知：{list}', 'They learned: {list}'],
  list: ['、', ', '],
  reason: ['原因：{reason}', 'Reason: {reason}'],
} as const;
