import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type Koa from 'koa';
import type { Logger } from '../log/create-logger.js';

export interface RunningService {
  server: Server;
  close(): Promise<void>;
}

/**
 * Listens on the loopback and closes cleanly on SIGTERM, SIGINT or when the supervisor that started the process is
 * gone: running requests get `graceMs`, then `onClose` ends pools and timers.
 */
export async function runService(options: {
  app: Koa;
  /** Sees a request before the application; true where it answers it. */
  first?: (request: IncomingMessage, response: ServerResponse) => boolean;
  port: number;
  host?: string;
  log: Logger;
  onClose: () => Promise<void>;
  graceMs?: number;
}): Promise<RunningService> {
  const handle = options.app.callback();
  const server = createServer(
    { requestTimeout: 60_000, headersTimeout: 10_000, maxHeaderSize: 16_384 },
    (request, response) => {
      if (options.first?.(request, response) !== true) void handle(request, response);
    },
  );
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? 'localhost', resolve);
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), options.graceMs ?? 1_500);
      await closed;
      clearTimeout(timer);
      await options.onClose();
    })();
    return closing;
  };
  const leave = () =>
    void close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  process.once('SIGTERM', leave);
  process.once('SIGINT', leave);
  process.once('disconnect', leave);
  process.on('unhandledRejection', (reason) => {
    options.log.error('process.unhandled-rejection', {
      detail: reason instanceof Error ? reason.message : String(reason),
    });
    process.exit(1);
  });
  options.log.info('service.listening', { port: options.port });
  process.send?.({ type: 'listening' });
  return { server, close };
}
