import type { ReaderAnchors } from '../storage/kept.js';
import type { WalletDb } from '../storage/wallet-db.js';
import type { Clock } from '../time/corrected-clock.js';
import { ask, readJson, ServiceRefusal } from './refusal.js';

const MAX_ANCHORS = 32;
const MAX_CHARACTERS = 8192;

/** Fetches and keeps the roots of the verifiers that our own issuer stands for. @throws ServiceRefusal, NoAnswer */
export async function refreshReaderAnchors(db: WalletDb, issuer: string, clock: Clock): Promise<ReaderAnchors> {
  const body = await readJson<{ reader?: unknown }>(await ask(`${issuer}/v1/anchors`));
  const reader = body.reader;
  if (!Array.isArray(reader) || reader.length > MAX_ANCHORS || !reader.every(isAnchor)) {
    throw new ServiceRefusal(200, 'anchors-invalid');
  }
  const anchors = { reader, receivedAtMs: clock.nowMs() };
  await db.keep('anchors', anchors);
  return anchors;
}

function isAnchor(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_CHARACTERS && /^[A-Za-z0-9+/]+={0,2}$/.test(value);
}
