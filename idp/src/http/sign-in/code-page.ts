import type { Context } from 'koa';
import type { Interaction } from '../../adapters/provider/interactions.js';
import { html } from '../pages/html.js';
import { languageOf, type Text, writePage } from '../pages/layout.js';
import { banner, fieldError, waitWords } from '../pages/parts.js';
import { destination } from './sign-in-page.js';

export type CodeKind = 'claim' | 'recovery';
export type CodeTrouble = { kind: 'wrong' } | { kind: 'wait'; seconds: number };

const TEXTS: Record<CodeKind, { title: Text; lead: Text; label: Text; help: Text; wrong: Text; go: Text }> = {
  claim: {
    title: { zh: '首次登录', en: 'Sign in for the first time' },
    lead: {
      zh: '用录取通知书上的领取码启用账号，接着设置通行密钥。只要这一个码，不用学号和证件号码。',
      en: 'Activate your account with the claim code on your admission letter, then set up a passkey. The code is all we need.',
    },
    label: { zh: '通知书上的领取码', en: 'Claim code on the letter' },
    help: {
      zh: '16 位，四位一组；大小写和短横线都可以',
      en: '16 letters and digits in groups of four; capitals and hyphens do not matter',
    },
    wrong: {
      zh: '这个领取码不对、已用过或已过期。请对照通知书再输一次；已经用过，就直接用通行密钥登录，或到一站式服务窗口换一张通知书。',
      en: 'This code is wrong, used or expired. Compare it with the letter; if you used it already, sign in with your passkey, or ask a service window for a new letter.',
    },
    go: { zh: '启用账号', en: 'Activate my account' },
  },
  recovery: {
    title: { zh: '用恢复码登录', en: 'Sign in with a recovery code' },
    lead: {
      zh: '输入你保存的一个恢复码，或窗口老师刚给你的一次性代码。之后要设置新的通行密钥，其他设备会退出登录。',
      en: 'Enter one of your saved recovery codes, or the one-time code a service window gave you. You then set up a new passkey; other devices are signed out.',
    },
    label: { zh: '恢复码', en: 'Recovery code' },
    help: {
      zh: '16 位，每个只能用一次；大小写和短横线都可以',
      en: '16 letters and digits, each code works once; capitals and hyphens do not matter',
    },
    wrong: {
      zh: '这个代码不对、已用过或已过期。换一个恢复码试试；都没有了，请带学生证或工作证到一站式服务窗口。',
      en: 'This code is wrong, used or expired. Try another one; if none is left, go to a service window with your student or staff card.',
    },
    go: { zh: '继续', en: 'Continue' },
  },
};

/** One field for one code of 16 signs. Nothing else is asked, so nothing tells whose code it would be. */
export function writeCodePage(
  context: Context,
  page: { kind: CodeKind; interaction: Interaction; trouble?: CodeTrouble },
): void {
  const { interaction, trouble, kind } = page;
  const language = languageOf(context, interaction.uiLocales);
  const zh = language === 'zh';
  const texts = TEXTS[kind];
  const base = `/sign-in/${interaction.uid}`;
  if (trouble?.kind === 'wait') context.set('Retry-After', String(trouble.seconds));
  writePage(context, {
    language,
    status: trouble === undefined ? 200 : trouble.kind === 'wait' ? 429 : 403,
    title: texts.title,
    script: true,
    body: html`<h1>${texts.title[language]}</h1>${destination(interaction, language)}
${trouble?.kind === 'wait' && banner('warn', html`${zh ? `试得太多。请等 ${waitWords(trouble.seconds, language)}再试，代码没有作废。` : `Too many tries. Wait ${waitWords(trouble.seconds, language)}; the code still works.`} <span class="code-text">too-many-requests</span>`, 'alert')}
<p class="lead">${texts.lead[language]}</p>
<form method="post" action="${base}/${kind}"><div class="field ${trouble?.kind === 'wrong' ? 'is-error' : ''}">
<label class="label" for="code">${texts.label[language]}</label>
<input class="input code-input" id="code" name="code" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" required maxlength="64" placeholder="XXXX-XXXX-XXXX-XXXX" aria-describedby="code-help${trouble?.kind === 'wrong' ? ' code-error' : ''}"${trouble?.kind === 'wrong' && html` aria-invalid="true" autofocus`}>
<p class="help" id="code-help">${texts.help[language]}</p>${trouble?.kind === 'wrong' && fieldError('code-error', texts.wrong[language])}</div>
<button class="btn btn-primary btn-l btn-block">${texts.go[language]}</button></form>
<p class="back"><a href="${base}">${zh ? '换一种方式' : 'Another way'}</a></p>`,
  });
}
