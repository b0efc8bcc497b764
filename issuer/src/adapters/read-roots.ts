import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads the roots of this installation whenever they are asked for: `keys init` may come after the start. */
export function createRootReader(path: string): () => readonly Uint8Array[] {
  return () => {
    if (path === '' || !existsSync(path)) return [];
    const blocks = readFileSync(path, 'utf8').match(PEM) ?? [];
    return blocks.map((block) => new Uint8Array(new X509Certificate(block).raw));
  };
}
