/** A window asks to open the student's page. */
export const nodTexts = {
  asks: ['{place}想打开你的学生页面', '{place} asks to open your page'],
  for: ['事由：{purpose}', 'For: {purpose}'],
  'purpose-affairs': ['办理学生事务', 'student affairs'],
  'purpose-documents': ['领取或办理材料', 'documents'],
  'purpose-card': ['校园卡业务', 'your campus card'],
  'purpose-other': ['其他业务', 'another matter'],
  learns: [
    '同意后，窗口的老师会看到：照片、姓名、学号、学院、班级、学生证状态。',
    'If you agree, the clerk sees: photo, name, student number, college, class, state of your ID.',
  ],
  'learns-not': [
    '不会看到：证件号码、生日、电话。这次查看会记下来，你在“记录”里能看到。',
    'Not shown: identity number, birth date, phone. It is recorded; you find it under Records.',
  ],
  left: ['还有 {n} 秒', '{n} s left'],
  refuse: ['不同意', 'Refuse'],
  agree: ['同意', 'Agree'],
  sending: ['正在发送…', 'Sending…'],
  agreed: ['已同意', 'Agreed'],
  refused: ['已拒绝，窗口打不开你的页面。', 'Refused. Your page stays closed.'],
  over: ['这次询问已结束，窗口没有得到同意。', 'This question is over. The window got no agreement.'],
  failed: ['没有发出去，窗口还没有得到回答。请再试一次。', 'Not sent: the window has no answer yet. Try again.'],
  close: ['关闭', 'Close'],
} as const;
