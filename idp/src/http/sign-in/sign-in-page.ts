import { reaches } from '@lanyard/platform';
import type { Context } from 'koa';
import type { Interaction } from '../../adapters/provider/interactions.js';
import { type Html, html } from '../pages/html.js';
import { icon } from '../pages/icons.js';
import { type Language, languageOf, writePage } from '../pages/layout.js';
import { banner, personName, wayLink } from '../pages/parts.js';
import { type OfferedWays, offeredWays } from './offered-ways.js';
import type { UpstreamChoice } from './sign-in-deps.js';

export interface SignInPage {
  interaction: Interaction;
  passwordsAllowed: boolean;
  upstreams: readonly UpstreamChoice[];
  /** Name of who is signed in in this browser. */
  presentName: string | undefined;
}

/** Where one signs in: where it leads, why one is asked, the passkey first, then the other ways that reach. */
export function writeSignInPage(context: Context, page: SignInPage): void {
  const { interaction } = page;
  const language = languageOf(context, interaction.uiLocales);
  const zh = language === 'zh';
  const ways = offeredWays(interaction, page.passwordsAllowed);
  const base = `/sign-in/${interaction.uid}`;
  writePage(context, {
    language,
    title: { zh: '登录', en: 'Sign in' },
    formOrigins: interaction.continueOrigins,
    script: true,
    body: html`<h1>${zh ? '登录' : 'Sign in'}</h1>${destination(interaction, language)}
${whyAsked(page, language)}${ways.note !== undefined && html`<p class="help note">${ways.note[language]}${interaction.needed === 'device-passkey' && deviceBoundHelp(language)}</p>`}
${ways.walletFirst && walletWays(base, language, true)}${ways.passkey && passkeyForm(base, interaction, language)}
${others(
  base,
  ways,
  interaction.party.people === 'staff',
  page.upstreams.filter((one) => reaches(one.level, interaction.needed)),
  language,
)}
<form method="post" action="${base}/cancel" class="cancel"><button class="btn btn-quiet">${zh ? '取消，不登录' : 'Cancel'}</button></form>`,
  });
}

/** Whoever has only a synced passkey reads here what to do, before trying. */
const deviceBoundHelp = (language: Language): Html =>
  language === 'zh'
    ? html`还没有的话，先<a class="inline-link" href="/account/passkeys/new">登录“我的账号”添加一个</a>，再回来登录。`
    : html` If you have none, <a class="inline-link" href="/account/passkeys/new">add one under “My account”</a> first, then come back.`;

/** Where it leads is named, with its address: a sign-in that somebody else began is seen here. */
export function destination(interaction: Interaction, language: Language): Html {
  const { party } = interaction;
  const home = party.home_url ?? interaction.continueOrigins[0];
  const host = home === undefined ? undefined : new URL(home).host;
  const name = language === 'zh' ? party.name_zh : party.name_en;
  return html`<p class="to">${icon('shield', 'i-s')}<span>${language === 'zh' ? '登录后前往' : 'Continues to'} <b>${name}</b> <span class="nowrap">${host}</span></span></p>`;
}

function whyAsked({ interaction, presentName }: SignInPage, language: Language): Html | undefined {
  const zh = language === 'zh';
  const { reasons, present } = interaction;
  if (present === undefined || presentName === undefined) return undefined;
  const who = personName(presentName);
  if (reasons.includes('may_not_enter'))
    return banner(
      'warn',
      zh
        ? html`你现在登录的是 ${who}，这个账号不能进入该系统。请换一个账号登录。`
        : html`You are signed in as ${who}. That account may not enter this service; sign in with another one.`,
    );
  if (reasons.includes('acr_too_low'))
    return banner(
      'info',
      zh
        ? html`你已登录为 ${who}。这个系统要更可靠的证明，请再确认一次。`
        : html`You are signed in as ${who}. This service needs a stronger proof: confirm once more.`,
    );
  return banner(
    'info',
    zh
      ? html`你已登录为 ${who}。请再确认一次是你本人。`
      : html`You are signed in as ${who}. Confirm once more that it is you.`,
  );
}

