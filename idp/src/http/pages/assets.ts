import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Context, Next } from 'koa';

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Style and script of the pages under `/assets/`, read once. Their names stay the same from release to release, so
 * browsers ask each time and are mostly told that nothing changed.
 */
export function serveAssets(folder: string) {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = new Map<string, { type: string; plain: Buffer; zipped: Buffer; etag: string }>(
    names.flatMap((name) => {
      const type = TYPES[extname(name)];
      if (type === undefined) return [];
      const plain = readFileSync(join(folder, name));
      const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
      return [[`/assets/${name}`, { type, plain, zipped: gzipSync(plain, { level: 9 }), etag }] as const];
    }),
  );
  return async (context: Context, next: Next): Promise<void> => {
    const file = context.method === 'GET' || context.method === 'HEAD' ? files.get(context.path) : undefined;
    if (file === undefined) return next();
    context.status = 200;
    context.set('Content-Type', file.type);
    context.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    context.set('Cache-Control', 'no-cache');
    context.set('Vary', 'Accept-Encoding');
    context.set('ETag', file.etag);
    if (context.fresh) {
      context.status = 304;
      return;
    }
    const zipped = /\bgzip\b/.test(context.get('Accept-Encoding'));
    if (zipped) context.set('Content-Encoding', 'gzip');
    context.body = zipped ? file.zipped : file.plain;
  };
}
