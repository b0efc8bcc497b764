import type { Context } from 'koa';
import { Refusal } from './refusal.js';

/**
 * Refuses what another page sends with the cookie: a write must name our origin, a read must not name another.
 * @throws Refusal `origin-not-allowed`
 */
export function requireSameOrigin(context: Context, origin: string): void {
  const named = context.get('Origin');
  const site = context.get('Sec-Fetch-Site');
  const reads = context.method === 'GET' || context.method === 'HEAD';
  const foreign = named !== origin && !(reads && named === '');
  if (foreign || (site !== '' && site !== 'same-origin')) throw new Refusal('origin-not-allowed');
}
