import { existsSync, readFileSync } from 'node:fs';
import { certificatesOfPem } from '@lanyard/platform';

/** Reads the roots of this installation whenever they are asked for: `keys init` may come after the start. */
export function createRootReader(path: string): () => readonly Uint8Array[] {
  return () => (path === '' || !existsSync(path) ? [] : certificatesOfPem(readFileSync(path, 'utf8')));
}
