import { type Logger, type ProblemText, Refusal } from '@lanyard/platform';
import type { Context, Middleware, Next } from 'koa';
import { writeErrorPage } from './provider-pages.js';

/** Refusals of pages for people as a page, in their language, with the code at the end; APIs keep their problems. */
export function pageErrors(problems: Record<string, ProblemText>, log: Logger): Middleware {
  return async (context: Context, next: Next) => {
    try {
      await next();
    } catch (thrown) {
      const isPage = !context.path.startsWith('/v1/') && context.accepts('json', 'html') === 'html';
      if (!isPage || !(thrown instanceof Refusal)) throw thrown;
      const text = problems[thrown.code];
      if (text === undefined) throw thrown;
      if (text.status >= 500) log.error('page.failed', { code: thrown.code, detail: String(thrown.cause ?? '') });
      writeErrorPage(context, text.status, thrown.code, { [thrown.code]: text });
    }
  };
}
