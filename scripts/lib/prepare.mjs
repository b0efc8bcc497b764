import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const root = new URL('../../', import.meta.url).pathname;
const PAGES = ['wallet-web', 'admin', 'verifier', 'idp', 'reader-agent', 'campus'];

/** Runs a program of this repository and ends the process with its status when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

export const bin = (name) => join(root, 'node_modules', '.bin', name);

/**
 * `npm ci` when node_modules does not belong to this package-lock.json, or when the headers of PC/SC have come since:
 * the bindings of card readers are optional packages that npm leaves out where they cannot be compiled.
 */
export function ensureInstalled() {
  const stamp = join(root, 'node_modules', '.lanyard-lock');
  const withReaders = join(root, 'node_modules', '.lanyard-pcsc');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const belongs = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  const headers = existsSync('/usr/include/PCSC/winscard.h');
  const built = existsSync(join(root, 'node_modules', 'smartcard', 'build', 'Release', 'smartcard_napi.node'));
  if (belongs && (built || !headers || existsSync(withReaders))) return;
  console.error('installing packages (once) …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...headersOfNode() },
  });
  writeFileSync(stamp, wanted);
  if (headers) writeFileSync(withReaders, '');
}

/** node-gyp fetches Node's headers from the network unless it is told where this Node has its own. */
function headersOfNode() {
  const folder = join(dirname(process.execPath), '..');
  const known = process.env.npm_config_nodedir !== undefined;
  return known || !existsSync(join(folder, 'include', 'node', 'node.h')) ? {} : { npm_config_nodedir: folder };
}

/** Compiles the services and builds the pages whose sources changed since the last build. */
export function ensureBuilt() {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const sources = hashOf(
    ['packages', 'issuer', 'verifier', 'idp', 'campus', 'reader-agent', 'wallet-web', 'admin', 'launcher', 'bench'],
    /\.(ts|json)$/,
    /\/(web|test|dist|dist-web)$/,
  );
  once('services', sources, () => run(bin('tsc'), ['-b'], { stdio: ['ignore', 2, 2] }));
  for (const name of PAGES) {
    if (!existsSync(join(root, name, 'web', 'vite.config.ts'))) continue;
    const shared = ['packages/look/src', 'packages/protocol/src', 'issuer/src/api', 'issuer/src/domain'];
    const pages = hashOf([join(name, 'web'), ...shared], /./, /\/(dist|dist-web)$/);
    once(`pages-${name}`, pages, () =>
      run(bin('vite'), ['build', '--logLevel', 'warn'], { cwd: join(root, name, 'web'), stdio: ['ignore', 2, 2] }),
    );
  }
}

function once(name, hash, build) {
  const stamp = join(root, '.cache', name);
  const output =
    name === 'services' ? join(root, 'launcher', 'dist', 'main.js') : join(root, name.slice(6), 'dist-web');
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  console.error(`building ${name} …`);
  build();
  writeFileSync(stamp, hash);
}

function hashOf(folders, wanted, skipped) {
  const hash = createHash('sha256');
  const walk = (path) => {
    for (const entry of readdirSync(path).sort()) {
      const full = join(path, entry);
      if (entry === 'node_modules' || skipped.test(full)) continue;
      const info = statSync(full);
      if (info.isDirectory()) walk(full);
      else if (wanted.test(entry)) hash.update(`${full}\n`).update(readFileSync(full));
    }
  };
  hash.update(readFileSync(join(root, 'package-lock.json')));
  for (const folder of folders) walk(join(root, folder));
  return hash.digest('hex');
}
