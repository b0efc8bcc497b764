import { clientAddress, Refusal } from '@lanyard/platform';
import type { Context, Middleware, Next } from 'koa';
import { withOrigin } from '../adapters/provider/request-origin.js';

/** The provider reads form bodies up to this size; what is larger is refused before, with our own answer. */
const MAX_FORM_BYTES = 56 * 1024;

/**
 * Makes each request one of our public address, whatever its Host says: addresses that the provider writes into
 * answers come from the request. Also notes device and place for the list of sessions, and bounds bodies.
 */
export function canonicalRequest(options: { publicUrl: string; trustedProxies: number }): Middleware {
  const { host, protocol } = new URL(options.publicUrl);
  return async (context: Context, next: Next) => {
    const { headers } = context.req;
    const address = clientAddress(context, options.trustedProxies);
    headers.host = host;
    delete headers['x-forwarded-host'];
    headers['x-forwarded-proto'] = protocol.slice(0, -1);
    headers['x-forwarded-for'] = address;
    if (context.method === 'POST' && context.is('application/x-www-form-urlencoded')) {
      const length = context.request.length;
      if (length === undefined || length > MAX_FORM_BYTES) throw new Refusal('body-too-large');
    }
    await withOrigin(context.get('User-Agent'), address, next);
  };
}
