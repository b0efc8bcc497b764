import { clientAddress, createRoutes, Refusal, ServiceCallError } from '@lanyard/platform';
import { z } from 'zod';
import type { IssuerClient } from '../adapters/issuer-client.js';
import { DOCUMENT_PAGE_POLICY, DOCUMENT_PAGE_SCRIPT, documentPage } from './document-page.js';
import type { RateLimit } from './rate-limit.js';

const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': DOCUMENT_PAGE_POLICY,
  'Cache-Control': 'no-store',
} as const;

/** What anybody opens who scans the code on a document of this university. */
export function createDocumentRoutes(deps: {
  issuer: Pick<IssuerClient, 'checkDocument'>;
  limit: RateLimit;
  trustedProxies: number;
  universityName: string;
}) {
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  route({ method: 'get', path: '/d', callers: ['open'], summary: 'Public page that checks a document' }, () => ({
    body: documentPage(deps.universityName),
    headers: PAGE_HEADERS,
  }));
  route({ method: 'get', path: '/document-page.js', callers: ['open'], summary: 'Its script' }, () => ({
    body: DOCUMENT_PAGE_SCRIPT,
    headers: { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'public, max-age=3600' },
  }));
  route(
    {
      method: 'post',
      path: '/v1/documents/check',
      callers: ['open'],
      body: z.strictObject({ code: z.string().regex(/^[A-Za-z0-9_-]{22}$/) }),
      maxBodyBytes: 256,
      summary: 'What a document says and whether it stands, for whoever has its code',
    },
    async ({ body, context }) => {
      deps.limit.take(clientAddress(context, deps.trustedProxies));
      try {
        return { body: await deps.issuer.checkDocument(body.code), headers: { 'Cache-Control': 'no-store' } };
      } catch (cause) {
        if (cause instanceof ServiceCallError && cause.status === 404) throw new Refusal('document-unknown');
        throw new Refusal('dependency-unavailable', { cause });
      }
    },
  );
  return router;
}
