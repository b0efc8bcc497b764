import { escapeText, publicPage, type Words } from './card-page.js';

const what = { zh: '碰一下门', en: 'Tap to present' };

const used: { zh: Words; en: Words } = {
  zh: { word: '这次碰触已用过', cause: '每次碰标签只能用一次，几秒内有效。', next: '请再碰一次门上的标签。' },
  en: {
    word: 'This tap was used',
    cause: 'Each touch of the tag works once, for a few seconds.',
    next: 'Touch the tag at the door again.',
  },
};

const opened = (door: { zh: string; en: string }, seconds: number): { zh: Words; en: Words } => ({
  zh: { word: '打开学生证', cause: `${escapeText(door.zh)}在等你出示。`, next: `${seconds} 秒内有效。` },
  en: {
    word: 'Open your student ID',
    cause: `${escapeText(door.en)} waits for you to present it.`,
    next: `Good for ${seconds} seconds.`,
  },
});

/** For a tap that came second, or that nobody's tag has made. */
export function usedTapPage(universityName: string): string {
  return publicPage({ state: 'tap-used', tone: 'unknown', what, ...used, universityName, more: '' });
}

/** For phones whose browser does not lead to an installed wallet: the link, and the same as text to paste there. */
export function openWalletPage(page: {
  readonly universityName: string;
  readonly door: { readonly zh: string; readonly en: string };
  readonly seconds: number;
  readonly walletLink: string;
  readonly authorizationRequest: string;
}): string {
  const link = escapeText(page.walletLink);
  const text = escapeText(page.authorizationRequest);
  return publicPage({
    ...{ state: 'open-wallet', tone: 'plain', what, universityName: page.universityName },
    ...opened(page.door, page.seconds),
    more: `<p><a class="btn btn-primary btn-lg" href="${link}">在浏览器里打开 <span lang="en">Open in the browser</span></a></p>
<p>学生证装在主屏幕的，复制下面这行，到学生证里粘贴。 <span lang="en">If your student ID is on the home screen, copy this line and paste it there.</span></p>
<p><code>${text}</code></p>
`,
  });
}
