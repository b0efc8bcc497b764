import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { CardDesk } from '../domain/card-desk.js';
import { CardFault } from '../domain/reader-port.js';

/** The operator's command, and the console of the same machine. */
const desk = ['operator', 'service:admin'] as const;
const noStore = { 'Cache-Control': 'no-store' };
const zCommand = z.strictObject({
  card: z.number().int().min(1),
  /** Hexadecimal, a short command. */
  command: z.string().regex(/^([0-9a-f]{2}){4,261}$/),
});

/** The reader of a desk, for whoever brings commands of the issuer; not there where cards are decided. */
export function createCardDeskRoutes(deps: { desk: CardDesk | undefined; authenticate: Authenticate }) {
  const { router, route } = createRoutes(deps.authenticate);
  const requireDesk = (): CardDesk => {
    if (deps.desk === undefined) throw new Refusal('no-card-desk');
    return deps.desk;
  };
  route({ method: 'get', path: '/v1/card-desk', callers: desk, summary: 'The card that lies there' }, () => ({
    headers: noStore,
    body: { card: requireDesk().lying ?? null },
  }));
  route(
    {
      method: 'post',
      path: '/v1/card-desk/commands',
      callers: desk,
      body: zCommand,
      maxBodyBytes: 2_048,
      summary: 'One command to the card, and its answer',
    },
    async ({ body }) => {
      try {
        const answer = await requireDesk().send(body.card, Buffer.from(body.command, 'hex'));
        return { headers: noStore, body: { response: Buffer.from(answer).toString('hex') } };
      } catch (error) {
        if (error instanceof CardFault) throw new Refusal('card-gone', { cause: error });
        throw error;
      }
    },
  );
  return router;
}
