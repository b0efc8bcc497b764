import { type GuardedFetch, keyIdOf } from '@lanyard/platform';
import {
  applyPassList,
  type CborValue,
  DocumentError,
  decodeCbor,
  passKeySetMaxBytes,
  passListMaxBytes,
  verifyPassKeySet,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { isRetired, type TrustEntry } from '@lanyard/protocol/trust-list';
import { compressPoint, signerUsage } from '@lanyard/protocol/x509';
import type { HeldList } from '../domain/mirror/mirror-state.js';
import type { ForeignUniversity } from '../domain/trust/trust-state.js';
import { leafUnder } from '../domain/trust/trusted-issuer.js';

/** What came from a university is not what the trust list lets it say. */
export class ForeignDataError extends Error {
  constructor(
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

const TIMEOUT_MS = 5_000;
const MAX_AGGREGATE_BYTES = 8 * 1024 * 1024;
const MAX_LISTS = 64;

/** Fetches key set and pass lists of a university, keeping lists that did not change. @throws ForeignDataError */
export async function fetchUniversity(
  entry: TrustEntry,
  held: ForeignUniversity | undefined,
  parts: { guardedFetch: GuardedFetch; nowSeconds: number },
): Promise<ForeignUniversity> {
  const get = async (address: string, accept: string, maxBytes: number) => {
    const answer = await parts.guardedFetch(address, { headers: { Accept: accept }, timeoutMs: TIMEOUT_MS, maxBytes });
    if (answer.status !== 200) throw new ForeignDataError('foreign-answer-unexpected');
    return answer.body;
  };
  const keySet = await get(entry.passKeysUrl, 'application/cose', passKeySetMaxBytes);
  const known = [...(held?.lists.values() ?? [])]
    .filter(hasShortChain)
    .map(({ list }) => `${list.listNumber}.${list.sequence}`);
  const address = new URL(entry.statusAggregateUrl);
  if (known.length > 0) address.searchParams.set('have', known.join(' '));
  const aggregate = await get(address.href, 'application/cbor', MAX_AGGREGATE_BYTES);
  return openUniversity(entry, { keySet, lists: readAggregate(aggregate) }, held, parts.nowSeconds);
}

/** Opens what was fetched or stored; lists come one upon another, deltas onto what is held. @throws ForeignDataError */
export async function openUniversity(
  entry: TrustEntry,
  fetched: { keySet: Uint8Array; lists: readonly Uint8Array[] },
  held: ForeignUniversity | undefined,
  nowSeconds: number,
): Promise<ForeignUniversity> {
  const { universityCode } = entry;
  const refuse = (cause: unknown) => {
    if (cause instanceof DocumentError)
      throw new ForeignDataError(`foreign-${cause.document}-${cause.code}`, { cause });
    throw cause;
  };
  const keySet = await verifyPassKeySet(fetched.keySet, {
    universityCode,
    nowSeconds,
    crypto: nodeCrypto,
    findSigner: async (certificates) => {
      const leaf = leafUnder(entry.anchors, certificates, nowSeconds, signerUsage('package', entry.issuerUrl));
      if (leaf === undefined) return undefined;
      const compressed = compressPoint(leaf.publicPoint);
      const kid = keyIdOf(compressed).toString('base64url');
      return isRetired(entry, kid) ? undefined : nodeCrypto.importVerifyKey(compressed);
    },
  }).catch(refuse);
  const retired = (kid: Uint8Array) => isRetired(entry, Buffer.from(kid).toString('base64url'));
  const signers = keySet.listSigners.filter((signer) => !retired(signer.kid));
  const lists = new Map<number, HeldList>(held?.lists ?? []);
  for (const cose of fetched.lists) {
    try {
      const applied = applyPassList(nodeCrypto, (_code, number) => lists.get(number)?.list, cose, signers);
      if (!applied.ok || applied.list.universityCode !== universityCode) continue;
      const { list, whole } = applied;
      lists.set(list.listNumber, whole ? { cose, list } : upon(lists.get(list.listNumber), cose, list));
    } catch (cause) {
      refuse(cause);
    }
  }
  for (const [number, { list }] of lists) if (nowSeconds >= list.expiresSeconds) lists.delete(number);
  return {
    universityCode,
    keySetCose: fetched.keySet,
    keySet: { ...keySet, passKeys: keySet.passKeys.filter((signer) => !retired(signer.kid)), listSigners: signers },
    lists,
  };
}

const LONGEST_CHAIN = 64;

/** A chain that has grown longer than the list itself helps no reader: a whole list is asked for. */
function hasShortChain({ cose, deltas = [] }: HeldList): boolean {
  const bytes = deltas.reduce((sum, delta) => sum + delta.cose.length, 0);
  return deltas.length < LONGEST_CHAIN && (deltas.length < 4 || bytes < cose.length);
}

function upon(base: HeldList | undefined, cose: Uint8Array, list: HeldList['list']): HeldList {
  if (base === undefined) throw new TypeError('a delta was applied to nothing');
  return {
    cose: base.cose,
    list,
    deltas: [...(base.deltas ?? []), { baseSequence: base.list.sequence, cose }],
  };
}

/** The aggregate: a CBOR array of signed pass lists. */
function readAggregate(bytes: Uint8Array): Uint8Array[] {
  let item: CborValue;
  try {
    item = decodeCbor(bytes, { maxBytes: MAX_AGGREGATE_BYTES, maxDepth: 2 });
  } catch (cause) {
    throw new ForeignDataError('foreign-aggregate-malformed', { cause });
  }
  const lists = Array.isArray(item) ? (item as readonly CborValue[]) : undefined;
  const fits = lists !== undefined && lists.length <= MAX_LISTS;
  if (!fits || !lists.every((list) => list instanceof Uint8Array && list.length <= passListMaxBytes))
    throw new ForeignDataError('foreign-aggregate-malformed');
  return lists as Uint8Array[];
}
