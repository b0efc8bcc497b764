import { createServer, type IncomingMessage, type Server } from 'node:http';

export type LineState = 'good' | 'down' | 'loses-answers';

/** A line to a service that can be cut: before anything is passed on, or when it was done and the answer comes back. */
export async function openBadLine(target: string) {
  const line = { state: 'good' as LineState, passed: 0 };
  const server = await new Promise<Server>((resolve) => {
    const listening = createServer((request, response) => {
      void pass(request)
        .then((answer) => {
          if (answer === undefined) return request.socket.destroy();
          response.writeHead(answer.status, { 'Content-Type': answer.type });
          return response.end(answer.body);
        })
        .catch(() => request.socket.destroy());
    }).listen(0, 'localhost', () => resolve(listening));
  });

  async function pass(request: IncomingMessage) {
    if (line.state === 'down') return undefined;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { authorization = '', 'content-type': type, 'idempotency-key': key } = request.headers;
    const answer = await fetch(new URL(request.url ?? '/', target), {
      method: request.method ?? 'GET',
      headers: {
        Authorization: authorization,
        ...(type === undefined ? {} : { 'Content-Type': type }),
        ...(typeof key === 'string' ? { 'Idempotency-Key': key } : {}),
      },
      ...(parts.length === 0 ? {} : { body: Buffer.concat(parts) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    line.passed += 1;
    if (line.state === 'loses-answers') return undefined;
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', body };
  }

  const address = server.address();
  return {
    url: `http://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`,
    line,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
