import { Refusal } from '@lanyard/platform';
import type { Context, Next } from 'koa';

/**
 * Answers calls addressed to this machine only: a web page elsewhere that points its own name at 127.0.0.1 (DNS
 * rebinding) sends that name as Host, and a page that posts across origins sends its Origin.
 */
export function guardHost(port: number) {
  const hosts = new Set(['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}:${port}`));
  return async (context: Context, next: Next): Promise<void> => {
    const host = context.get('Host').toLowerCase();
    if (!hosts.has(host)) throw new Refusal('host-not-allowed');
    const origin = context.get('Origin');
    if (origin !== '' && origin !== `http://${host}`) throw new Refusal('origin-not-allowed');
    await next();
  };
}
