import type { Context } from 'koa';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';
import { html, raw } from '../pages/html.js';
import { icon } from '../pages/icons.js';
import { languageOf, type Text, writePage } from '../pages/layout.js';
import { banner } from '../pages/parts.js';
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
        script: true,
        body: html`<div data-state="${base}/state" data-done="${base}/done"><h1>${SCAN[language]}</h1>
<p class="to">${icon('shield', 'i-s')}<span>${zh ? '登录后前往' : 'Continues to'} <b>${zh ? page.party.name_zh : page.party.name_en}</b></span></p></div>
<ol class="steps"><li>${zh ? '用手机相机或钱包扫码' : "Scan with the phone's camera or the wallet"}</li><li>${zh ? '在钱包里点“同意”' : 'Tap "Agree" in the wallet'}</li><li>${zh ? '在手机上选下面的数字' : 'Choose the number below on the phone'}</li></ol>
<div class="scan-code" role="img" aria-label="${zh ? '登录二维码，用手机里的学生证扫' : 'Sign-in code, to be scanned with the student ID on the phone'}">${raw(page.qr)}</div>
<p class="match">${zh ? '手机上选这个数字才登录' : 'Sign-in needs this number on the phone'}<b>${page.number}</b></p>
<p role="status" class="help centre">${zh ? '等待手机……' : 'Waiting for the phone…'}</p>
<p><a class="btn btn-block" href="${base}/done">${zh ? '手机上已完成，继续' : 'Done on the phone, continue'}</a></p>
<p class="back"><a href="/sign-in/${page.uid}">${zh ? '换一种方式' : 'Another way'}</a></p>`,
      });
    },
    match(context, page) {
      const language = languageOf(context);
      const zh = language === 'zh';
      const choice = (value: number) => html`<button class="btn" name="number" value="${value}">${value}</button>`;
      writePage(context, {
        language,
        title: MATCH,
        body: html`<h1>${MATCH[language]}</h1>
${banner('warn', zh ? '只有你自己正在另一块屏幕上登录时才选。没有在登录？关掉这页，不要选。' : 'Choose only if you are signing in on another screen yourself. If not, close this page and choose nothing.')}
<form method="post" action="/wallet-match/${page.id}"><input type="hidden" name="response_code" value="${page.responseCode}">
<div class="match-choices">${page.choices.map(choice)}<button class="btn none" name="number" value="none">${zh ? '都不是，停止登录' : 'None of these: stop'}</button></div></form>`,
      });
    },
    matched(context) {
      const language = languageOf(context);
      const title: Text = { zh: '已登录，请看另一块屏幕', en: 'Signed in. Look at the other screen' };
      writePage(context, {
        language,
        title,
        body: html`<h1>${title[language]}</h1>${banner('ok', language === 'zh' ? '这一页可以关了。' : 'You can close this page.', 'status')}`,
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
        script: true,
        body: html`<h1>${zh ? '没有登录' : 'Not signed in'}</h1>${banner('bad', text[language], 'alert')}
${page.uid !== undefined && html`<p><a class="btn btn-primary btn-l btn-block" href="/sign-in/${page.uid}">${zh ? '返回登录' : 'Back to sign-in'}</a></p>`}<p class="meta code-text">${page.reason}</p>`,
      });
    },
  };
}
