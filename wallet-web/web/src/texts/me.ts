/** Choices and this wallet. */
export const meTexts = {
  title: ['我的', 'Me'],
  language: ['语言', 'Language'],
  zh: ['中文', '中文'],
  en: ['English', 'English'],
  theme: ['外观', 'Appearance'],
  system: ['跟随系统', 'As the system'],
  light: ['浅色', 'Light'],
  dark: ['深色', 'Dark'],
  contrast: ['高对比', 'High contrast'],
  install: ['放到主屏幕', 'Put it on the home screen'],
  'install-how': [
    '用浏览器菜单里的“添加到主屏幕”，没有网络时打开更快，手机也不会自动清掉证件。',
    'Use "Add to Home Screen" in the browser\'s menu: it opens faster without a network, and the phone will not clear your card by itself.',
  ],
  'install-go': ['安装', 'Install'],
  card: ['这部手机里的证件', 'Card on this phone'],
  updated: ['和学校联系过：{date}', 'Last contact with the university: {date}'],
  'never-updated': ['还没有联系过学校', 'No contact with the university yet'],
  passes: ['校外核验凭条：剩 {count} 张', 'Passes for checks off campus: {count} left'],
  claim: ['领取学生证', 'Get a student ID'],
  delete: ['删除这部手机里的证件', 'Delete the card from this phone'],
  'delete-what': [
    '会删掉：证件的所有份数、闸机码和凭条。这部手机马上不能再出示；学校会收到通知，没有网络时等联网再告诉。删了不能撤销，要重新领取。学籍不受影响，“记录”留着，可以在那里另外删除。',
    'Deletes all copies of the card, the gate code and the passes. From that moment this phone can show nothing; the university is told, once you are online. This cannot be undone; you would have to get your card again. Your enrolment is not affected. Your records stay and can be deleted on their page.',
  ],
  'delete-confirm': ['删除证件', 'Delete card'],
  cancel: ['不删除', 'Keep it'],
  'delete-failed': [
    '没有删掉，证件还在。请关掉其他标签页再试。',
    'It was not deleted; your card is still here. Close other tabs and try again.',
  ],
} as const;
