import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';

/** How the server's programs are started so that they do not run as root, which PostgreSQL refuses. */
export interface ServerAccount {
  /** Wraps a program and its arguments. */
  command(program: string, args: string[]): [string, string[]];
  /** Options for spawn. */
  ids: { uid?: number; gid?: number };
  /** Makes a folder the server's own. */
  own(path: string): void;
}

const SELF: ServerAccount = { command: (program, args) => [program, args], ids: {}, own: () => {} };

/**
 * Chooses an account that can reach `paths` (all must exist). Not root: this account. Root: the system's `postgres` or
 * `nobody` account where it can reach the paths, else a user namespace in which this process is not root.
 * Returns undefined where none of these can be had.
 */
export function chooseServerAccount(paths: string[]): ServerAccount | undefined {
  if (process.getuid?.() !== 0) return SELF;
  for (const name of ['postgres', 'nobody']) {
    const ids = findIds(name);
    if (ids !== undefined && paths.every((path) => canReach(path, ids))) {
      return {
        command: (program, args) => [program, args],
        ids,
        own: (path) => chownSync(path, ids.uid, ids.gid),
      };
    }
  }
  const wrap = ['-U', '--map-user=1000', '--map-group=1000', '--'];
  if (spawnSync('unshare', [...wrap, 'true']).status === 0) {
    return { command: (program, args) => ['unshare', [...wrap, program, ...args]], ids: {}, own: () => {} };
  }
  return undefined;
}

function findIds(name: string): { uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const fields = line?.split(':');
  if (fields?.[2] === undefined || fields[3] === undefined) return undefined;
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

function canReach(path: string, ids: { uid: number; gid: number }): boolean {
  return spawnSync('test', ['-x', path], { ...ids, cwd: '/' }).status === 0;
}
