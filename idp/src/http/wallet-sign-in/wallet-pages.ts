import type { Context } from 'koa';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';
import { html, raw } from '../pages/html.js';
import { languageOf, type Text, writePage } from '../pages/layout.js';
import { WALLET_REFUSALS } from './wallet-texts.js';

export interface WalletPages {
  scan(
    context: Context,
    page: { uid: string; id: string; party: RelyingParty; qr: string; number: number; expiresAtMs: number },
  ): void;
  match(context: Context, page: { id: string; choices: readonly number[]; responseCode: string }): void;
  matched(context: Context): void;
  refused(context: Context, page: { uid?: string; reason: string }): void;
}

const SCAN: Text = { zh: '用手机上的学生证登录', en: 'Sign in with the student ID on your phone' };
const MATCH: Text = { zh: '另一块屏幕上是哪个数字？', en: 'Which number is on the other screen?' };

export function createWalletPages(): WalletPages {
  return {
    scan(context, page) {
      const language = languageOf(context);
      const zh = language === 'zh';
      const base = `/sign-in/${page.uid}/wallet/scan/${page.id}`;
      writePage(context, {
        language,
        title: SCAN,
        scripts: ['/assets/wallet-scan.js'],
        body: html`<main class="page" data-state="${base}/state" data-done="${base}/done">
<h1>${SCAN[language]}</h1>
<p>${zh ? `登录到：${page.party.name_zh}` : `To: ${page.party.name_en}`}</p>
<ol class="steps"><li>${zh ? '用手机相机或钱包扫码' : 'Scan with the phone’s camera or the wallet'}</li><li>${zh ? '在钱包里点“同意”' : 'Tap “Agree” in the wallet'}</li><li>${zh ? '在手机上选这个数字' : 'Choose this number on the phone'}</li></ol>
<div class="scan-code" role="img" aria-label="${zh ? '登录二维码' : 'Sign-in code'}">${raw(page.qr)}</div>
<p class="match-number" aria-label="${zh ? '要选的数字' : 'Number to choose'}">${page.number}</p>
<p role="status" id="scan-state">${zh ? '等待手机……' : 'Waiting for the phone…'}</p>
<p><a class="button" href="${base}/done">${zh ? '手机上已完成，继续' : 'Done on the phone, continue'}</a> <a href="/sign-in/${page.uid}">${zh ? '换一种方式' : 'Another way'}</a></p></main>`,
      });
    },
    match(context, page) {
      const language = languageOf(context);
      const zh = language === 'zh';
      writePage(context, {
        language,
        title: MATCH,
        body: html`<main class="page"><h1>${MATCH[language]}</h1>
<p>${zh ? '只有你自己正在另一块屏幕上登录时才选。没有在登录就关掉这页。' : 'Choose only if you are signing in on another screen yourself. If not, close this page.'}</p>
<form method="post" action="/wallet-match/${page.id}"><input type="hidden" name="response_code" value="${page.responseCode}">
<div class="match-choices">${page.choices.map((choice) => html`<button class="button" name="number" value="${choice}">${choice}</button>`)}<button class="button" name="number" value="none">${zh ? '都没有' : 'None'}</button></div></form></main>`,
      });
    },
    matched(context) {
      const language = languageOf(context);
      const title: Text = { zh: '已登录，请看另一块屏幕', en: 'Signed in. Look at the other screen' };
      writePage(context, {
        language,
        title,
        body: html`<main class="page"><h1>${title[language]}</h1><p>${language === 'zh' ? '这一页可以关了。' : 'You can close this page.'}</p></main>`,
      });
    },
    refused(context, page) {
      const language = languageOf(context);
      const zh = language === 'zh';
      const text =
        WALLET_REFUSALS[page.reason as keyof typeof WALLET_REFUSALS] ?? WALLET_REFUSALS['presentation-refused'];
      writePage(context, {
        language,
        status: 403,
        title: { zh: '没有登录', en: 'Not signed in' },
        body: html`<main class="page"><h1>${zh ? '没有登录' : 'Not signed in'}</h1><p role="alert">${text[language]}</p>
${page.uid !== undefined && html`<p><a class="button" href="/sign-in/${page.uid}">${zh ? '返回登录' : 'Back to sign-in'}</a></p>`}<p class="code">${page.reason}</p></main>`,
      });
    },
  };
}
