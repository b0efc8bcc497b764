import { readFileSync } from 'node:fs';

const KEPT_MS = 1_000;

/**
 * Looks the operator token's digest up in its file. The token may be made, changed or taken away while a service runs,
 * so the answer is kept for a second only.
 */
export function createOperatorTokenDigest(path: string, nowMs: () => number): () => string | undefined {
  let kept: string | undefined;
  let untilMs = 0;
  return () => {
    if (nowMs() < untilMs) return kept;
    kept = read(path);
    untilMs = nowMs() + KEPT_MS;
    return kept;
  };
}

function read(path: string): string | undefined {
  if (path === '') return undefined;
  try {
    const digest = readFileSync(path, 'utf8').trim();
    return /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
  } catch {
    return undefined;
  }
}
