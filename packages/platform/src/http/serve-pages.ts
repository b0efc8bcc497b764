import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Middleware } from 'koa';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.json': 'application/json',
};

export interface PagesOptions {
  /** The built pages; read once, kept in memory. */
  folder: string;
  /** Further origins the pages may call (connect-src). */
  connect?: string[];
  /** True where a page decodes codes with WebAssembly. */
  wasm?: boolean;
  /** Paths for which index.html is answered (the router is in the page). */
  appRoutes: RegExp;
  /** Replaces `<!--config-->` in index.html, as inert JSON in a meta element. */
  config?: Record<string, string>;
}

interface StoredFile {
  type: string;
  plain: Buffer;
  zipped: Buffer | undefined;
  etag: string;
  immutable: boolean;
}

/** Serves a built front end with a strict content security policy: own scripts only, no inline script or style. */
export function servePages(options: PagesOptions): Middleware {
  const files = loadFiles(options);
  const policy = [
    "default-src 'none'",
    `script-src 'self'${options.wasm ? " 'wasm-unsafe-eval'" : ''}`,
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    `connect-src 'self' ${(options.connect ?? []).join(' ')}`.trim(),
    "manifest-src 'self'",
    "worker-src 'self'",
    "media-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
  return async (context, next) => {
    if (context.method !== 'GET' && context.method !== 'HEAD') return next();
    const file =
      files.get(context.path === '/' ? '/index.html' : context.path) ??
      (options.appRoutes.test(context.path) ? files.get('/index.html') : undefined);
    if (file === undefined) return next();
    context.set('Content-Security-Policy', policy);
    context.set('Permissions-Policy', 'camera=(self), geolocation=(), microphone=()');
    context.set('Cache-Control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    context.set('Vary', 'Accept-Encoding');
    context.set('ETag', file.etag);
    context.status = 200;
    context.set('Content-Type', file.type);
    if (context.fresh) {
      context.status = 304;
      return;
    }
    const zipped = file.zipped !== undefined && /\bgzip\b/.test(context.get('Accept-Encoding'));
    if (zipped) context.set('Content-Encoding', 'gzip');
    context.body = zipped ? file.zipped : file.plain;
  };
}

function loadFiles(options: PagesOptions): Map<string, StoredFile> {
  const files = new Map<string, StoredFile>();
  for (const path of listFiles(options.folder)) {
    const url = `/${relative(options.folder, path).split(sep).join('/')}`;
    let plain = readFileSync(path);
    if (url.endsWith('.html') && options.config !== undefined) {
      const json = JSON.stringify(options.config).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
      plain = Buffer.from(
        plain.toString('utf8').replace('<!--config-->', `<meta name="lanyard-config" content="${json}">`),
      );
    }
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    const zipped = /text|json|svg|wasm/.test(type) ? gzipSync(plain, { level: 9 }) : undefined;
    const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
    files.set(url, { type, plain, zipped, etag, immutable: url.startsWith('/assets/') });
  }
  return files;
}

function listFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? listFiles(path) : [path];
  });
}
