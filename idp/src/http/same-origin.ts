import { Refusal } from '@lanyard/platform';
import type { Context } from 'koa';

/**
 * A write must come from a page of ours: `Origin` is there and ours, or, from old browsers that send none with forms,
 * `Referer` is. Reads through scripts of other sites are refused by `Sec-Fetch-Site`.
 * @throws Refusal `origin-not-allowed`
 */
export function requireOwnPage(context: Context, origin: string): void {
  const named = context.get('Origin');
  const site = context.get('Sec-Fetch-Site');
  if (site !== '' && site !== 'same-origin' && site !== 'none') throw new Refusal('origin-not-allowed');
  if (named !== '') {
    if (named !== origin) throw new Refusal('origin-not-allowed');
    return;
  }
  const referer = context.get('Referer');
  if (!URL.canParse(referer) || new URL(referer).origin !== origin) throw new Refusal('origin-not-allowed');
}
