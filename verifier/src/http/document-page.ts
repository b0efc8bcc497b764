import { publicPage, verdictShape } from './card-page.js';

/** As for a card's page, with one script of our own that asks this service. */
export const DOCUMENT_PAGE_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const WORDS = {
  valid: {
    ...{ tone: 'ok', zh: '有效', en: 'Valid' },
    zhCause: '这份文件由本校出具，内容如下。请与手中的文件逐项核对。',
    enCause: 'This university issued it. Compare what follows with the document you hold.',
  },
  revoked: {
    ...{ tone: 'bad', zh: '已失效', en: 'No longer valid' },
    zhCause: '本校出具过这份文件，但已撤销，或其中的内容已有变化。',
    enCause: 'This university issued it, but it was revoked or what it says is no longer so.',
  },
  expired: {
    ...{ tone: 'bad', zh: '已过期', en: 'Expired' },
    zhCause: '本校出具过这份文件，有效期已过。请本人重新开具。',
    enCause: 'This university issued it, and its time is over. Ask for a new one.',
  },
  unknown: {
    ...{ tone: 'bad', zh: '查不到', en: 'Not known' },
    zhCause: '本校没有出具过这样的文件，或链接不完整。请重新扫描。',
    enCause: 'This university issued no such document, or the link is not whole. Scan it again.',
  },
  away: {
    ...{ tone: 'unk', zh: '无法判断', en: 'Cannot tell' },
    zhCause: '现在连不上学校的系统，或查询太多。请稍后再试。',
    enCause: 'The university’s system cannot be reached, or too many ask. Try again soon.',
  },
} as const;

/**
 * The code stands behind `#`, so no server and no log sees it in an address; it goes out in a body, and from the address
 * it is taken away once it was read.
 */
export const DOCUMENT_PAGE_SCRIPT = `'use strict';
const words = ${JSON.stringify(WORDS)};
const main = document.querySelector('main');
const say = (tag, text, lang) => {
  const element = document.createElement(tag);
  element.textContent = text;
  if (lang !== undefined) element.lang = lang;
  return element;
};
const show = (state, found) => {
  const { tone, zh, en, zhCause, enCause } = words[state];
  main.className = 'verdict-' + tone;
  main.dataset.state = state;
  document.title = zh + ' ' + en;
  const shape = document.querySelector('#shape-' + tone);
  shape.hidden = false;
  main.prepend(shape);
  const heading = say('h1', zh + ' ');
  heading.append(say('span', en, 'en'));
  document.querySelector('h1').replaceWith(heading);
  const causes = document.querySelectorAll('main > p');
  causes[0].replaceWith(say('p', zhCause));
  causes[1].remove();
  causes[2].replaceWith(say('p', enCause, 'en'));
  if (found === undefined) return;
  const facts = document.querySelector('#facts');
  const title = say('h2', found.title.zh + ' ');
  title.append(say('span', found.title.en, 'en'));
  const list = document.createElement('dl');
  const line = (name, value) => {
    const [dt, dd] = [say('dt', name.zh + ' '), say('dd', value.zh)];
    dt.append(say('span', name.en, 'en'));
    if (value.en !== value.zh) {
      dd.append(' ');
      dd.append(say('span', value.en, 'en'));
    }
    list.append(dt, dd);
  };
  const same = (text) => ({ zh: text, en: text });
  line({ zh: '编号', en: 'Number' }, same(found.number));
  for (const fact of found.facts) line(fact.title, fact.value);
  line({ zh: '签发日期', en: 'Issued' }, same(found.issued_on));
  line({ zh: '有效期至', en: 'Good until' }, same(found.expires_on));
  facts.append(title, list);
  facts.hidden = false;
};
const look = async () => {
  const code = location.hash.slice(1);
  if (!/^[A-Za-z0-9_-]{22}$/.test(code)) return show('unknown');
  const answer = await fetch('/v1/documents/check', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  if (answer.status === 404) return show('unknown');
  if (!answer.ok) return show('away');
  const found = await answer.json();
  history.replaceState(null, '', location.pathname);
  show(found.state, found);
};
look().catch(() => show('away'));
`;

/** The page is the same for every document: what one says comes later and only to who has its code. */
export const documentPage = (universityName: string): string =>
  publicPage({
    ...{ state: 'looking', tone: 'plain', universityName },
    what: { zh: '文件核验', en: 'Document check' },
    zh: { word: '正在核验', cause: '请稍候。', next: '本页须开启脚本。' },
    en: { word: 'Checking', cause: 'One moment.', next: 'This page needs scripts.' },
    more: `${(['ok', 'bad', 'unk'] as const).map((tone) => `<div id="shape-${tone}" class="shape" hidden>${verdictShape(tone)}</div>`).join('')}
<section id="facts" class="document-facts" hidden></section>
<script src="/document-page.js" defer></script>
`,
  });
