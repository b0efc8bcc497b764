import type { Context } from 'koa';
import type { Account } from '../../domain/accounts/account.js';
import { type ClaimCode, printClaimCode } from '../../domain/claim-codes/claim-code.js';
import type { Passkey } from '../../domain/passkeys/passkey.js';
import type { PasswordFinding } from '../../domain/passwords/password-rules.js';
import { type Html, html } from '../pages/html.js';
import { languageOf, type Text, writePage } from '../pages/layout.js';
import { banner, personName } from '../pages/parts.js';
import { passwordFields, registrationForm } from '../sign-in/new-way-page.js';

const back = (zh: boolean): Html =>
  html`<p class="back"><a href="/account">${zh ? '返回我的账号' : 'Back to my account'}</a></p>`;

/** Adding a passkey. */
export function writeNewPasskeyPage(context: Context, account: Account): void {
  const language = languageOf(context);
  const zh = language === 'zh';
  const title: Text = { zh: '添加通行密钥', en: 'Add a passkey' };
  writePage(context, {
    language,
    title,
    script: true,
    body: html`<h1>${title[language]}</h1><p class="lead">${zh ? html`给 ${personName(account.name)} 的账号添加。` : html`For the account of ${personName(account.name)}.`}</p>
${account.roles.length > 0 && banner('info', zh ? '进管理台要用绑定在本机或安全钥匙上的通行密钥；弹出选择时不要选会同步到云端的。' : 'The console needs a passkey bound to this device or a security key: do not choose a synced one.')}
${registrationForm('/account/passkeys', language)}${back(zh)}`,
  });
}

/** Taking away: what stops, whether it can be undone, the same size for both (look.md §10). */
export function writeRemovePasskeyPage(
  context: Context,
  page: { passkey: Passkey; isLast: boolean; codesLeft: number; hasPassword: boolean },
): void {
  const language = languageOf(context);
  const zh = language === 'zh';
  const { passkey } = page;
  const lockedOut = page.isLast && page.codesLeft === 0 && !page.hasPassword;
  const title: Text = { zh: `删除“${passkey.name}”？`, en: `Remove “${passkey.name}”?` };
  writePage(context, {
    language,
    title,
    body: html`<h1>${title[language]}</h1><p class="lead">${zh ? '删除后不能再用它登录，不能撤销。已登录的设备不受影响。设备里的那一份请在设备的设置里另外删除。' : 'It can then no longer sign you in, and this cannot be undone. Signed-in devices stay signed in. Delete the copy on the device in its own settings.'}</p>
${lockedOut && banner('bad', zh ? '这是你唯一的登录方式，也没有恢复码：删除后，只能用学生证登录或到窗口恢复。请先生成恢复码。' : 'This is your only way in and you have no recovery codes. Without it, only the student ID or a service window gets you in. Make recovery codes first.')}
<div class="pair"><a class="btn btn-l btn-block" href="/account">${zh ? '不删除' : 'Keep it'}</a>
<form method="post" action="/account/passkeys/${passkey.id}/remove"><button class="btn btn-danger btn-l btn-block">${zh ? '删除 1 个通行密钥' : 'Remove 1 passkey'}</button></form></div>`,
  });
}

export function writeRecoveryQuestion(context: Context, left: number | undefined): void {
  const language = languageOf(context);
  const zh = language === 'zh';
  const title: Text = { zh: '生成恢复码', en: 'Make recovery codes' };
  writePage(context, {
    language,
    title,
    body: html`<h1>${title[language]}</h1><p class="lead">${zh ? '会给你 10 个一次性的码，只显示这一次。抄在纸上，和手机分开放。' : 'You get 10 codes, shown this once. Write them on paper and keep it away from your phone.'}</p>
${left !== undefined && banner('warn', zh ? `原来的恢复码（还剩 ${left} 个）马上作废。` : `Your old codes (${left} left) end at once.`)}
<form method="post" action="/account/recovery-codes"><button class="btn btn-primary btn-l btn-block">${zh ? '生成 10 个恢复码' : 'Make 10 recovery codes'}</button></form>${back(zh)}`,
  });
}

export function writeRecoverySheet(context: Context, codes: readonly ClaimCode[]): void {
  const language = languageOf(context);
  const zh = language === 'zh';
  const title: Text = { zh: '你的恢复码', en: 'Your recovery codes' };
  writePage(context, {
    language,
    title,
    body: html`<h1>${title[language]}</h1>${banner('warn', zh ? '只显示这一次。请现在抄下来或打印。每个码能用一次。' : 'Shown this once. Write them down or print them now. Each works once.')}
<ol class="codes">${codes.map((code) => html`<li class="code-text">${printClaimCode(code)}</li>`)}</ol>
<p class="back"><a class="btn btn-block" href="/account">${zh ? '抄好了' : 'I have them'}</a></p>`,
  });
}

export function writePasswordSetting(
  context: Context,
  page: { number: string; isSet: boolean; finding?: PasswordFinding },
): void {
  const language = languageOf(context);
  const zh = language === 'zh';
  const title: Text = page.isSet
    ? { zh: '更改密码', en: 'Change the password' }
    : { zh: '设置密码', en: 'Set a password' };
  writePage(context, {
    language,
    status: page.finding === undefined ? 200 : 422,
    title,
    body: html`<h1>${title[language]}</h1><p class="lead">${zh ? '别人骗不走通行密钥，却骗得走密码。能用通行密钥就不要设密码。' : 'A password can be tricked out of you, a passkey cannot. Where passkeys work, you need none.'}</p>
<form method="post" action="/account/password"><input type="hidden" name="username" autocomplete="username" value="${page.number}">${passwordFields(language, page.finding)}
<button class="btn btn-primary btn-l btn-block">${zh ? '保存密码，退出其他设备' : 'Save and sign out other devices'}</button></form>
${page.isSet && html`<form method="post" action="/account/password/remove" class="cancel"><button class="btn btn-quiet">${zh ? '删除密码' : 'Remove the password'}</button></form>`}${back(zh)}`,
  });
}
