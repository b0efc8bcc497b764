import type { LeavingMessage } from './leaving-message.js';

export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);
/** No line breaks in a header, whatever a title holds. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();

const FOOT = {
  zh: { why: '你在校园社区里要求收到这些邮件。', change: '更改或停止', open: '查看' },
  en: { why: 'You asked for these mails in the campus community.', change: 'Change or stop', open: 'Open' },
} as const;

/** A message as mail: plain text, and the same as simple HTML without pictures or anything that is fetched. */
export function mailText(message: LeavingMessage, university: string): MailText {
  const { language, lines, settingsUrl } = message;
  const foot = FOOT[language];
  const isOne = lines.length === 1 && message.url === lines[0]?.url;
  const head = isOne ? [] : [message.text];
  const text = [
    ...head,
    ...lines.map(({ title, text: what, url }) => `${title}\n${what}\n${url}`),
    `--\n${university}\n${foot.why}\n${foot.change}: ${settingsUrl}`,
  ].join('\n\n');
  const link = (url: string, words: string) => `<a href="${escapeHtml(url)}">${escapeHtml(words)}</a>`;
  const html = [
    `<!doctype html><html lang="${language === 'zh' ? 'zh-CN' : 'en'}"><meta charset="utf-8"><body>`,
    ...head.map((words) => `<p>${escapeHtml(words)}</p>`),
    ...lines.map(
      ({ title, text: what, url }) =>
        `<p><b>${escapeHtml(title)}</b><br>${escapeHtml(what)}<br>${link(url, foot.open)}</p>`,
    ),
    `<p>${escapeHtml(university)}<br>${escapeHtml(foot.why)} ${link(settingsUrl, foot.change)}</p></body></html>`,
  ].join('\n');
  return { subject: oneLine(isOne ? `${message.title} · ${message.text}` : message.title), text, html };
}

/** The mail that carries the code of a new address. */
export function codeMailText(code: string, language: LeavingMessage['language'], university: string): MailText {
  const [subject, lines] =
    language === 'zh'
      ? ['确认邮箱', [`确认码：${code}`, '10 分钟内有效。如果不是你要求的，不用理会。', university]]
      : [
          'Confirm your address',
          [`Your code: ${code}`, 'Valid for 10 minutes. Ignore this if it was not you.', university],
        ];
  const html = `<!doctype html><meta charset="utf-8"><body>${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}</body>`;
  return { subject, text: lines.join('\n\n'), html };
}
