import { type Clock, type Logger, Refusal } from '@lanyard/platform';
import {
  applyPassList,
  applyPeoplePart,
  keyDay,
  keyDayStartSeconds,
  type PassList,
  type PeopleState,
  verifyPeoplePart,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { type HeldList, indexSigners, type MirrorState } from '../domain/mirror/mirror-state.js';
import type { MirrorStore } from '../storage/mirror-store.js';
import type { IssuerClient } from './issuer-client.js';

/** A genuine part that does not fit; the mirror keeps what it has. */
export class MirrorRefusalError extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

export interface Mirror {
  state(): MirrorState;
  /** Brings people and pass lists up to date; true when something changed. @throws when the issuer is away */
  sync(): Promise<boolean>;
  /** Replaces the pinned signers by the issuer's present ones. */
  replaceSigners(): Promise<void>;
  /**
   * The signed people part that leads to exactly `sequence`: a delta from `from`, or the whole table. Undefined when
   * the issuer has moved on meanwhile; the mirror has moved with it then. @throws when the issuer is away
   */
  givePart(from: number | undefined, sequence: number): Promise<Uint8Array | undefined>;
  /** Computes ahead what today's, and shortly before the change of day tomorrow's codes need. */
  prepare(): Promise<void>;
}

const PREPARE_AHEAD_SECONDS = 600;
const SLICE_ROWS = 2_000;
const KEPT_GIVEN = 32;

/** Opens the mirror from what was stored; the issuer is not needed for that. */
export async function openMirror(parts: {
  store: MirrorStore;
  client: IssuerClient;
  universityCode: string;
  clock: Clock;
  log: Logger;
  onChange: () => void;
}): Promise<Mirror> {
  const { store, client, universityCode, clock, log } = parts;
  let state: MirrorState = { keys: undefined, people: undefined, lists: new Map() };
  let queue: Promise<unknown> = Promise.resolve();
  const given = new Map<string, Uint8Array>();

  const stored = await store.read();
  if (stored !== undefined) {
    state = { ...state, keys: indexSigners(stored.signers, universityCode) };
    for (const part of await store.readParts()) {
      try {
        state = { ...state, people: open(part.cose) };
      } catch (error) {
        // Signed by a signer that was replaced meanwhile: the issuer gives it anew.
        log.warn('mirror.stored-part-refused', { sequence: part.sequence, detail: String(error) });
      }
    }
    state = { ...state, lists: openLists(await store.readLists()) };
  }

  /** Verifies a part under the pinned signers and applies it. */
  function open(cose: Uint8Array, have = state.people): PeopleState {
    const part = verifyPeoplePart(nodeCrypto, cose, state.keys?.peopleSigners ?? []);
    if (part.universityCode !== universityCode) throw new MirrorRefusalError('other-university');
    const applied = applyPeoplePart(nodeCrypto, have, part);
    if (!applied.ok) throw new MirrorRefusalError(applied.refusal);
    return applied.people;
  }

  function openLists(documents: readonly Uint8Array[]): Map<number, HeldList> {
    const lists = new Map<number, HeldList>();
    for (const cose of documents) {
      const applied = applyPassList(nodeCrypto, () => undefined, cose, state.keys?.statusKeys ?? []);
      if (!applied.ok || applied.list.expiresSeconds <= clock.nowSeconds()) continue;
      lists.set(applied.list.listNumber, { cose, list: applied.list });
    }
    return lists;
  }

  async function syncPeople(): Promise<boolean> {
    const { people } = state;
    let cose = await client.fetchPeoplePart(people?.sequence);
    if (cose === undefined) return false;
    let next: PeopleState;
    let base = baseOf(cose);
    try {
      next = open(cose);
    } catch (error) {
      if (!(error instanceof MirrorRefusalError) || base === undefined) throw error;
      log.warn('mirror.delta-refused', { code: error.code });
      cose = await client.fetchPeoplePart(undefined);
      if (cose === undefined) return false;
      base = undefined;
      next = open(cose);
    }
    await store.savePart({ sequence: next.sequence, baseSequence: base, cose });
    remember(base, next.sequence, cose);
    state = { ...state, people: next };
    return true;
  }

  function baseOf(cose: Uint8Array): number | undefined {
    const part = verifyPeoplePart(nodeCrypto, cose, state.keys?.peopleSigners ?? []);
    return part.kind === 'delta' ? part.baseSequence : undefined;
  }

  async function syncLists(): Promise<boolean> {
    const lists = openLists(await client.fetchPassLists());
    for (const [number, { list }] of state.lists) {
      const next = lists.get(number)?.list;
      // An older list than ours says less against people: keep what we have, and say so.
      if (next !== undefined && isOlder(next, list)) throw new MirrorRefusalError('pass-list-older');
    }
    const changed =
      lists.size !== state.lists.size ||
      [...lists].some(([number, { list }]) => {
        const had = state.lists.get(number)?.list;
        return had?.sequence !== list.sequence || had.issuedAtSeconds !== list.issuedAtSeconds;
      });
    if (!changed) return false;
    await store.saveLists(
      [...lists.values()].map(({ cose, list }) => ({ listNumber: list.listNumber, sequence: list.sequence, cose })),
    );
    state = { ...state, lists };
    return true;
  }

  function remember(from: number | undefined, sequence: number, cose: Uint8Array): void {
    if (given.size >= KEPT_GIVEN) given.delete(given.keys().next().value ?? '');
    given.set(`${from ?? ''}-${sequence}`, cose);
  }

  async function syncNow(): Promise<boolean> {
    if (state.keys === undefined) await replaceNow();
    const people = await syncPeople();
    const lists = await syncLists();
    if (people || lists) parts.onChange();
    return people || lists;
  }

  async function replaceNow(): Promise<void> {
    const signers = await client.fetchSigners();
    await store.saveSigners(signers);
    state = { ...state, keys: indexSigners(signers, universityCode) };
    parts.onChange();
  }

  async function give(from: number | undefined, sequence: number): Promise<Uint8Array | undefined> {
    if (state.people?.sequence !== sequence) return undefined;
    const kept = given.get(`${from ?? ''}-${sequence}`) ?? (await store.findPart(sequence, from));
    if (kept !== undefined) return kept;
    const cose = await fetchOrStored(from, sequence);
    if (cose === undefined) return undefined;
    const part = verifyPeoplePart(nodeCrypto, cose, state.keys?.peopleSigners ?? []);
    if (part.sequence !== sequence) {
      await syncNow();
      return undefined;
    }
    const base = part.kind === 'delta' ? part.baseSequence : undefined;
    await store.savePart({ sequence, baseSequence: base, cose });
    remember(base, sequence, cose);
    if (base === undefined) remember(from, sequence, cose);
    // The issuer may answer a whole table where a delta would be no shorter: it fits every reader.
    return base === undefined || base === from ? cose : undefined;
  }

  /** Without the issuer a reader gets the whole table where a delta cannot be made. */
  async function fetchOrStored(from: number | undefined, sequence: number): Promise<Uint8Array | undefined> {
    try {
      return await client.fetchPeoplePart(from);
    } catch (cause) {
      const stored = await store.findPart(sequence, undefined);
      if (stored === undefined) throw new Refusal('people-part-unavailable', { cause });
      return stored;
    }
  }

  /** One after the other: each builds on the one before. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = queue.then(work);
    queue = next.catch(() => {});
    return next;
  }

  return {
    state: () => state,
    sync: () => inTurn(syncNow),
    replaceSigners: () => inTurn(replaceNow),
    givePart: (from, sequence) => inTurn(() => give(from, sequence)),
    async prepare() {
      const now = clock.nowSeconds();
      const table = state.people?.table;
      if (table === undefined) return;
      const today = keyDay(now);
      const days = keyDayStartSeconds(today + 1) - now <= PREPARE_AHEAD_SECONDS ? [today, today + 1] : [today];
      for (const day of days) while (!table.prepareDay(day, SLICE_ROWS)) await nextTurn();
      while (!table.prepareKeys(SLICE_ROWS / 10)) await nextTurn();
    },
  };
}

function isOlder(next: PassList, had: PassList): boolean {
  return next.sequence < had.sequence || (next.sequence === had.sequence && next.issuedAtSeconds < had.issuedAtSeconds);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
