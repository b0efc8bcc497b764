import type { Clock } from '@lanyard/platform';
import { createPassList, createPassListDelta } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { PassListStateStore } from '../storage/credentials/pass-list-state-store.js';
import type { StatusListState, StatusStore } from '../storage/credentials/status-store.js';
import { createSignedCache, LIST_LIFE_SECONDS } from './signed-cache.js';
import type { Signers } from './signers.js';

/** Which sequence of which list a reader has. */
export type HeldSequences = ReadonlyMap<number, number>;

/** Signs pass lists, whole or as what changed since a state that was signed before. */
export function createPassListSigner(deps: {
  statuses: StatusStore;
  states: PassListStateStore;
  signers: Signers;
  universityCode: string;
  clock: Clock;
}) {
  const signed = createSignedCache<Uint8Array>();

  const headOf = (list: StatusListState, nowSeconds: number) => ({
    universityCode: deps.universityCode,
    listNumber: list.id,
    sequence: list.version,
    issuedAtSeconds: nowSeconds,
    nextUpdateSeconds: nowSeconds + LIST_LIFE_SECONDS,
    expiresSeconds: list.expiresAtSeconds,
    size: list.size,
  });

  async function whole(list: StatusListState): Promise<Uint8Array> {
    const now = deps.clock.nowSeconds();
    const signer = deps.signers.active('status');
    return signed.get(String(list.id), list, signer, now, async () => {
      const entries = await deps.statuses.readEntries(list.id);
      await deps.states.record(list, entries);
      return createPassList({ ...headOf(list, now), ...entries }, signer);
    });
  }

  async function since(list: StatusListState, baseSequence: number): Promise<Uint8Array | undefined> {
    const now = deps.clock.nowSeconds();
    const signer = deps.signers.active('status');
    const before = await deps.states.find(list, baseSequence);
    if (before === undefined) return undefined;
    return signed.get(`${list.id} ${baseSequence}`, list, signer, now, async () => {
      const after = await deps.statuses.readEntries(list.id);
      await deps.states.record(list, after);
      return createPassListDelta(nodeCrypto, { ...headOf(list, now), baseSequence, before, after }, signer);
    });
  }

  return {
    /** Lists that are alive, each as signed; what the reader has already is left out, or told as a delta. */
    async lists(held: HeldSequences): Promise<{ list: StatusListState; cose: Uint8Array }[]> {
      const answers = [];
      for (const list of await deps.statuses.listPassLists()) {
        const have = held.get(list.id);
        if (have === list.version) continue;
        const delta = have === undefined || have > list.version ? undefined : await since(list, have);
        answers.push({ list, cose: delta ?? (await whole(list)) });
      }
      return answers;
    },
  };
}
export type PassListSigner = ReturnType<typeof createPassListSigner>;
