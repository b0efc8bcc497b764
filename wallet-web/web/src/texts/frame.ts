/** The frame of every page. */
export const frameTexts = {
  'app-name': ['学生证', 'Student ID'],
  tabs: ['主导航', 'Main'],
  'tab-present': ['出示', 'Present'],
  'tab-card': ['证件', 'Card'],
  'tab-records': ['记录', 'Records'],
  'tab-me': ['我的', 'Me'],
  'switch-language': ['EN, switch to English', '中，切换到中文'],
  'switch-language-short': ['EN', '中'],
  'page-missing': [
    '这一页没取到：没有网络。出示页照常可用；联网后再试一次。',
    'This page could not be loaded: no network. Presenting still works. Try again once you are online.',
  ],
} as const;
