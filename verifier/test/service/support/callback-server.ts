import { createServer, type IncomingMessage } from 'node:http';

/** What came to a partner's callback. */
export interface Received {
  readonly type: string | undefined;
  readonly url: string;
  /** All that came as headers, one a line. */
  readonly headers: string;
  readonly body: string;
}

/** A partner's callback: keeps what comes, and answers as told. */
export async function startCallback(port: number) {
  const received: Received[] = [];
  const state = {
    status: 202,
    headers: {} as Record<string, string>,
    body: '' as string | Buffer,
    /** Never answers. */
    hangs: false,
  };
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({
        ...{ type: request.headers['content-type'], url: request.url ?? '', headers: request.rawHeaders.join('\n') },
        body: Buffer.concat(chunks).toString(),
      });
      if (state.hangs) return;
      response.writeHead(state.status, state.headers).end(state.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  return {
    url: `http://localhost:${port}/events`,
    received,
    state,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
export type Callback = Awaited<ReturnType<typeof startCallback>>;

/** Claims of an event, unverified: tests that verify use a library. */
export const claimsOf = ({ body }: Received) =>
  JSON.parse(Buffer.from(body.split('.')[1] ?? '', 'base64url').toString()) as {
    jti: string;
    iat: number;
    toe: number;
    aud: string;
    events: Record<string, Record<string, unknown>>;
  };
/** `kind → data` of all that came. */
export const toldBy = ({ received }: Pick<Callback, 'received'>) =>
  received.map((one) => {
    const [[uri = '', data] = []] = Object.entries(claimsOf(one).events);
    return [uri.replace('urn:lanyard:partner-event:', ''), data] as const;
  });
