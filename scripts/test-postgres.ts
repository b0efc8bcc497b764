import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../launcher/src/postgres/start-cluster.js';

/**
 * Global set-up of the service tests: one throw-away PostgreSQL server for the run, its superuser's address in
 * TEST_DATABASE_URL. Each test file makes its own schema in it. TEST_DATABASE_URL from outside is taken as it is.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['TEST_DATABASE_URL'] !== undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-test-'));
  const cluster = await startCluster({ folder, port: await freePort(), durable: false });
  process.env['TEST_DATABASE_URL'] = cluster.url;
  return async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
    delete process.env['TEST_DATABASE_URL'];
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
