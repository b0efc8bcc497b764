import { existsSync } from 'node:fs';
import { servePages } from '@lanyard/platform';
import type { Middleware } from 'koa';

const PREFIX = '/staff';

/** Serves the built staff page below /staff, where it exists; undefined where it was not built. */
export function serveStaffPage(folder: string): Middleware | undefined {
  if (!existsSync(folder)) return undefined;
  const pages = servePages({ folder, wasm: true, appRoutes: /^\/(sign-in)?$/ });
  return async (context, next) => {
    const { path } = context;
    if (path !== PREFIX && !path.startsWith(`${PREFIX}/`)) return next();
    // The page is built with the base /staff/, its files lie at the top of the folder.
    context.path = path.slice(PREFIX.length) || '/';
    await pages(context, async () => {
      context.path = path;
      await next();
    });
  };
}
