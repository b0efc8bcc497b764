import type { Context } from 'koa';
import type { ProviderPages } from '../../adapters/provider/create-provider.js';
import type { LogoutPages } from '../logout-routes.js';
import { type Html, html } from './html.js';
import { languageOf, type Text, writePage } from './layout.js';
import { banner } from './parts.js';

/** What people read of errors that a browser sees; any other code gets the first. */
const ERRORS: Record<string, Text> = {
  default: {
    zh: '这个登录请求有误，没有继续。请回到原来的系统再试一次。',
    en: 'Something is wrong with this sign-in request, so it was stopped. Go back to the service and try again.',
  },
  access_denied: {
    zh: '没有登录。你拒绝了，或这个账号不能进入该系统。',
    en: 'Not signed in. You refused, or this account may not enter that service.',
  },
  invalid_client: {
    zh: '没有登记这个系统。请联系它的管理员。',
    en: 'This service is not registered. Ask whoever runs it.',
  },
  'cas-service-not-registered': {
    zh: '这个系统没有登记，不能从这里登录。请把地址告诉它的管理员。',
    en: 'This service is not registered, so it cannot sign you in here. Tell whoever runs it its address.',
  },
  'cas-request-invalid': {
    zh: '这个登录地址有误。请回到原来的系统再试一次。',
    en: 'Something is wrong with this sign-in address. Go back to the service and try again.',
  },
  'oauth2-client-unknown': {
    zh: '没有登记这个系统。请联系它的管理员。',
    en: 'This service is not registered. Ask whoever runs it.',
  },
  'oauth2-redirect-not-registered': {
    zh: '这个系统的返回地址没有登记。请联系它的管理员。',
    en: 'The return address of this service is not registered. Ask whoever runs it.',
  },
  'oauth2-request-invalid': {
    zh: '这个登录请求有误。请回到原来的系统再试一次。',
    en: 'Something is wrong with this sign-in request. Go back to the service and try again.',
  },
  'facade-request-unknown': {
    zh: '这次登录已过期或在别的窗口打开。请回到原来的系统重新点登录。',
    en: 'This sign-in has expired or was opened in another window. Go back and start again.',
  },
  'facade-sign-in-not-done': {
    zh: '没有完成登录。请回到原来的系统再试一次。',
    en: 'The sign-in was not completed. Go back and try again.',
  },
  server_error: {
    zh: '我们这边出了故障，已经记录。请稍后再试。',
    en: 'A fault on our side. It was recorded. Try again later.',
  },
  session_not_found: {
    zh: '这次登录已过期或在别的窗口打开。请回到原来的系统重新点登录。',
    en: 'This sign-in has expired or was opened in another window. Go back and start again.',
  },
};

/** People keep the address of a sign-in page; it leads on to their account, not nowhere. */
const TO_ACCOUNT = { href: '/account', text: { zh: '登录“我的账号”', en: 'Sign in to my account' } };

/** Where the way out of an error is an address of ours. */
const NEXT: Record<string, { href: string; text: Text }> = {
  'step-up-needed': { href: '/account/step-up', text: { zh: '再次确认是我', en: 'Confirm it is me' } },
  'stronger-proof-needed': { href: '/account/step-up', text: { zh: '再登录一次', en: 'Sign in once more' } },
  'interaction-expired': TO_ACCOUNT,
  session_not_found: TO_ACCOUNT,
};

/** An error page: cause, next step, the stable code small at the end. Nothing the client sent is shown. */
export function writeErrorPage(
  context: Context,
  status: number,
  code: string,
  texts: Record<string, Text> = ERRORS,
): void {
  const language = languageOf(context);
  const text = texts[code] ?? ERRORS[code] ?? ERRORS['default'];
  const next = NEXT[code];
  const ofAccount = context.path.startsWith('/account');
  const title: Text = ofAccount ? { zh: '没有完成', en: 'Not done' } : { zh: '没有登录', en: 'Not signed in' };
  writePage(context, {
    language,
    status,
    title,
    body: html`<h1>${title[language]}</h1>${banner('bad', text?.[language] ?? '')}
${next !== undefined && html`<p><a class="btn btn-primary btn-l btn-block" href="${next.href}">${next.text[language]}</a></p>`}
${ofAccount && html`<p class="back"><a href="/account">${language === 'zh' ? '返回我的账号' : 'Back to my account'}</a></p>`}
<p class="meta code-text">${code}</p>`,
  });
}

const QUESTION: Text = { zh: '退出登录？', en: 'Sign out?' };

/** Asks before signing out; staying has the same size. */
function writeQuestion(context: Context, action: string, fields: Html): void {
  const language = languageOf(context);
  const zh = language === 'zh';
  writePage(context, {
    language,
    title: QUESTION,
    // The way back leads to a service; which one was checked before.
    formOrigins: ['http:', 'https:'],
    body: html`<h1>${QUESTION[language]}</h1><p class="lead">${zh ? '会同时退出你从这里进入的所有系统。没保存的内容请先保存。' : 'You are signed out of every service you entered from here. Save what you are working on first.'}</p>
<div class="pair"><a class="btn btn-l btn-block" href="/account">${zh ? '不退出' : 'Stay'}</a><form method="post" action="${action}">${fields}<button class="btn btn-primary btn-l btn-block" name="logout" value="yes">${zh ? '退出所有系统' : 'Sign out everywhere'}</button></form></div>`,
  });
}

function writeSignedOut(context: Context, frontChannel: readonly string[] = []): void {
  const language = languageOf(context);
  const zh = language === 'zh';
  writePage(context, {
    language,
    title: { zh: '已退出', en: 'Signed out' },
    frameOrigins: [...new Set(frontChannel.map((address) => new URL(address).origin))],
    body: html`<h1>${zh ? '已退出' : 'Signed out'}</h1>${banner('ok', zh ? '你已退出所有系统。在公共电脑上，请再关掉浏览器。' : 'You are signed out everywhere. On a shared computer, close the browser too.')}
${frontChannel.map((address) => html`<iframe class="vh" src="${address}" title="${zh ? `退出 ${new URL(address).host}` : `Signing out of ${new URL(address).host}`}" referrerpolicy="no-referrer" tabindex="-1"></iframe>`)}`,
  });
}

/** The pages of signing out of everything, beside the provider's own. */
export function createLogoutPages(): LogoutPages {
  return {
    question: (context, form) =>
      writeQuestion(context, form.action, html`<input type="hidden" name="to" value="${form.to}">`),
    done: writeSignedOut,
  };
}

/** The pages the provider shows itself: its errors, the question before signing out, and that one is out. */
export function createProviderPages(): ProviderPages {
  return {
    error: (context, error) => writeErrorPage(context, context.status, error.code),
    logout: (context, form) =>
      writeQuestion(context, form.action, html`<input type="hidden" name="xsrf" value="${form.xsrf}">`),
    loggedOut: (context) => writeSignedOut(context),
  };
}
