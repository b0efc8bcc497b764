import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The three things the page can say; the last where the issuer cannot be asked. */
export type CardPageState = 'valid' | 'not-valid' | 'unknown';

export const CARD_PAGE_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const shapes: Record<CardPageState, string> = {
  valid: '<circle cx="50" cy="50" r="48"/><path class="hole" d="M28 52 44 68 74 34"/>',
  'not-valid': '<path d="M30 2h40l28 28v40L70 98H30L2 70V30z"/><path class="hole" d="M33 33 67 67M67 33 33 67"/>',
  unknown: '<path d="M50 4 98 94H2z"/><path class="hole" d="M40 42c0-14 21-14 21 0 0 9-11 9-11 19M50 76v2"/>',
};

const tones: Record<CardPageState, string> = { valid: 'ok', 'not-valid': 'bad', unknown: 'unk' };

export interface Words {
  readonly word: string;
  readonly cause: string;
  readonly next: string;
}

const zh: Record<CardPageState, Words> = {
  valid: {
    word: '有效',
    cause: '这是本校在用的校园卡，持卡人的学生证有效。',
    next: '一次碰卡只能查一次。本页不显示持卡人是谁，也不是通行凭证。',
  },
  'not-valid': {
    word: '无效',
    cause: '这次碰卡查不到在用的校园卡，或这个链接已经查过。',
    next: '请再碰一次卡。仍是无效，请持卡人去服务窗口。',
  },
  unknown: { word: '无法判断', cause: '现在连不上发卡的系统。', next: '请稍后再碰一次卡。' },
};

const en: Record<CardPageState, Words> = {
  valid: {
    word: 'Valid',
    cause: 'A campus card in use, and its holder’s student ID is valid.',
    next: 'Each tap can be looked up once. This page does not say who holds the card and is no pass.',
  },
  'not-valid': {
    word: 'Not valid',
    cause: 'This tap belongs to no card in use, or the link was looked up before.',
    next: 'Tap the card again. If it stays not valid, the holder goes to the service window.',
  },
  unknown: {
    word: 'Cannot tell',
    cause: 'The issuing system cannot be reached now.',
    next: 'Tap the card again soon.',
  },
};

/** The shape of a verdict, for a page that says it later. */
export const verdictShape = (tone: 'ok' | 'bad' | 'unk'): string =>
  `<svg viewBox="0 0 100 100" aria-hidden="true">${shapes[SHAPE_OF[tone]]}</svg>`;
const SHAPE_OF = { ok: 'valid', bad: 'not-valid', unk: 'unknown' } as const;

/** The page of a card. It holds the name of the university and one of three words: nothing of the card or the person. */
export function cardPage(state: CardPageState, universityName: string): string {
  return publicPage({
    ...{ state, tone: state, zh: zh[state], en: en[state], universityName },
    what: { zh: '校园卡查验', en: 'Campus card check' },
    more: '',
  });
}

/** The frame that pages for anybody's phone share: who, one word with its shape, cause and next step in both languages. */
export function publicPage(page: {
  readonly state: string;
  /** `plain` where nothing is decided: verdict colours are for verdicts. */
  readonly tone: CardPageState | 'plain';
  readonly what: { readonly zh: string; readonly en: string };
  readonly zh: Words;
  readonly en: Words;
  readonly universityName: string;
  /** Markup that the caller has escaped. */
  readonly more: string;
}): string {
  const { zh: first, en: second, what } = page;
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${first.word} ${second.word} · ${what.zh} ${what.en}</title>
<link rel="stylesheet" href="/card-page.css"></head>
<body class="card-page"><header><p class="university">${escapeText(page.universityName)}</p><p class="what">${what.zh} <span lang="en">${what.en}</span></p></header>
<main class="${page.tone === 'plain' ? 'is-plain' : `verdict-${tones[page.tone]}`}" data-state="${page.state}">
${page.tone === 'plain' ? '' : `<svg viewBox="0 0 100 100" aria-hidden="true">${shapes[page.tone]}</svg>\n`}<h1>${first.word} <span lang="en">${second.word}</span></h1>
<p>${first.cause}</p><p>${first.next}</p>
<p lang="en">${second.cause} ${second.next}</p>
${page.more}</main></body></html>
`;
}

export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Tokens of the look and what this page adds; read once. */
export function cardPageStyle(): string {
  const look = createRequire(import.meta.url);
  const read = (name: string) => readFileSync(look.resolve(name), 'utf8');
  return `${read('@lanyard/look/tokens.css')}\n${read('@lanyard/look/components.css')}\n${own}`;
}

const own = `.card-page { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--canvas); color: var(--text); font-family: var(--font); }
.card-page header { padding: 16px; }
.card-page header p { margin: 0; }
.card-page .university { font-size: 18px; font-weight: 600; }
.card-page main { flex: 1; padding: 32px 16px; text-align: center; font-size: 16px; line-height: 1.6; }
.card-page main p { max-width: 38em; margin: 0 auto 12px; }
.card-page h1 { font-size: 40px; line-height: 1.2; margin: 16px 0 24px; }
.card-page h1 span { display: block; font-size: 24px; }
.card-page svg { width: min(40vw, 180px); fill: currentColor; }
.card-page [hidden] { display: none; }
.card-page .document-facts { max-width: 38em; margin: 24px auto 0; padding: 16px; border-radius: 8px; background: var(--surface); color: var(--text); text-align: left; }
.card-page .document-facts h2 { margin: 0 0 8px; font-size: 18px; }
.card-page .document-facts dl { display: grid; grid-template-columns: minmax(7em, 1fr) 2fr; gap: 8px 16px; margin: 0; }
.card-page .document-facts dd { margin: 0; overflow-wrap: anywhere; }
.card-page .document-facts dt, .card-page .document-facts span { color: var(--text-2); }
.card-page code { user-select: all; overflow-wrap: anywhere; }
.card-page .hole { fill: none; stroke: var(--hole); stroke-width: 10; stroke-linecap: round; stroke-linejoin: round; }
`;
