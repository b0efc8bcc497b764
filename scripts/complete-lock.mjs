// Adds the binaries of other platforms that a registry mirror does not hold to package-lock.json, as entries that name
// platform and version only: `npm ci` wants them listed, installs none of them here, and fetches them where they fit.
// Run after each change of dependencies.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
const SYSTEMS = {
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  aix: 'aix',
  win32: 'win32',
  windows: 'win32',
};
const PROCESSORS = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'];

let added = 0;
for (const [place, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${place}/node_modules/${name}`;
    const top = `node_modules/${name}`;
    if (lock.packages[nested] !== undefined || lock.packages[top] !== undefined) continue;
    const words = name.split(/[/@_-]/);
    const system = words.map((word) => SYSTEMS[word]).find(Boolean);
    const processor = PROCESSORS.find((known) => words.includes(known));
    if (system === undefined) continue;
    lock.packages[top] = {
      version: range.replace(/^[\^~]/, ''),
      ...(processor === undefined ? {} : { cpu: [processor] }),
      ...(entry.dev ? { dev: true } : {}),
      ...(name.includes('musl')
        ? { libc: ['musl'] }
        : name.includes('gnu') && system === 'linux'
          ? { libc: ['glibc'] }
          : {}),
      optional: true,
      os: [system],
    };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} entries added`);
