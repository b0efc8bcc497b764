import type { Context } from 'koa';
import type { Interaction } from '../../adapters/provider/interactions.js';
import { html } from '../pages/html.js';
import { languageOf, type Text, writePage } from '../pages/layout.js';
import { banner, waitWords } from '../pages/parts.js';
import { destination } from './sign-in-page.js';

export type PasswordTrouble = { kind: 'wrong' } | { kind: 'wait'; seconds: number };

const WRONG: Text = {
  zh: '号码或密码不对。请核对后再试；忘了密码，用恢复码登录后重设。',
  en: 'The number or the password is wrong. Check both; if you forgot it, sign in with a recovery code and set a new one.',
};

export function writePasswordPage(
  context: Context,
  page: { interaction: Interaction; trouble?: PasswordTrouble },
): void {
  const { interaction, trouble } = page;
  const language = languageOf(context, interaction.uiLocales);
  const zh = language === 'zh';
  const base = `/sign-in/${interaction.uid}`;
  if (trouble?.kind === 'wait') context.set('Retry-After', String(trouble.seconds));
  writePage(context, {
    language,
    status: trouble === undefined ? 200 : trouble.kind === 'wait' ? 429 : 403,
    title: { zh: '用密码登录', en: 'Sign in with a password' },
    formOrigins: interaction.continueOrigins,
    script: true,
    body: html`<h1>${zh ? '用密码登录' : 'Sign in with a password'}</h1>${destination(interaction, language)}
${trouble?.kind === 'wrong' && banner('bad', html`${WRONG[language]} <span class="code-text">password-wrong</span>`, 'alert')}
${trouble?.kind === 'wait' && banner('warn', html`${zh ? `试得太多。请等 ${waitWords(trouble.seconds, language)}再试，或用通行密钥、学生证登录，不用等。` : `Too many tries. Wait ${waitWords(trouble.seconds, language)}, or use a passkey or the student ID without waiting.`} <span class="code-text">too-many-requests</span>`, 'alert')}
<form method="post" action="${base}/password">
<div class="field"><label class="label" for="number">${zh ? '学号或工号' : 'Student or staff number'}</label>
<input class="input" id="number" name="number" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64"></div>
<div class="field"><label class="label" for="password">${zh ? '密码' : 'Password'}</label>
<input class="input" id="password" name="password" type="password" autocomplete="current-password" required maxlength="512"></div>
<button class="btn btn-primary btn-l btn-block">${zh ? '登录' : 'Sign in'}</button></form>
<p class="back"><a href="${base}">${zh ? '换一种方式' : 'Another way'}</a></p>`,
  });
}
