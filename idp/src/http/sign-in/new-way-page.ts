import type { Context } from 'koa';
import type { Interaction } from '../../adapters/provider/interactions.js';
import type { Account } from '../../domain/accounts/account.js';
import { MIN_CODE_POINTS, type PasswordFinding } from '../../domain/passwords/password-rules.js';
import { type Html, html } from '../pages/html.js';
import { icon } from '../pages/icons.js';
import { type Language, languageOf, type Text, writePage } from '../pages/layout.js';
import { banner, fieldError, personName } from '../pages/parts.js';

/** Why a password was not taken, with what would pass. */
export const PASSWORD_FINDINGS: Record<PasswordFinding, Text> = {
  'password-too-short': {
    zh: `至少要 ${MIN_CODE_POINTS} 个字。几个不相干的词连起来最好记。`,
    en: `At least ${MIN_CODE_POINTS} characters. A few unrelated words are easiest to remember.`,
  },
  'password-too-long': { zh: '最多 128 个字。', en: 'At most 128 characters.' },
  'password-common': {
    zh: '这个密码在泄露名单里或太常见。请换几个不相干的词。',
    en: 'This password is on a list of leaked or common ones. Use a few unrelated words.',
  },
  'password-personal': { zh: '不要用自己的姓名或学号。', en: 'Do not use your own name or number.' },
};

/** The script's part of setting up a passkey; the page around it says for whom. */
export function registrationForm(base: string, language: Language): Html {
  const zh = language === 'zh';
  return html`<form data-register="${base}"><div class="with-script" hidden>
<button class="btn btn-primary btn-l btn-block" type="submit">${icon('key')}<span>${zh ? '设置通行密钥' : 'Set up a passkey'}</span></button>
<p class="help centre">${zh ? '会用到这台设备的指纹、面容或锁屏密码；它们不会离开设备' : "Uses this device's fingerprint, face or screen lock. They never leave the device."}</p></div>
<div class="without-passkeys">${banner('info', zh ? '这个浏览器不能设置通行密钥（没有脚本，或版本太旧）。请换一个浏览器或设备。' : 'This browser cannot set up a passkey (no script, or too old). Use another browser or device.')}</div>
<div class="outcome" role="alert" data-cancelled="${zh ? '没有完成，什么都没改。可以再试一次。' : 'Not completed; nothing was changed. You can try again.'}" data-exists="${zh ? '这台设备上已经有你的通行密钥了，可以直接用它登录。' : 'This device already has a passkey of yours. You can sign in with it.'}" data-offline="${zh ? '网络不通。请检查网络后再试。' : 'No network. Check it and try again.'}"></div></form>`;
}

export function passwordFields(language: Language, finding: PasswordFinding | undefined): Html {
  const zh = language === 'zh';
  return html`<div class="field ${finding === undefined ? '' : 'is-error'}"><label class="label" for="password">${zh ? '新密码' : 'New password'}</label>
<input class="input" id="password" name="password" type="password" autocomplete="new-password" required maxlength="512" aria-describedby="password-help${finding === undefined ? '' : ' password-error'}"${finding !== undefined && html` aria-invalid="true" autofocus`}>
<p class="help" id="password-help">${zh ? `至少 ${MIN_CODE_POINTS} 个字，长比复杂好，不用定期换` : `At least ${MIN_CODE_POINTS} characters. Long beats complicated, and you never have to change it.`}</p>
${finding !== undefined && fieldError('password-error', PASSWORD_FINDINGS[finding][language])}</div>`;
}

/** After a claim or a recovery: the new way in. */
export function writeNewWayPage(
  context: Context,
  page: {
    interaction: Interaction;
    account: Account;
    reason: 'claim' | 'recovery';
    passwordsAllowed: boolean;
    finding?: PasswordFinding;
  },
): void {
  const { interaction, account } = page;
  const language = languageOf(context, interaction.uiLocales);
  const zh = language === 'zh';
  const base = `/sign-in/${interaction.uid}`;
  const title: Text =
    page.reason === 'claim'
      ? { zh: '还差一步：设置通行密钥', en: 'One more step: set up a passkey' }
      : { zh: '设置新的通行密钥', en: 'Set up a new passkey' };
  writePage(context, {
    language,
    status: page.finding === undefined ? 200 : 422,
    title,
    formOrigins: interaction.continueOrigins,
    script: true,
    body: html`<h1>${title[language]}</h1>
<div class="known"><dl class="facts"><div><dt>${zh ? '姓名' : 'Name'}</dt><dd>${personName(account.name)}</dd></div><div><dt>${zh ? '学号或工号' : 'Number'}</dt><dd>${account.number}</dd></div></dl></div>
<p class="lead">${zh ? '以后登录只要点一下，不用记密码。不是你的信息？请关掉这一页，联系一站式服务窗口。' : 'From then on signing in is one tap and no password. Not you? Close this page and tell a service window.'}</p>
${account.roles.length > 0 && banner('info', zh ? '你有工作岗位：进管理台要用绑定在本机或安全钥匙上的通行密钥，不要选会同步到云端的。' : 'You have a staff role: the console needs a passkey bound to this device or a security key, not a synced one.')}
${registrationForm(`${base}/new-passkey`, language)}
${
  page.passwordsAllowed &&
  html`<p class="or">${zh ? '不能用通行密钥时' : 'Where passkeys do not work'}</p><form method="post" action="${base}/new-password"><input type="hidden" name="username" autocomplete="username" value="${account.number}">
${passwordFields(language, page.finding)}<button class="btn btn-block">${zh ? '设置密码并登录' : 'Set a password and sign in'}</button></form>`
}
${account.kind === 'student' && html`<p class="back"><a href="${base}/wallet">${zh ? '先不设置，用本机的学生证登录' : 'Not now: sign in with the student ID on this device'}</a></p>`}`,
  });
}
