/** Dots of all kinds that stand between the parts of a name, hyphens and apostrophes: nobody types the same one. */
const SEPARATORS = /[\s\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff65\u25cf\u00b0.'\u2018\u2019\u02bc`\-\u2010-\u2015_]+/gu;

/**
 * What somebody typed, as the search terms are kept (migration 0151): without separators, in lower case, full-width forms
 * narrow, \u00fc as v. Quotes, backslashes and control characters mean something to a tsquery and in no name, so they go.
 */
export function searchTermOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(SEPARATORS, '')
    .replace(/\u00fc/g, 'v')
    .replace(/['\\\p{Cc}]/gu, '');
}
