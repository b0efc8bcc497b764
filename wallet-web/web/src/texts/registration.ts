/** Semester registration on the card's page. */
export const registrationTexts = {
  title: ['学期注册 {semester}', 'Semester registration {semester}'],
  until: ['{date} 前完成', 'Open until {date}'],
  done: ['已注册，有效至 {date}', 'Registered until {date}'],
  confirmed: [
    '你已确认到校，其余办好后由学校注册。',
    'You have confirmed. The university registers you once the rest is settled.',
  ],
  'missing-fee': ['还没有缴费或缓缴', 'Fee not paid or deferred yet'],
  'missing-presence': ['还没有确认到校', 'Presence not confirmed yet'],
  'missing-presence-by-staff': ['须由辅导员确认你已到校', 'Your counsellor has to confirm that you are here'],
  confirm: ['我已到校，确认注册', 'I am here, register me'],
  failed: [
    '没有成功，什么都没有改。请看网络，再试一次。',
    'That did not work; nothing was changed. Check the network and try again.',
  ],
} as const;
