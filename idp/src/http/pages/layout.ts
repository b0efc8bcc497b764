import type { Context } from 'koa';
import { type Html, html } from './html.js';
import { crest, guilloche, icon } from './icons.js';

export type Language = 'zh' | 'en';

/** A text in both languages. */
export interface Text {
  zh: string;
  en: string;
}

const LANGUAGE_COOKIE = 'lanyard_idp_language';
const YEAR_MS = 365 * 86_400_000;

/** The person's choice, else what the relying party asks for, else the browser's, else Chinese. */
export function languageOf(context: Context, uiLocales?: string): Language {
  const now = new URLSearchParams(context.querystring).get('lang');
  const chosen = now ?? context.cookies.get(LANGUAGE_COOKIE, { signed: false });
  if (chosen === 'zh' || chosen === 'en') {
    if (now !== null)
      context.cookies.set(LANGUAGE_COOKIE, chosen, { signed: false, sameSite: 'lax', maxAge: YEAR_MS, path: '/' });
    return chosen;
  }
  const wanted = uiLocales?.split(' ')[0] ?? context.get('Accept-Language').split(',')[0] ?? '';
  return wanted.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

export interface PageOptions {
  language: Language;
  title: Text;
  body: Html;
  status?: number;
  /** Origins that a form may lead to by a redirect, besides our own. */
  formOrigins?: readonly string[];
  /** Origins shown in frames, to sign out there. */
  frameOrigins?: readonly string[];
  /** Whether our script runs here. */
  script?: boolean;
  /** Room for two columns beside the brand where the screen is wide. */
  wide?: boolean;
  /** `account`: one wide column below a bar, for pages that people stay on. */
  frame?: 'sign-in' | 'account';
}

/** Whose pages these are; set for every request by `pageSite`. */
export interface Site {
  university: string;
  host: string;
}
const NOWHERE: Site = { university: '', host: '' };

/** Gives the pages their university and host. */
export const pageSite =
  (site: Site) =>
  (context: Context, next: () => Promise<unknown>): Promise<unknown> => {
    context.state['site'] = site;
    return next();
  };

/** Answers one page of the layer: strict policy, no framing, works without script. */
export function writePage(context: Context, options: PageOptions): void {
  const { language } = options;
  const site = (context.state['site'] as Site | undefined) ?? NOWHERE;
  context.status = options.status ?? 200;
  context.type = 'html';
  context.set('Cache-Control', 'no-store');
  // With no-referrer, browsers send `Origin: null` with our own forms.
  context.set('Referrer-Policy', 'same-origin');
  context.set('Content-Security-Policy', pagePolicy(options.formOrigins ?? [], options.frameOrigins ?? []));
  const frame = options.frame === 'account' ? accountFrame : signInFrame;
  context.body = `<!doctype html>${
    html`<html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${options.title[language]}${site.university !== '' && ` · ${site.university}`}</title>
<link rel="stylesheet" href="/assets/idp.css"><link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
${options.script === true && html`<script src="/assets/idp.js" defer></script>`}
</head><body>${frame(context, site, options)}</body></html>`.html
  }`;
}

const SERVICE: Text = { zh: '统一身份认证', en: 'Single sign-on' };

/** look.md §10, Sign-in: who we are, then what to do. */
const signInFrame = (
  context: Context,
  site: Site,
  { language, body, wide }: PageOptions,
): Html => html`<div class="sign">
<header class="brandside">${guilloche}<div class="uni">${crest}<div><b>${site.university}</b><span>${SERVICE[language]}</span></div></div>
<p class="big">${language === 'zh' ? html`登录一次，<br>办所有的事` : html`Sign in once,<br>do everything`}</p>
<p class="notes">${language === 'zh' ? html`本站地址是 ${site.host}<br>我们不会打电话或发消息向你要密码、验证码。` : html`This site's address is ${site.host}<br>We never call or write to ask for passwords or codes.`}</p></header>
<main class="signbox"><div class="inner ${wide === true && 'inner-wide'}">${body}</div>${footer(context, language)}</main></div>`;

const accountFrame = (
  context: Context,
  site: Site,
  { language, body }: PageOptions,
): Html => html`<header class="topbar">
${crest}<b class="grow">${site.university}<span>${language === 'zh' ? '我的账号' : 'My account'}</span></b>
<a class="btn" href="/logout">${language === 'zh' ? '退出登录' : 'Sign out'}</a></header>
<main class="account">${body}${footer(context, language)}</main>`;

function footer(context: Context, language: Language): Html {
  const other = language === 'zh' ? 'en' : 'zh';
  const query = new URLSearchParams(context.querystring);
  query.set('lang', other);
  return html`<p class="foot"><a href="?${query.toString()}" lang="${other === 'zh' ? 'zh-CN' : 'en'}" hreflang="${other === 'zh' ? 'zh-CN' : 'en'}">${icon('lang', 'i-s')}${other === 'zh' ? '中文' : 'English'}</a></p>`;
}

const pagePolicy = (formOrigins: readonly string[], frameOrigins: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    `frame-src ${frameOrigins.length === 0 ? "'none'" : frameOrigins.join(' ')}`,
    `form-action 'self' ${formOrigins.join(' ')}`.trim(),
    "frame-ancestors 'none'",
  ].join('; ');
