import type { Clock } from '@lanyard/platform';
import {
  type DeterminedStatus,
  determineStatus,
  type StatusReference,
  type VerifiedStatusList,
  verifyStatusListToken,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { inflateZlib } from '@lanyard/protocol/node-zlib';
import type { IssuerKeys } from '../domain/mirror/mirror-state.js';

const MAX_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 3_000;
const DEFAULT_TTL_SECONDS = 60;
const KEPT_LISTS = 50;

/**
 * Status lists of our own issuer, fetched when needed and kept for their ttl (Token Status List §13.7). Only addresses
 * below the issuer's URL are fetched, whatever a credential names.
 */
export function createStatusLists(parts: { issuerUrl: string; keys: () => IssuerKeys | undefined; clock: Clock }) {
  const kept = new Map<string, { list: Promise<VerifiedStatusList>; untilSeconds: number }>();

  async function load(uri: string): Promise<VerifiedStatusList> {
    const response = await fetch(uri, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { Accept: 'application/statuslist+jwt' },
    });
    if (response.status !== 200) throw new Error(`status list: ${response.status}`);
    const list = verifyStatusListToken(await readText(response), {
      uri,
      findKey: ({ header }) => parts.keys()?.findStatusKey(header.kid)?.key,
      nowSeconds: parts.clock.nowSeconds(),
      crypto: nodeCrypto,
      inflate: inflateZlib,
    });
    const entry = kept.get(uri);
    if (entry !== undefined) entry.untilSeconds = parts.clock.nowSeconds() + (list.ttlSeconds ?? DEFAULT_TTL_SECONDS);
    return list;
  }

  return {
    async findStatus(reference: StatusReference): Promise<DeterminedStatus> {
      const { uri } = reference;
      const now = parts.clock.nowSeconds();
      const list =
        uri.startsWith(`${parts.issuerUrl}/status-lists/`) && !uri.includes('..') ? listOf(uri, now) : undefined;
      try {
        const found = await list;
        if (found === undefined) return { status: 'undetermined', code: 'status-list-unavailable' };
        return determineStatus(reference, () => found);
      } catch (error) {
        return determineStatus(reference, () => {
          throw error;
        });
      }
    },
    /** After a change at the issuer, so that it counts at once and not after the ttl. */
    forget: () => kept.clear(),
  };

  function listOf(uri: string, nowSeconds: number): Promise<VerifiedStatusList> {
    const entry = kept.get(uri);
    if (entry !== undefined && entry.untilSeconds > nowSeconds) return entry.list;
    if (kept.size >= KEPT_LISTS) kept.clear();
    const made = { list: load(uri), untilSeconds: nowSeconds + 10 };
    kept.set(uri, made);
    // What could not be fetched is tried again by the next one who asks.
    made.list.catch(() => {
      if (kept.get(uri) === made) kept.delete(uri);
    });
    return made.list;
  }
}
export type StatusLists = ReturnType<typeof createStatusLists>;

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error('status list: too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
