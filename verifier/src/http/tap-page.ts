import { escapeText, publicPage, type Words } from './card-page.js';

/** As for a card's page, and one script of our own: it copies, and says when the time is over. */
export const TAP_PAGE_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Without it the page says the same: the line can be selected by hand. */
export const TAP_PAGE_SCRIPT = `'use strict';
const line = document.querySelector('#request');
const copy = document.querySelector('#copy');
if (line !== null && copy !== null && navigator.clipboard !== undefined) {
  copy.hidden = false;
  copy.addEventListener('click', () => {
    navigator.clipboard.writeText(line.textContent).then(() => {
      document.querySelector('#copied').hidden = false;
    });
  });
}
const rest = document.querySelector('main[data-state="open-wallet"]');
if (rest !== null) {
  setTimeout(() => {
    document.querySelector('#ways').hidden = true;
    document.querySelector('#over').hidden = false;
  }, Number(document.querySelector('#ways').dataset.seconds) * 1000);
}
`;

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
    more: `<div id="ways" data-seconds="${page.seconds}"><p><a class="btn btn-primary btn-lg" href="${link}">在浏览器里打开 <span lang="en">Open in the browser</span></a></p>
<p>学生证装在主屏幕的：复制下面这行，打开学生证，在“出示给网站”里粘贴。 <span lang="en">If your student ID is on the home screen: copy this line, open it there, and paste it under “Share with a website”.</span></p>
<p><button class="btn btn-lg" type="button" id="copy" hidden>复制 <span lang="en">Copy</span></button></p>
<p id="copied" role="status" hidden>已复制，去学生证里粘贴。 <span lang="en">Copied. Paste it in your student ID.</span></p>
<p><code id="request">${text}</code></p></div>
<p id="over" role="status" hidden>时间到了。请再碰一次标签。 <span lang="en">Time is over. Touch the tag again.</span></p>
<script src="/tap-page.js" defer></script>
`,
  });
}
