import { PARTNER_EVENTS } from '../../domain/partners/events.js';
import { escapeText } from '../card-page.js';
import { API_PAGE_TEXTS, OPERATION_TEXTS, type PageLanguage } from './api-page-texts.js';
import { PARTNER_CODES } from './partner-codes.js';

/** The parts of an OpenAPI text the page reads; ours has them all. */
export interface ApiText {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
}
interface ApiOperation {
  readonly summary: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, ApiContent>> };
  readonly responses: { readonly '2XX': { readonly content?: Readonly<Record<string, ApiContent>> } };
}
interface ApiContent {
  readonly schema: object;
  readonly example?: unknown;
}

export const API_PAGE_POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The partner API as a page: made from the same text the machine reads, with no script at all. */
export function apiPage(text: ApiText, language: PageLanguage, universityName: string): string {
  const t = API_PAGE_TEXTS[language];
  const other = language === 'zh' ? 'en' : 'zh';
  const operations = Object.entries(text.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ verb: verb.toUpperCase(), path, operation })),
  );
  const contents = operations.map(
    ({ verb, path, operation }) =>
      `<li><a href="#${anchorOf(verb, path)}"><code>${verb} ${escapeText(path)}</code></a> ${summaryOf(operation, verb, path, language)}</li>`,
  );
  const sections = operations.map(({ verb, path, operation }) => section(verb, path, operation, language));
  const events = Object.entries(PARTNER_EVENTS).map(
    ([kind, event]) => `<tr><th scope="row"><code>${kind}</code></th><td>${event[language]}</td></tr>`,
  );
  const codes = PARTNER_CODES.map(
    ({ code, status, ...words }) =>
      `<tr><th scope="row"><code>${code}</code></th><td>${status ?? t.reason}</td><td>${escapeText(words[language])}</td></tr>`,
  );
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t.title} · ${escapeText(universityName)}</title><link rel="stylesheet" href="/partner/v1/docs.css"></head>
<body class="api-page"><header><p>${escapeText(universityName)}</p><p><a href="?lang=${other}" hreflang="${other}" lang="${other === 'zh' ? 'zh-CN' : 'en'}">${API_PAGE_TEXTS[other].name}</a></p></header>
<main><h1>${t.title} <small>${escapeText(text.info.version)}</small></h1>
${t.intro.map((line) => `<p>${line}</p>`).join('\n')}
<nav aria-label="${t.contents}"><h2>${t.contents}</h2><ul>${contents.join('')}</ul></nav>
${sections.join('\n')}
<section><h2 id="events">${t.events}</h2><p>${t.eventsExplained}</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="events"><table><tbody>${events.join('')}</tbody></table></div></section>
<section><h2 id="codes">${t.codes}</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="codes"><table><tbody>${codes.join('')}</tbody></table></div></section>
</main></body></html>
`;
}

function section(verb: string, path: string, operation: ApiOperation, language: PageLanguage): string {
  const t = API_PAGE_TEXTS[language];
  const id = anchorOf(verb, path);
  const body = operation.requestBody?.content['application/json'];
  const answer = operation.responses['2XX'].content?.['application/json'];
  const parameters = (operation.parameters ?? []).map(
    ({ name, in: place, required }) =>
      `<li><code>${escapeText(name)}</code> (${place}${required ? '' : `, ${t.optional}`})</li>`,
  );
  return `<section><h2 id="${id}"><code>${verb} ${escapeText(path)}</code></h2>
<p>${summaryOf(operation, verb, path, language)} ${operation.security.length === 0 ? t.open : t.withToken}</p>
${parameters.length === 0 ? '' : `<ul>${parameters.join('')}</ul>`}
${body === undefined ? '' : block(`${id}-body`, t.body, body, language)}
${answer === undefined ? '' : block(`${id}-answer`, t.answer, answer, language)}</section>`;
}

function block(id: string, title: string, content: ApiContent, language: PageLanguage): string {
  const t = API_PAGE_TEXTS[language];
  const pre = (value: unknown) => `<pre>${escapeText(JSON.stringify(value, null, 2))}</pre>`;
  return `<h3 id="${id}">${title}</h3>
${content.example === undefined ? '' : `<p>${t.example}</p>${pre(content.example)}`}
<details><summary>${t.schema}</summary>${pre(content.schema)}</details>`;
}

function summaryOf(operation: ApiOperation, verb: string, path: string, language: PageLanguage): string {
  const zh = OPERATION_TEXTS[`${verb} ${path}`];
  return escapeText(language === 'zh' && zh !== undefined ? `${zh}。` : `${operation.summary}.`);
}

const anchorOf = (verb: string, path: string) =>
  `${verb}${path}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '');

/** What the page adds to the look. */
export const API_PAGE_STYLE = `.api-page { margin: 0; background: var(--canvas); color: var(--text); font-family: var(--font); line-height: 1.6; }
.api-page header, .api-page main { max-width: 60rem; margin: 0 auto; padding: 16px; }
.api-page header { display: flex; justify-content: space-between; gap: 16px; }
.api-page header p { margin: 0; }
.api-page h1 { font-size: 28px; margin: 0 0 16px; }
.api-page h1 small { font-size: 16px; font-weight: 400; }
.api-page h2 { font-size: 18px; margin: 32px 0 8px; overflow-wrap: anywhere; }
.api-page h3 { font-size: 16px; margin: 16px 0 4px; }
.api-page code, .api-page pre { font-size: 14px; overflow-wrap: anywhere; }
.api-page .scroll { overflow-x: auto; }
.api-page pre { padding: 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); white-space: pre-wrap; }
.api-page a { color: inherit; text-decoration: underline; }
.api-page li { margin: 4px 0; }
.api-page table { border-collapse: collapse; }
.api-page th, .api-page td { text-align: left; padding: 6px 12px 6px 0; vertical-align: top; }
.api-page summary { cursor: pointer; padding: 6px 0; }
`;
