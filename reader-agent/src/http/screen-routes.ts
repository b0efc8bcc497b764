import { PassThrough } from 'node:stream';
import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { PortraitStore } from '../domain/fetch-portraits.js';
import type { ScreenFeed } from '../domain/screen-feed.js';
import { type Surroundings, screenBody } from './screen-body.js';

const maxViewers = 16;
const factsEveryMs = 10_000;

/** What the glass shows: as a stream of events, and the portrait of the verdict on it, which nobody else can ask for. */
export function createScreenRoutes(deps: {
  feed: ScreenFeed;
  portraits: PortraitStore;
  around: () => Surroundings;
  authenticate: Authenticate;
}) {
  const { feed } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  let viewers = 0;

  route(
    {
      method: 'get',
      path: '/v1/screen',
      callers: ['open'],
      query: z.object({ after: z.coerce.number().int().min(0).optional() }),
      summary: 'What the screen shows, as server-sent events',
    },
    ({ query, signal }) => {
      if (viewers >= maxViewers) throw new Refusal('too-many-requests');
      viewers += 1;
      const stream = new PassThrough();
      const send = (event: string, body: unknown) => stream.write(`event: ${event}\ndata: ${JSON.stringify(body)}\n\n`);
      // A page that has seen this verdict gets only what stands beside it: the sound must not play twice.
      const seen = feed.state.kind === 'verdict' && feed.state.shown.n === query.after;
      send(seen ? 'facts' : 'shown', seen ? deps.around() : screenBody(feed.state, deps.around()));
      const leave = feed.listen((event) => {
        if (event === 'facts') send('facts', deps.around());
        else if (event === 'held') send('held', { n: feed.state.kind === 'verdict' ? feed.state.shown.n : 0 });
        else send('shown', screenBody(feed.state, deps.around()));
      });
      const timer = setInterval(() => send('facts', deps.around()), factsEveryMs);
      signal.addEventListener('abort', () => {
        viewers -= 1;
        clearInterval(timer);
        leave();
        stream.end();
      });
      const headers = { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' };
      return { body: stream, headers: { ...headers, 'X-Accel-Buffering': 'no' } };
    },
  );

  route(
    {
      method: 'get',
      path: '/v1/portraits/:id',
      callers: ['open'],
      params: z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) }),
      query: z.object({ n: z.string().optional() }),
      summary: 'Portrait of the verdict on the screen',
    },
    ({ params }) => {
      const onScreen = feed.state.kind === 'verdict' ? feed.state.shown.portraitId : undefined;
      if (onScreen === undefined || Buffer.from(onScreen).toString('hex') !== params.id) {
        throw new Refusal('portrait-not-on-screen');
      }
      const presented = feed.state.kind === 'verdict' ? feed.state.shown.portrait : undefined;
      const jpeg = presented ?? deps.portraits.read(params.id);
      if (jpeg === undefined) throw new Refusal('portrait-not-on-screen');
      return { body: Buffer.from(jpeg), headers: { 'Content-Type': 'image/jpeg', 'Cache-Control': 'no-store' } };
    },
  );
  return router;
}
