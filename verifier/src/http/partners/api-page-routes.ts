import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createRoutes } from '@lanyard/platform';
import { z } from 'zod';
import { API_PAGE_POLICY, API_PAGE_STYLE, type ApiText, apiPage } from './api-page.js';

const zLanguage = z.object({ lang: z.enum(['zh', 'en']).optional() });

/** The partner API for machines and for people, from one text. */
export function createApiPageRoutes({ text, universityName }: { text: object; universityName: string }) {
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  const look = createRequire(import.meta.url);
  const style = `${readFileSync(look.resolve('@lanyard/look/tokens.css'), 'utf8')}\n${API_PAGE_STYLE}`;
  const cached = { 'Cache-Control': 'public, max-age=300' };
  route(
    { method: 'get', path: '/partner/v1/openapi.json', callers: ['open'], summary: 'This API as OpenAPI 3.1' },
    () => ({ headers: cached, body: text }),
  );
  route(
    { method: 'get', path: '/partner/v1/docs', callers: ['open'], query: zLanguage, summary: 'This API as a page' },
    ({ query, context }) => {
      const language = query.lang ?? (context.acceptsLanguages('zh', 'en') === 'en' ? 'en' : 'zh');
      return {
        headers: {
          ...{ 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': API_PAGE_POLICY, ...cached },
          Vary: 'Accept-Language',
        },
        body: apiPage(text as ApiText, language, universityName),
      };
    },
  );
  route({ method: 'get', path: '/partner/v1/docs.css', callers: ['open'], summary: 'Its style' }, () => ({
    headers: { ...cached, 'Content-Type': 'text/css; charset=utf-8' },
    body: style,
  }));
  return router;
}
