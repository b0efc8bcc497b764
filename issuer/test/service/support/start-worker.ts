import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { TestIssuer } from './start-issuer.js';

/** A second process of this issuer on the same database: it goes on with what is open as soon as it is up. */
export function startWorker(of: TestIssuer, port: number): ChildProcess {
  return spawn(process.execPath, [new URL('../../../dist/main.js', import.meta.url).pathname], {
    env: {
      ...process.env,
      ...{ LANYARD_DATABASE_URL: of.database.runUrl, LANYARD_DATABASE_SEAL_URL: of.database.sealUrl },
      ...{ LANYARD_STORE: join(of.folder, 'store'), LANYARD_KEY_FILE: join(of.folder, 'key') },
      ...{ LANYARD_CALLERS: of.callersFolder, LANYARD_PORT: String(port) },
      ...{ LANYARD_UNIVERSITY_CODE: '4199090001', LANYARD_UNIVERSITY_NAME: '示例大学' },
      ...{ LANYARD_PUBLIC_URL_ISSUER: of.url, LANYARD_PUBLIC_URL_WALLET: 'http://localhost:8080' },
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
