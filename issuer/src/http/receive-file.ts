import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '@lanyard/platform';
import type { IssuerCode } from '../problems.js';

export interface ReceivedFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256. */
  readonly digest: Buffer;
}

/**
 * Takes a whole upload into a private file and hands that over; the file is gone afterwards. What is too large is cut off
 * on its way. @throws Refusal `tooLarge`, `client-went-away`
 */
export async function withReceivedFile<T>(
  request: IncomingMessage,
  limit: { readonly maxBytes: number; readonly tooLarge: IssuerCode | 'body-too-large' },
  work: (file: ReceivedFile) => Promise<T>,
): Promise<T> {
  const path = join(tmpdir(), `lanyard-upload-${randomBytes(8).toString('hex')}`);
  try {
    return await work({ path, ...(await receive(request, path, limit)) });
  } finally {
    await rm(path, { force: true });
  }
}

async function receive(
  request: IncomingMessage,
  path: string,
  { maxBytes, tooLarge }: { readonly maxBytes: number; readonly tooLarge: IssuerCode | 'body-too-large' },
): Promise<{ bytes: number; digest: Buffer }> {
  let bytes = 0;
  const hash = createHash('sha256');
  const cutOff = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > maxBytes ? new Refusal(tooLarge) : null, chunk);
    },
  });
  try {
    await pipeline(Readable.from(request), cutOff, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('client-went-away', { cause: error });
  }
  return { bytes, digest: hash.digest() };
}
