/** Text that is safe to send as HTML. Only {@link html} and {@link raw} make it. */
export interface Html {
  readonly html: string;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '');

/** Every value is escaped but what is {@link Html} already; lists are joined, `undefined` and `false` vanish. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return {
    html: parts.reduce((text, part, index) => `${text}${index === 0 ? '' : render(values[index - 1])}${part}`, ''),
  };
}

export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[];

/** For text that is HTML by origin: our own files. */
export const raw = (text: string): Html => ({ html: text });

function render(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  if ('html' in value) return value.html;
  return value.map(render).join('');
}
