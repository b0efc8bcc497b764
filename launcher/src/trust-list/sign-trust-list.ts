import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeDurably } from '@lanyard/platform';
import { encodeBase64url, equalBytes } from '@lanyard/protocol';
import { createSigner, type NodeKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import {
  acceptTrustList,
  assembleTrustList,
  pinTrustListOperator,
  prepareTrustList,
  readTrustList,
  type TrustAnchor,
  type TrustList,
  TrustListError,
} from '@lanyard/protocol/trust-list';
import { CommandRefusal } from '../client/call-service.js';

const DAY_SECONDS = 86_400;

/** An entry as it is on the wire; its other members go through as they are. */
export interface ListedUniversity {
  university_code: string;
  state: string;
  [member: string]: unknown;
}

/** Signs the list that follows the one in `file` and puts it in its place. The draft is written before it is signed. */
export function signNextTrustList(parts: {
  file: string;
  entries: readonly object[];
  key: NodeKeyPair;
  /** The key that will sign later, once readers have heard of it. Without one an earlier announcement goes on. */
  nextKey: NodeKeyPair | undefined;
  nowSeconds: number;
}): TrustList & { compact: string } {
  const { file, nowSeconds } = parts;
  const previous = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  const before = previous === undefined ? undefined : readSigned(previous);
  const announced = parts.nextKey === undefined ? before?.nextKeyDigest : nodeCrypto.sha256(parts.nextKey.compressed);
  const itself = nodeCrypto.sha256(parts.key.compressed);
  const payload = {
    sequence: (before?.sequence ?? 0) + 1,
    iat: nowSeconds,
    next_update: nowSeconds + DAY_SECONDS,
    exp: nowSeconds + 30 * DAY_SECONDS,
    ...(previous === undefined ? {} : { previous: encodeBase64url(createHash('sha256').update(previous).digest()) }),
    ...(announced === undefined || equalBytes(announced, itself) ? {} : { next_key: encodeBase64url(announced) }),
    universities: parts.entries,
  };
  const list = refusing(() => readTrustList(JSON.parse(JSON.stringify(payload)) as never));
  const prepared = prepareTrustList(list, parts.key.jwk as never);
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeDurably(`${file}.draft`, Buffer.from(JSON.stringify(payload)));
  const compact = assembleTrustList(prepared, createSigner(parts.key.privateKey)(prepared.signingInput));
  writeDurably(file, Buffer.from(`${compact}\n`));
  return { ...list, compact };
}

/** Checks a list as a reader would that has `operatorKey` pinned, and `before` taken if there is one. */
export function checkTrustList(
  compact: string,
  operatorKey: Uint8Array,
  before: string | undefined,
  nowSeconds: number,
): TrustList {
  let state: TrustAnchor = pinTrustListOperator(operatorKey, nodeCrypto.sha256);
  return refusing(() => {
    if (before !== undefined) ({ state } = acceptTrustList(before, state, { nowSeconds, crypto: nodeCrypto }));
    return acceptTrustList(compact, state, { nowSeconds, crypto: nodeCrypto }).list;
  });
}

/** The entries of the list in `file` as they were signed; none where there is no list yet. */
export function entriesOf(file: string): ListedUniversity[] {
  if (!existsSync(file)) return [];
  const { universities } = payloadOf(readFileSync(file, 'utf8').trim()) as { universities: ListedUniversity[] };
  return universities;
}

/** Our own last list: what it says was checked when it was signed. */
function readSigned(compact: string): TrustList {
  return refusing(() => readTrustList(payloadOf(compact) as never));
}

function payloadOf(compact: string): unknown {
  const [, payload = ''] = compact.split('.');
  return refusing(() => JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
}

function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TrustListError) throw new CommandRefusal(error.code, error.message, error);
    if (error instanceof SyntaxError) throw new CommandRefusal('trust-list-malformed', error.message, error);
    throw error;
  }
}
