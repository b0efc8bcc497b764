import type { Context } from 'koa';
import { type Html, html } from './html.js';

export type Language = 'zh' | 'en';

/** A text in both languages. */
export interface Text {
  zh: string;
  en: string;
}

const LANGUAGE_COOKIE = 'lanyard_idp_language';

/** The person's choice, else what the relying party asks for, else the browser's, else Chinese. */
export function languageOf(context: Context, uiLocales?: string): Language {
  const chosen = context.cookies.get(LANGUAGE_COOKIE, { signed: false });
  if (chosen === 'zh' || chosen === 'en') return chosen;
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
  /** Further scripts of ours, by path. */
  scripts?: readonly string[];
}

/** Answers one page of the layer: strict policy, no framing, works without script. */
export function writePage(context: Context, options: PageOptions): void {
  const { language } = options;
  context.status = options.status ?? 200;
  context.type = 'html';
  context.set('Cache-Control', 'no-store');
  // With no-referrer, browsers send `Origin: null` with our own forms.
  context.set('Referrer-Policy', 'same-origin');
  context.set('Content-Security-Policy', pagePolicy(options.formOrigins ?? []));
  context.body = `<!doctype html>${
    html`<html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${options.title[language]}</title>
<link rel="stylesheet" href="/assets/idp.css">${(options.scripts ?? []).map((path) => html`<script src="${path}" defer></script>`)}
</head><body>${options.body}</body></html>`.html
  }`;
}

const pagePolicy = (formOrigins: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    `form-action 'self' ${formOrigins.join(' ')}`.trim(),
    "frame-ancestors 'none'",
  ].join('; ');