function passkeyForm(base: string, interaction: Interaction, language: Language): Html {
  const zh = language === 'zh';
  return html`<form class="passkey" data-passkey="${base}/passkey" data-device="${interaction.needed === 'device-passkey' ? 'yes' : 'no'}">
<div class="field with-script" hidden><label class="label" for="username">${zh ? '学号或工号' : 'Student or staff number'}</label>
<input class="input" id="username" name="username" autocomplete="username webauthn" autocapitalize="none" spellcheck="false" aria-describedby="username-help">
<p class="help" id="username-help">${zh ? '不用输入：点一下，选你的通行密钥' : 'No need to type: tap it and choose your passkey'}</p></div>
<div class="with-script" hidden><button class="btn btn-primary btn-l btn-block" type="submit">${icon('key')}<span>${zh ? '用通行密钥登录' : 'Sign in with a passkey'}</span></button>
<p class="help centre">${zh ? '用这台设备的指纹、面容或锁屏密码，不用记密码' : "With this device's fingerprint, face or screen lock. No password to remember."}</p></div>
<div class="without-passkeys">${banner('info', zh ? '这个浏览器现在不能用通行密钥（没有脚本，或版本太旧）。请用下面的其他方式。' : 'This browser cannot use passkeys now (no script, or too old). Use another way below.')}</div>
<div class="outcome" role="alert" data-add="${zh ? '添加绑定设备的通行密钥' : 'Add a device-bound passkey'}" data-cancelled="${zh ? '没有完成。再点一次，或换一种方式。' : 'Not completed. Try once more, or another way.'}" data-offline="${zh ? '网络不通，没有登录。请检查网络后再试。' : 'No network, not signed in. Check it and try again.'}"></div></form>`;
}

/** Twice, of which one is shown: where the screen is wide, the student ID is likelier on the phone beside it. */
const walletWays = (base: string, language: Language, first: boolean): Html => {
  const zh = language === 'zh';
  const size = first ? '' : 'i-s';
  const look = (leads: boolean) => (first ? `btn-l btn-block ${leads ? 'btn-primary' : ''}` : 'btn-block');
  const here = (leads: boolean) =>
    html`<a class="btn ${look(leads)} on-phone" href="${base}/wallet">${icon('id', size)}<span>${zh ? '用本机的学生证登录' : 'Sign in with the student ID on this device'}</span></a>`;
  const scan = (leads: boolean) =>
    html`<a class="btn ${look(leads)} on-desk" href="${base}/wallet/scan">${icon('qr', size)}<span>${zh ? '用手机学生证扫码登录' : 'Scan with the student ID on my phone'}</span></a>`;
  const ways = first ? 'wallet-first' : 'ways';
  return html`<div class="${ways} narrow-only">${here(true)}${scan(false)}</div><div class="${ways} wide-only">${scan(true)}${here(false)}</div>`;
};

function others(
  base: string,
  ways: OfferedWays,
  forStaff: boolean,
  upstreams: readonly UpstreamChoice[],
  language: Language,
): Html | undefined {
  const zh = language === 'zh';
  const claim =
    ways.codes &&
    !forStaff &&
    html`<div class="ways first-time">${wayLink(`${base}/claim`, 'users', zh ? html`<b>第一次登录？</b>用录取通知书上的领取码` : html`<b>First time here?</b> Use the claim code on your admission letter`)}</div>`;
  const links = [
    ways.password && wayLink(`${base}/password`, 'lock', zh ? '用密码登录' : 'Sign in with a password'),
    ...upstreams.map((upstream) =>
      wayLink(`${base}/upstream/${upstream.id}`, 'shield', zh ? upstream.name_zh : upstream.name_en),
    ),
    ways.codes &&
      wayLink(
        `${base}/recovery`,
        'history',
        forStaff
          ? zh
            ? '第一次登录或登录不了，用恢复码或窗口给的一次性代码'
            : 'First time, or cannot sign in? Use a recovery code or one from a service window'
          : zh
            ? '登录不了，用恢复码'
            : 'Cannot sign in? Use a recovery code',
      ),
  ];
  const wallet = ways.wallet && !ways.walletFirst && walletWays(base, language, false);
  if (wallet === false && claim === false && links.every((link) => link === false)) return undefined;
  return html`<p class="or">${zh ? '其他方式' : 'Other ways'}</p>${claim}${wallet}<div class="ways">${links}</div>`;
}
