import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Two launchers on one home would fight over its processes. Returns a function that gives the home free. */
export function lockHome(home: string): () => void {
  const path = join(home, 'launcher.pid');
  const holder = readHolder(path);
  if (holder !== undefined && holder !== process.pid && isAlive(holder)) {
    throw new Error(
      `This installation is already up (process ${holder}). Stop it first, or choose another LANYARD_HOME.`,
    );
  }
  const file = openSync(path, 'w', 0o600);
  writeSync(file, String(process.pid));
  closeSync(file);
  return () => {
    if (readHolder(path) === process.pid) rmSync(path, { force: true });
  };
}

function readHolder(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return /launcher|lanyard|start\.mjs/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}
