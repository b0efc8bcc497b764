/** Answering the code that a gate shows. */
export const answerTexts = {
  title: ['扫门上的码', 'Scan the gate'],
  how: [
    '有的门会先出示一个码。扫它，看清是哪里，再出示你的码。',
    'Some gates show a code first. Scan it, see which gate it is, then show yours.',
  ],
  scan: ['打开相机', 'Open the camera'],
  'scan-again': ['再扫一次', 'Scan again'],
  'scan-stop': ['停止扫码', 'Stop scanning'],
  'scan-label': ['相机画面', 'Camera picture'],
  asks: ['这个检查点请你出示学生证', 'This checkpoint asks for your student ID'],
  known: ['学校登记的检查点', 'Registered by your university'],
  unknown: ['不认识的检查点', 'Unknown checkpoint'],
  'unknown-how': [
    '学校的名单里没有它，或者现在没有网络。只有门就在你面前时才出示。',
    'It is not on your university’s list, or there is no network. Show your ID only if the gate is in front of you.',
  ],
  answer: ['出示给这里', 'Show it here'],
  'answer-unknown': ['门就在我面前，出示', 'It is in front of me: show it'],
  'code-label': ['对这道门的回答，15 秒内有效', 'Answer for this gate, valid for 15 seconds'],
  once: ['只对这道门有效，只能用一次', 'Works at this gate only, once'],
  over: ['时间到了，请再扫一次门上的码。', 'Time is up. Scan the code on the gate again.'],
  'problem-camera': ['相机打不开。请允许使用相机，再试一次。', 'The camera did not open. Allow it and try again.'],
  'problem-old': [
    '这个码已经过时，可能是照片。请扫门上正在显示的码。',
    'This code is over, perhaps a photo of one. Scan the one on the gate now.',
  ],
  'problem-other': ['这不是门上的码。', 'This is not the code of a gate.'],
  'problem-no-card': ['这部手机里没有可以出示的学生证。', 'There is no student ID on this phone to show.'],
  'problem-signing': ['这次没能出码，请再扫一次。', 'No code this time. Scan again.'],
  back: ['回到我的码', 'Back to my code'],
} as const;
