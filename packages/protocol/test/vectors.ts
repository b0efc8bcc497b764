import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../../testdata/vectors/', import.meta.url);

/** A vector file by its path under testdata/vectors. */
export function readVector<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, root), 'utf8')) as T;
}

/** Names of the files in a folder of testdata/vectors. */
export function vectorFiles(folder: string): string[] {
  return readdirSync(new URL(folder, root)).sort();
}

export const lanyardVectors = new URL('lanyard/', root);
