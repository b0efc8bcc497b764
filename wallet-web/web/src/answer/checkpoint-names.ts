import { encodeBase64url } from '@lanyard/protocol';
import type { WalletContext } from '../app/page.js';
import type { CheckpointNames } from '../storage/kept.js';

const WAIT_MS = 2_500;
const MOST = 1_000;

export interface KnownCheckpoint {
  readonly zh: string;
  readonly en: string;
}

/**
 * The university's own name for a checkpoint number; undefined for one it does not have. Names are asked for anew where
 * the number is not among those kept; without a network what is kept decides.
 */
export async function findCheckpoint(
  wallet: Pick<WalletContext, 'config' | 'db' | 'clock'>,
  number: Uint8Array,
): Promise<KnownCheckpoint | undefined> {
  const { checkpoints } = await wallet.db.read('checkpoints');
  const wanted = encodeBase64url(number);
  const known = checkpoints?.names[wanted];
  if (known !== undefined) return known;
  const fresh = await fetchNames(wallet.config.verifier, wallet.clock.nowMs()).catch(() => undefined);
  if (fresh === undefined) return undefined;
  await wallet.db.keep('checkpoints', fresh);
  return fresh.names[wanted];
}

async function fetchNames(verifier: string, nowMs: number): Promise<CheckpointNames> {
  const response = await fetch(`${verifier}/v1/checkpoint-names`, { signal: AbortSignal.timeout(WAIT_MS) });
  if (!response.ok) throw new TypeError('no names');
  return parseNames(await response.json(), nowMs);
}

/** @throws TypeError where it is not what the verifier answers */
export function parseNames(body: unknown, nowMs: number): CheckpointNames {
  const list = (body as { checkpoints?: unknown } | null)?.checkpoints;
  if (!Array.isArray(list) || list.length > MOST) throw new TypeError('not a list of names');
  const names: Record<string, KnownCheckpoint> = {};
  for (const item of list as Record<string, unknown>[]) {
    const { number, name_zh: zh, name_en: en } = item;
    if (typeof number !== 'string' || !/^[A-Za-z0-9_-]{11}$/.test(number)) throw new TypeError('number');
    if (typeof zh !== 'string' || typeof en !== 'string') throw new TypeError('name');
    names[number] = { zh, en };
  }
  return { names, receivedAtMs: nowMs };
}
