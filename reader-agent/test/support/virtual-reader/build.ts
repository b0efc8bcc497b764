import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Ignored by git. */
export const builtFolder = fileURLToPath(new URL('../../../.cache/virtual-reader/', import.meta.url));
export const driverPath = join(builtFolder, 'libvirtualreader.so');
export const cardProcessPath = join(builtFolder, 'card-process.mjs');

/** Set-up of the project `readers`: compiles the driver, bundles the process of the virtual cards. */
export default async function setUp(): Promise<void> {
  mkdirSync(builtFolder, { recursive: true });
  compileDriver();
  await build({
    configFile: false,
    root: here,
    logLevel: 'error',
    ssr: { noExternal: true, resolve: { conditions: ['source', 'node'] } },
    resolve: { conditions: ['source', 'node'] },
    build: {
      ssr: join(here, 'card-process.ts'),
      outDir: builtFolder,
      emptyOutDir: false,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'card-process.mjs' } },
    },
  });
}

function compileDriver(): void {
  const source = join(here, 'virtual-reader.c');
  const stamp = join(builtFolder, 'driver.sha256');
  const wanted = createHash('sha256').update(readFileSync(source)).digest('hex');
  if (existsSync(driverPath) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const flags = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-O2', '-fPIC', '-shared', '-I/usr/include/PCSC'];
  execFileSync('gcc', [...flags, '-o', driverPath, source], { stdio: 'inherit' });
  writeFileSync(stamp, wanted);
}

/** Whether something answers at a Unix socket. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
