import { existsSync, readFileSync } from 'node:fs';

/** Reads the operator token's digest anew at each use: it may be made, changed or taken away while a service runs. */
export function readOperatorTokenDigest(path: string): string | undefined {
  if (path === '' || !existsSync(path)) return undefined;
  const digest = readFileSync(path, 'utf8').trim();
  return /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}
