import type { ProblemTable } from '@lanyard/platform';

/** Refusals of the agent's own API; verdicts are not among them. */
export const AGENT_PROBLEMS = {
  'host-not-allowed': {
    status: 403,
    zh: '只能从本机访问这台设备。请用 localhost 打开。',
    en: 'This device answers on its own machine only. Open it as localhost.',
  },
  'origin-not-allowed': {
    status: 403,
    zh: '只有这台设备自己的页面可以提交。',
    en: 'Only this device’s own pages may send this.',
  },
  'no-card-desk': {
    status: 404,
    zh: '这台设备不写卡。',
    en: 'This device writes no cards.',
  },
  'card-gone': {
    status: 409,
    zh: '卡被拿开了。请重新放上。',
    en: 'The card was taken away. Put it on the reader again.',
  },
  'portrait-not-on-screen': {
    status: 404,
    zh: '屏幕上没有这张照片。',
    en: 'That portrait is not on the screen.',
  },
} as const satisfies ProblemTable<string>;
