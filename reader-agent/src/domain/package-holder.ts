import {
  type AcceptPackageResult,
  acceptPackage,
  type CryptoPort,
  keyDay,
  type PackageState,
  type PinnedSigners,
} from '@lanyard/protocol';

/** Keeps a package over restarts; `save` is durable when its promise resolves. */
export interface PackageStore {
  load(): PackageState | undefined;
  save(state: PackageState): Promise<void>;
}

export interface PackageHolder {
  readonly state: PackageState | undefined;
  /** Takes an envelope if it may replace what is there; the table is swapped at once, after it is stored and indexed. */
  take(
    envelope: Uint8Array,
    offer: { readonly full: boolean; readonly pinned: PinnedSigners; readonly checkpointId: string },
  ): Promise<AcceptPackageResult>;
  /** Indexes what is stored, so that the first code is as fast as any. */
  prepare(): Promise<void>;
  /** Prepares what the next minutes need, and moves link keys on to the new day; call it every minute. */
  keepUp(): Promise<void>;
}

const rowsPerSlice = 400;
const keysPerSlice = 60;
const readyBeforeSeconds = 600;
/** The issuer makes parts of the old day for 300 s; after that, and after every acceptable code, old keys go. */
const keepOldDaySeconds = 360;
const oldestCodeSeconds = 60;

/** @param pause gives other work a turn between slices, so that a verdict never waits for a table. */
export function createPackageHolder(options: {
  crypto: CryptoPort;
  store: PackageStore;
  nowSeconds: () => number;
  pause: () => Promise<void>;
  onChanged: () => void;
}): PackageHolder {
  const { crypto, store, nowSeconds, pause } = options;
  let state = store.load();

  async function prepare(next: PackageState): Promise<void> {
    const now = nowSeconds();
    for (const day of new Set([keyDay(now - oldestCodeSeconds), keyDay(now), keyDay(now + readyBeforeSeconds)])) {
      while (!next.people.table.prepareDay(day, rowsPerSlice)) await pause();
    }
  }
  function swap(next: PackageState): void {
    state = next;
    options.onChanged();
  }

  return {
    get state() {
      return state;
    },
    async take(envelope, { full, pinned, checkpointId }) {
      const input = { envelope, checkpointId, nowSeconds: nowSeconds() };
      const have = state;
      const result =
        full && have !== undefined
          ? takeWhole(crypto, have, input)
          : acceptPackage(crypto, { ...input, have, pinned: have?.pinned ?? pinned });
      if (!result.ok) return result;
      await prepare(result.state);
      await store.save(result.state);
      swap(result.state);
      return result;
    },
    async prepare() {
      if (state !== undefined) await prepare(state);
    },
    async keepUp() {
      if (state === undefined) return;
      await prepare(state);
      const day = keyDay(nowSeconds() - keepOldDaySeconds);
      const before = state;
      if (before.people.table.keyDay < day) {
        const table = before.people.table.advanceTo(day);
        const moved = { ...before, people: { ...before.people, table } };
        await store.save(moved);
        if (state === before) swap(moved);
      }
      const { table } = state.people;
      while (!table.prepareKeys(keysPerSlice)) await pause();
    },
  };
}

/**
 * A whole package in place of one whose delta did not fit. It may name the same people as before, so it is checked as
 * if nothing were there, under the pins in force; but nothing may go back.
 */
function takeWhole(
  crypto: CryptoPort,
  have: PackageState,
  input: { readonly envelope: Uint8Array; readonly checkpointId: string; readonly nowSeconds: number },
): AcceptPackageResult {
  const result = acceptPackage(crypto, { ...input, have: undefined, pinned: have.pinned });
  if (!result.ok) return result;
  const { checkpoint, people } = result.state;
  const higher = checkpoint.sequence > have.checkpoint.sequence && people.sequence >= have.people.sequence;
  if (higher) return result;
  return { ok: false, refusal: 'sequence-not-higher', detail: `${checkpoint.sequence} in a whole package` };
}
