import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type Clock, COMMON_PROBLEMS, type Logger, problemAnswer, Refusal } from '@lanyard/platform';
import { type MachineAuthority, pemOf } from './machine-authority.js';

export interface MachineListener {
  /** Takes a certificate of its own anew before it ends. */
  renew(): void;
  close(): Promise<void>;
}

const RENEW_BEFORE_MS = 30 * 86_400_000;

/**
 * Listens for machines over TLS with client certificates. With `others: 'refused'` whoever shows none, or one of another
 * CA, gets no further than the handshake; with `registered` any certificate whose key is proved comes through, and the
 * routes ask which it is. Whoever comes through reaches this listener's routes and no others.
 */
export async function openMachineListener(parts: {
  /** In log lines: `agent-listener`. */
  label: string;
  authority: MachineAuthority;
  others: 'refused' | 'registered';
  isRoute: (method: string, target: string) => boolean;
  port: number;
  /** Interface to listen on, and the name our own certificate is for. */
  host: string;
  name: string;
  /** PEM files of a certificate from elsewhere; machines have to trust its CA then. */
  files: { certificate: string; key: string } | undefined;
  handle: (request: IncomingMessage, response: ServerResponse) => unknown;
  clock: Clock;
  log: Logger;
}): Promise<MachineListener> {
  const { authority, clock, log } = parts;
  const ca = pemOf(authority.certificate);
  let toMs = Number.POSITIVE_INFINITY;
  function identity(): { key: string; cert: string } {
    if (parts.files !== undefined) {
      return { key: readFileSync(parts.files.key, 'utf8'), cert: readFileSync(parts.files.certificate, 'utf8') };
    }
    const made = authority.makeServer(parts.name);
    toMs = made.toMs;
    const key = String(made.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    return { key, cert: pemOf(made.certificate) + ca };
  }
  const secure = () => ({
    ...identity(),
    ca: [ca],
    minVersion: 'TLSv1.2' as const,
    // A resumed session would skip the check of the certificate's time.
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  const server = createServer(
    {
      ...secure(),
      ...{ requestCert: true, rejectUnauthorized: parts.others === 'refused', handshakeTimeout: 10_000 },
      ...{ requestTimeout: 60_000, headersTimeout: 10_000, maxHeaderSize: 16_384 },
    },
    (request, response) => {
      if (parts.isRoute(request.method ?? '', request.url ?? '')) return void parts.handle(request, response);
      const { status, headers, body } = problemAnswer(new Refusal('not-found'), COMMON_PROBLEMS, log, '');
      response.writeHead(status, headers).end(body);
    },
  );
  server.keepAliveTimeout = 30_000;
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    log.info(`${parts.label}.handshake-refused`, { code: error.code ?? 'unknown' });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(parts.port, parts.host, resolve);
  });
  log.info(`${parts.label}.listening`, { port: parts.port });
  return {
    renew() {
      if (parts.files === undefined && toMs - clock.nowMs() > RENEW_BEFORE_MS) return;
      server.setSecureContext(secure());
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
