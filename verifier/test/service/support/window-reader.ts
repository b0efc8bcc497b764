import { entryHash } from '../../../src/domain/passages/check-journal.js';
import type { PassageEntry } from '../../../src/domain/passages/passage-entry.js';
import { nowSeconds } from './stand-in-issuer.js';
import type { TestVerifier } from './start-verifier.js';

/** Journal entries as a window's own reader writes and sends them; of a campus card and of `row` where nothing else is said. */
export function createWindowReader(
  { client }: Pick<Awaited<ReturnType<TestVerifier['enrolAgent']>>, 'client'>,
  row: number,
) {
  let sequence = 0;
  let previous = Buffer.alloc(32).toString('base64url');
  return async (change: Partial<PassageEntry> = {}) => {
    sequence += 1;
    const body = {
      ...{ sequence, at: nowSeconds(), verdict: 'accepted' as const, reason: null, scheme: 'nfc-b' as const },
      ...{ row, marks: [], previous, ...change },
    };
    const entry = { ...body, hash: entryHash(body) };
    previous = entry.hash;
    await client.json('/v1/passages', { method: 'POST', body: { entries: [entry] } });
    return entry;
  };
}
