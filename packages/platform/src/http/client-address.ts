import type { Context } from 'koa';

/** The address before the last trusted proxy; without one that of the connection. */
export function clientAddress(context: Context, trustedProxies: number): string {
  const direct = context.req.socket.remoteAddress ?? '';
  if (trustedProxies === 0) return direct;
  const hops = context
    .get('X-Forwarded-For')
    .split(',')
    .map((hop) => hop.trim());
  return hops[Math.max(0, hops.length - trustedProxies)] || direct;
}
