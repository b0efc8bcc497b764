import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { CardTap } from '../../src/domain/card-check.js';
import type { JournalEntry } from '../../src/domain/journal-chain.js';

/** Just enough of a verifier: enrolment, one package at a time, passages taken in once by number. */
export async function startSmallVerifier(port: number, enrolment: unknown) {
  const held = new Map<number, JournalEntry>();
  const state = {
    package: undefined as { sequence: number; envelope: Uint8Array } | undefined,
    fullPackage: undefined as Uint8Array | undefined,
    loseAnswers: 0,
    enrolments: 0,
    keys: [] as { x: string; y: string }[],
    batches: 0,
    portrait: undefined as Buffer | undefined,
    /** What is answered about cards; undefined closes the connection. */
    checkCards: undefined as ((taps: readonly CardTap[]) => readonly unknown[] | undefined) | undefined,
    cardCalls: 0,
    /** Answers to touches of the door's tag, `n` rising; `losePresented` of the replies are cut off. */
    presented: [] as { n: number; at: number; verdict: string; reason?: string; name?: string; portrait?: string }[],
    losePresented: 0,
    presentedCalls: 0,
  };
  const answer = (response: ServerResponse, status: number, body?: unknown) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body ? JSON.stringify(body) : undefined);

  async function passages(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { entries } = JSON.parse(await text(request)) as { entries: JournalEntry[] };
    state.batches += 1;
    for (const entry of entries) {
      if (entry.sequence !== held.size + 1 && !held.has(entry.sequence)) {
        answer(response, 409, { code: 'journal-gap', accepted_up_to: held.size });
        return;
      }
      if (!held.has(entry.sequence)) held.set(entry.sequence, entry);
    }
    if (state.loseAnswers > 0) {
      state.loseAnswers -= 1;
      request.socket.destroy();
      return;
    }
    answer(response, 200, { accepted_up_to: held.size });
  }

  async function cards(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { taps } = JSON.parse(await text(request)) as { taps: CardTap[] };
    state.cardCalls += 1;
    const results = state.checkCards?.(taps);
    if (results === undefined) request.socket.destroy();
    else answer(response, 200, { results });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/v1/agent-enrolments') {
      state.enrolments += 1;
      state.keys.push((JSON.parse(await text(request)) as { public_jwk: { x: string; y: string } }).public_jwk);
      answer(response, 201, enrolment);
    } else if (url.pathname === '/v1/passages') await passages(request, response);
    else if (url.pathname === '/v1/card-taps') await cards(request, response);
    else if (url.pathname.endsWith('/presented')) {
      state.presentedCalls += 1;
      const after = Number(url.searchParams.get('after'));
      const until = Date.now() + 300;
      const told = () => state.presented.filter(({ n }) => n > after);
      while (told().length === 0 && Date.now() < until) await new Promise((r) => setTimeout(r, 10));
      if (told().length > 0 && state.losePresented > 0) {
        state.losePresented -= 1;
        request.socket.destroy();
      } else answer(response, 200, { presented: told(), last: told().at(-1)?.n ?? after });
    } else if (url.pathname.includes('/portraits/')) {
      if (state.portrait === undefined) answer(response, 404, { code: 'not-found' });
      else response.writeHead(200, { 'Content-Type': 'image/jpeg' }).end(state.portrait);
    } else if (url.pathname.endsWith('/package')) {
      const have = Number(url.searchParams.get('have'));
      const until = Date.now() + 300;
      const wanted = () => (have === 0 && state.fullPackage ? state.fullPackage : newer(have));
      while (wanted() === undefined && Date.now() < until) await new Promise((r) => setTimeout(r, 20));
      const envelope = wanted();
      if (envelope === undefined) response.writeHead(304).end();
      else response.writeHead(200, { 'Content-Type': 'application/cbor' }).end(Buffer.from(envelope));
    } else answer(response, 404, { code: 'not-found' });
  }
  const newer = (have: number) =>
    state.package !== undefined && state.package.sequence !== have ? state.package.envelope : undefined;

  let server: Server | undefined;
  const start = () =>
    new Promise<void>((resolve) => {
      server = createServer((request, response) => void handle(request, response).catch(() => response.destroy()));
      server.listen(port, 'localhost', resolve);
    });
  const stop = () =>
    new Promise<void>((resolve) => {
      if (server === undefined) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await start();
  return { state, held, start, stop, url: `http://localhost:${port}` };
}
export type SmallVerifier = Awaited<ReturnType<typeof startSmallVerifier>>;

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
