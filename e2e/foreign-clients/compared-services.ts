import { createServer } from 'node:http';
import { type Certificate, openTlsFront } from '../support/tls-front.js';
import type { ComparedServices } from './cas-server.js';

/** The services themselves, and the portal's callback behind TLS. */
export async function openComparedServices(
  certificate: Certificate,
): Promise<ComparedServices & { origin: string; close(): Promise<void> }> {
  const grantingTickets = new Map<string, string>();
  const logoutCalls: string[] = [];
  const server = createServer(async (request, answer) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const iou = searchParams.get('pgtIou');
    if (iou !== null) grantingTickets.set(iou, searchParams.get('pgtId') ?? '');
    let body = '';
    for await (const chunk of request) body += chunk;
    if (request.method === 'POST') logoutCalls.push(body);
    answer.end();
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  const origin = `http://localhost:${typeof address === 'object' ? address?.port : ''}`;
  const front = await openTlsFront(certificate);
  front.leadTo(origin);
  return {
    origin,
    app: `${origin}/app/page?id=1`,
    portal: `${origin}/portal`,
    callback: `${front.url}/pgt`,
    grantingTickets,
    logoutCalls,
    async close() {
      await front.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
