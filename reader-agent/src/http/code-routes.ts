import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { ShownVerdict } from '../domain/decision-session.js';
import type { FreshnessShown } from '../domain/freshness-level.js';
import { verdictBody } from './screen-body.js';

/** Decides a code, shows it on the screen, and says what is shown. */
export type ShowCode = (
  text: string,
  readerId: string,
) => { readonly shown: ShownVerdict; readonly held: boolean; readonly portraitStored: boolean };

const maxBodyBytes = 2048;
const zCode = z.string().min(1).max(1024);

/** Codes from the agent's own camera page and from the operator: the same queue and function as the scanner's. */
export function createCodeRoutes(deps: {
  showCode: ShowCode;
  freshness: () => FreshnessShown;
  status: () => unknown;
  authenticate: Authenticate;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  const answer = (text: string, readerId: string) => {
    const { shown, held, portraitStored } = deps.showCode(text, readerId);
    return { body: { ...verdictBody(shown, portraitStored), held, freshness: deps.freshness() } };
  };

  route(
    {
      method: 'post',
      path: '/v1/codes',
      callers: ['open'],
      body: z.strictObject({ code: zCode, source: z.enum(['camera', 'keyboard']) }),
      maxBodyBytes,
      summary: 'A code a page of this agent has seen, by camera or by a scanner that types',
    },
    ({ body, context }) => {
      // guardHost has compared it; here it must be there: only a page sends one, and only our own passes.
      if (context.get('Origin') === '') throw new Refusal('origin-not-allowed');
      return answer(body.code, body.source);
    },
  );

  route(
    {
      method: 'post',
      path: '/v1/decisions',
      callers: ['operator'],
      body: z.strictObject({ code: zCode }),
      maxBodyBytes,
      summary: 'A code the operator wants decided at this gate',
    },
    ({ body }) => answer(body.code, 'operator'),
  );

  route({ method: 'get', path: '/v1/status', callers: ['open'], summary: 'How this agent is' }, () => ({
    body: deps.status(),
  }));
  return router;
}
