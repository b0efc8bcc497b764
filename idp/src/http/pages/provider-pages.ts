import type { Context } from 'koa';
import type { ProviderPages } from '../../adapters/provider/create-provider.js';
import type { LogoutPages } from '../logout-routes.js';
import { html } from './html.js';
import { languageOf, type Text, writePage } from './layout.js';

/** What people read of errors that a browser sees; any other code gets the first. */
const ERRORS: Record<string, Text> = {
  default: {
    zh: '这个登录请求有误，没有继续。请回到原来的系统再试一次。',
    en: 'This sign-in request is not right and was stopped. Go back and try again.',
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
    en: 'This sign-in address is not right. Go back and try again.',
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
    en: 'This sign-in request is not right. Go back and try again.',
  },
  'facade-request-unknown': {
    zh: '这次登录已过期或在别的窗口打开。请回到原来的系统重新点登录。',
    en: 'This sign-in has expired or was opened in another window. Go back and start again.',
  },
  'facade-sign-in-not-done': {
    zh: '没有完成登录。请回到原来的系统再试一次。',
    en: 'The sign-in was not completed. Go back and try again.',
  },
  server_error: { zh: '内部故障，已经记录。请稍后再试。', en: 'An internal fault. It was recorded; try again later.' },
  session_not_found: {
    zh: '这次登录已过期或在别的窗口打开。请回到原来的系统重新点登录。',
    en: 'This sign-in has expired or was opened in another window. Go back and start again.',
  },
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
  writePage(context, {
    language,
    status,
    title: { zh: '没有登录', en: 'Not signed in' },
    body: html`<main class="page"><h1>${language === 'zh' ? '没有登录' : 'Not signed in'}</h1><p>${text?.[language]}</p><p class="code">${code}</p></main>`,
  });
}

/** The pages of signing out of everything, beside the provider's own. */
export function createLogoutPages(): LogoutPages {
  return {
    question(context, form) {
      const language = languageOf(context);
      writePage(context, {
        language,
        title: { zh: '退出登录', en: 'Sign out' },
        formOrigins: ['http:', 'https:'],
        body: html`<main class="page"><h1>${language === 'zh' ? '退出登录？' : 'Sign out?'}</h1>
<form method="post" action="${form.action}"><input type="hidden" name="to" value="${form.to}"><button>${language === 'zh' ? '退出所有系统' : 'Sign out everywhere'}</button></form></main>`,
      });
    },
    done(context, frontChannel) {
      const language = languageOf(context);
      writePage(context, {
        language,
        title: { zh: '已退出', en: 'Signed out' },
        body: html`<main class="page"><h1>${language === 'zh' ? '已退出' : 'Signed out'}</h1>
${frontChannel.map((address) => html`<p><a href="${address}" rel="noreferrer">${new URL(address).host}</a></p>`)}</main>`,
      });
    },
  };
}

/** The pages the provider shows itself: its errors, the question before signing out, and that one is out. */
export function createProviderPages(): ProviderPages {
  return {
    error: (context, error) => writeErrorPage(context, context.status, error.code),
    logout(context, form) {
      const language = languageOf(context);
      writePage(context, {
        language,
        title: { zh: '退出登录', en: 'Sign out' },
        formOrigins: ['http:', 'https:'],
        body: html`<main class="page"><h1>${language === 'zh' ? '退出登录？' : 'Sign out?'}</h1>
<form method="post" action="${form.action}"><input type="hidden" name="xsrf" value="${form.xsrf}"><button name="logout" value="yes">${language === 'zh' ? '退出所有系统' : 'Sign out everywhere'}</button></form></main>`,
      });
    },
    loggedOut(context) {
      const language = languageOf(context);
      writePage(context, {
        language,
        title: { zh: '已退出', en: 'Signed out' },
        body: html`<main class="page"><h1>${language === 'zh' ? '已退出' : 'Signed out'}</h1></main>`,
      });
    },
  };
}
