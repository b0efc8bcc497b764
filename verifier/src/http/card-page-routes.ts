import { randomBytes } from 'node:crypto';
import {
  type CardTap,
  type Clock,
  clientAddress,
  createRoutes,
  type IssuerTapResult,
  Refusal,
} from '@lanyard/platform';
import { NfcError, parseSunPath, type SunUrl } from '@lanyard/protocol/nfc';
import type { Context } from 'koa';
import { isValidCard } from '../domain/cards/decide-card.js';
import { CARD_PAGE_POLICY, type CardPageState, cardPage, cardPageStyle } from './card-page.js';
import type { RateLimit } from './rate-limit.js';

export interface CardPageDeps {
  checkCards: (taps: readonly CardTap[]) => Promise<readonly IssuerTapResult[] | undefined>;
  limit: RateLimit;
  trustedProxies: number;
  universityName: string;
  clock: Clock;
}

const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': CARD_PAGE_POLICY,
  'Cache-Control': 'no-store',
} as const;

/**
 * What anybody's phone opens when it touches a campus card: valid or not, and nothing else. It is no passage, writes
 * none and asks no policy; but the read counts, so an address that somebody copied is used up by looking at it.
 */
export function createCardPageRoutes(deps: CardPageDeps) {
  const { router, route } = createRoutes(() => ({ kind: 'open' }));
  const style = cardPageStyle();
  route(
    {
      method: 'get',
      path: '/c/:version/:picc/:mac',
      callers: ['open'],
      summary: 'Public page of a tapped campus card',
    },
    async ({ context }) => {
      // Previews and link checkers ask for the head only; they must not use the tap up.
      if (context.method === 'HEAD') return { body: '', headers: HEADERS };
      const state = mayAsk(context, deps) ? await stateOf(deps, cardUrl(context.path)) : 'too-many';
      const shown = state === 'too-many' ? 'unknown' : state;
      return {
        status: state === 'too-many' ? 429 : state === 'unknown' ? 503 : 200,
        body: cardPage(shown, deps.universityName),
        headers: HEADERS,
      };
    },
  );
  route({ method: 'get', path: '/card-page.css', callers: ['open'], summary: 'Its style' }, () => ({
    body: style,
    headers: { 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': 'public, max-age=3600' },
  }));
  return router;
}

/** Undefined for what no card of ours says: the page tells the same as of a card that is not valid. */
function cardUrl(path: string): SunUrl | undefined {
  try {
    const url = parseSunPath(path);
    return url.kind === 'c' ? url : undefined;
  } catch (error) {
    if (error instanceof NfcError) return undefined;
    throw error;
  }
}

function mayAsk(context: Context, deps: CardPageDeps): boolean {
  try {
    deps.limit.take(clientAddress(context, deps.trustedProxies));
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

async function stateOf(deps: CardPageDeps, url: SunUrl | undefined): Promise<CardPageState> {
  if (url === undefined) return 'not-valid';
  const tap: CardTap = {
    id: randomBytes(16).toString('base64url'),
    picc_data: Buffer.from(url.piccData).toString('hex'),
    cmac: Buffer.from(url.cmac).toString('hex'),
    key_version: url.number,
    at: deps.clock.nowSeconds(),
  };
  const answer = (await deps.checkCards([tap]))?.find(({ id }) => id === tap.id);
  if (answer === undefined) return 'unknown';
  return isValidCard(answer) ? 'valid' : 'not-valid';
}
