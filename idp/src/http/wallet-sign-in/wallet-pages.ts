import type { Context } from 'koa';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';
import { type Html, html, raw } from '../pages/html.js';
import { icon } from '../pages/icons.js';
import { type Language, languageOf, type Text, writePage } from '../pages/layout.js';
import { banner, clockTime } from '../pages/parts.js';
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

/** The screen with the code has a button for another one, so it says less. */
const FIRST_SCREEN: Record<string, Text> = {
  'number-mismatch': {
    zh: '手机上选的数字和这里的不一样，或选了“都不是”，所以没有登录。要登录，换一个新码再扫。',
    en: 'The phone chose another number, or “none of these”, so nobody was signed in. To sign in, get a new code and scan it.',
  },
  expired: {
    zh: '这个码过时了，或已经用过。换一个新码再扫。',
    en: 'This code has expired or was used. Get a new one and scan it.',
  },
};
const refusalOf = (reason: string): Text =>
  WALLET_REFUSALS[reason as keyof typeof WALLET_REFUSALS] ?? WALLET_REFUSALS['presentation-refused'];

function waysOn(uid: string, newCode: boolean, language: Language): Html {
  const zh = language === 'zh';
  if (!newCode)
    return html`<p><a class="btn btn-primary btn-l btn-block" href="/sign-in/${uid}">${zh ? '返回登录' : 'Back to sign-in'}</a></p>`;
  return html`<p><a class="btn btn-primary btn-l btn-block" href="/sign-in/${uid}/wallet/scan">${zh ? '换一个新码' : 'Get a new code'}</a></p>
<p class="back"><a href="/sign-in/${uid}">${zh ? '换一种方式' : 'Another way'}</a></p>`;
}

/** Whole pixels a module, within 288 px: a phone of 320 px shows it without sideways scrolling. */
export function crisp(qr: string): Html {
  const modules = Number(/viewBox="0 0 (\d+) /.exec(qr)?.[1] ?? 0);
  const width = modules === 0 ? 288 : Math.max(1, Math.floor(288 / modules)) * modules;
  return raw(qr.replace('<svg ', `<svg width="${width}" height="${width}" `));
}

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
        wide: true,
        body: html`<div class="scan" data-state="${base}/state" data-done="${base}/done"><div class="scan-text"><h1>${SCAN[language]}</h1>
<p class="to">${icon('shield', 'i-s')}<span>${zh ? '登录后前往' : 'Continues to'} <b>${zh ? page.party.name_zh : page.party.name_en}</b></span></p>
<ol class="steps"><li>${zh ? '用手机相机或钱包扫码' : "Scan with the phone's camera or the wallet"}</li><li>${zh ? '在钱包里点“同意并出示”' : 'Tap “Share ID” in the wallet'}</li><li>${zh ? html`在手机上选数字 <b>${page.number}</b>` : html`On the phone, choose <b>${page.number}</b>`}</li></ol></div>
<div class="scan-panel"><div class="scan-code" role="img" aria-label="${zh ? '登录二维码，用手机里的学生证扫' : 'Sign-in code, to be scanned with the student ID on the phone'}">${crisp(page.qr)}</div>
<p class="match">${zh ? '手机上选这个数字才登录' : 'Sign-in needs this number on the phone'}<b class="match-number">${page.number}</b></p>
<p class="help centre">${zh ? html`${clockTime(page.expiresAtMs)} 前有效` : html`Valid until ${clockTime(page.expiresAtMs)}`}</p></div></div>
<p role="status" class="help centre with-script" hidden data-lost="${zh ? '网络不通，不知道手机上选了没有。连上后会自动继续。' : 'No network, so we cannot see the phone. This page goes on once you are online.'}" data-waiting="${zh ? '等手机上选好数字，这一页会自动继续。' : 'This page goes on by itself once the number is chosen.'}"></p>
<p class="without-script"><a class="btn btn-block" href="${base}/done">${zh ? '手机上选好数字后，点这里继续' : 'Number chosen on the phone: continue'}</a></p>
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
      const onFirstScreen = page.uid !== undefined && context.path.includes('/wallet/scan/');
      const text = (onFirstScreen ? FIRST_SCREEN[page.reason] : undefined) ?? refusalOf(page.reason);
      writePage(context, {
        language,
        status: 403,
        title: { zh: '没有登录', en: 'Not signed in' },
        script: true,
        body: html`<h1>${zh ? '没有登录' : 'Not signed in'}</h1>${banner('bad', text[language], 'alert')}
${page.uid !== undefined && waysOn(page.uid, onFirstScreen, language)}<p class="meta code-text">${page.reason}</p>`,
      });
    },
  };
}
