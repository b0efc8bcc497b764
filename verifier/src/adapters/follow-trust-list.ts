import {
  type Clock,
  type GuardedFetch,
  type Logger,
  openTrustList,
  type TrustListSource,
  type TrustProblem,
} from '@lanyard/platform';
import type { TrustEntry } from '@lanyard/protocol/trust-list';
import { documentsOf, type ForeignUniversity, NO_TRUST, type TrustState } from '../domain/trust/trust-state.js';
import type { TrustStore } from '../storage/trust-store.js';
import { ForeignDataError, fetchUniversity, openUniversity } from './fetch-university.js';

const AT_ONCE = 4;
const LOOK_AGAIN_SECONDS = 5;

export interface TrustFollower {
  state(): TrustState;
  /** Looks at the list and at what its universities publish; what cannot be had leaves what is held in force. */
  refresh(): Promise<void>;
  /** Refreshes soon, at most every five seconds: a pass names a list of another university that is not here yet. */
  lookAgain(): void;
  /** Of the list under the name `list`, of a university under its code; gone after the next good look. */
  problems(): ReadonlyMap<string, TrustProblem>;
}

/**
 * Follows the trust list (docs/formats.md) and the key sets and pass lists of its universities. Everything taken is
 * stored as it was signed, so a restart without a network decides as before.
 */
export async function followTrustList(parts: {
  /** Undefined where there is no list. */
  source: TrustListSource | undefined;
  localAnchors: readonly Uint8Array[];
  ownUniversityCode: string;
  store: TrustStore;
  guardedFetch: GuardedFetch;
  clock: Clock;
  log: Logger;
  onChange: () => void;
}): Promise<TrustFollower> {
  const { store, clock, log, source } = parts;
  const problems = new Map<string, TrustProblem>();
  let state: TrustState = { ...NO_TRUST, localAnchors: parts.localAnchors };
  if (source === undefined)
    return { state: () => state, refresh: async () => {}, lookAgain: () => {}, problems: () => problems };
  const reader = await openTrustList({ ...parts, source });
  let going: Promise<void> | undefined;
  let lookedSeconds = Number.NEGATIVE_INFINITY;

  const foreign = (entries: readonly TrustEntry[]) =>
    entries.filter((entry) => entry.state === 'active' && entry.universityCode !== parts.ownUniversityCode);

  await restore();
  return {
    state: () => state,
    problems: () => problems,
    refresh,
    lookAgain() {
      if (clock.nowSeconds() - lookedSeconds < LOOK_AGAIN_SECONDS) return;
      lookedSeconds = clock.nowSeconds();
      refresh().catch((error: Error) => log.warn('trust-list.look-failed', { detail: error.message }));
    },
  };

  function refresh(): Promise<void> {
    going ??= refreshNow().finally(() => {
      going = undefined;
    });
    return going;
  }

  async function restore(): Promise<void> {
    const list = reader.list();
    if (list === undefined) return;
    const universities = new Map<string, ForeignUniversity>();
    const kept = new Map((await store.readUniversities()).map((one) => [one.universityCode, one]));
    for (const entry of foreign(list.entries)) {
      const one = kept.get(entry.universityCode);
      const opened = one && (await openUniversity(entry, one, undefined, clock.nowSeconds()).catch(() => undefined));
      if (opened !== undefined) universities.set(entry.universityCode, opened);
    }
    state = { ...state, list, universities };
  }

  async function refreshNow(): Promise<void> {
    const before = state;
    await reader.look();
    const listProblem = reader.problem();
    if (listProblem === undefined) problems.delete('list');
    else problems.set('list', listProblem);
    const list = reader.list();
    if (list === undefined) return;
    const wanted = foreign(list.entries);
    const universities = new Map<string, ForeignUniversity>();
    for (let at = 0; at < wanted.length; at += AT_ONCE) {
      await Promise.all(
        wanted.slice(at, at + AT_ONCE).map(async (entry) => {
          const one = await refreshUniversity(entry, before.universities.get(entry.universityCode));
          if (one !== undefined) universities.set(entry.universityCode, one);
        }),
      );
    }
    for (const name of problems.keys())
      if (name !== 'list' && !wanted.some((entry) => entry.universityCode === name)) problems.delete(name);
    const ordered = new Map([...universities].sort(([a], [b]) => (a < b ? -1 : 1)));
    if (list === before.list && same(before.universities, ordered)) return;
    state = { ...state, list, universities: ordered };
    await store.dropUniversities([...ordered.keys()]);
    parts.onChange();
  }

  async function refreshUniversity(
    entry: TrustEntry,
    held: ForeignUniversity | undefined,
  ): Promise<ForeignUniversity | undefined> {
    const nowSeconds = clock.nowSeconds();
    try {
      const fetched = await fetchUniversity(entry, held, { guardedFetch: parts.guardedFetch, nowSeconds });
      problems.delete(entry.universityCode);
      if (held !== undefined && sameUniversity(held, fetched)) return held;
      await store.saveUniversity(fetched, fetched.lists.values());
      return fetched;
    } catch (error) {
      note(entry.universityCode, error instanceof ForeignDataError ? error.code : 'foreign-unreachable', error);
      if (held === undefined) return undefined;
      // What is held is judged again: an anchor or a signer may have gone since.
      const lists = [...held.lists.values()].flatMap(documentsOf);
      return openUniversity(entry, { keySet: held.keySetCose, lists }, undefined, nowSeconds)
        .then((again) => (sameUniversity(held, again) ? held : again))
        .catch(() => undefined);
    }
  }

  function note(name: string, code: string, error: unknown): void {
    if (problems.get(name)?.code !== code)
      log.warn('trust-list.problem', { subject: name, code, detail: error instanceof Error ? error.message : '' });
    problems.set(name, { code, atSeconds: clock.nowSeconds() });
  }
}

function same(a: ReadonlyMap<string, ForeignUniversity>, b: ReadonlyMap<string, ForeignUniversity>): boolean {
  return a.size === b.size && [...b].every(([code, one]) => a.get(code) === one);
}

function sameUniversity(a: ForeignUniversity, b: ForeignUniversity): boolean {
  const lists = (one: ForeignUniversity) =>
    [...one.lists.values()].map(({ list }) => [list.listNumber, list.sequence, list.issuedAtSeconds]);
  const keys = ({ keySet }: ForeignUniversity) =>
    [...keySet.passKeys, ...keySet.listSigners].map(({ kid, toSeconds }) => [
      Buffer.from(kid).toString('hex'),
      toSeconds,
    ]);
  return (
    JSON.stringify([lists(a), keys(a)]) === JSON.stringify([lists(b), keys(b)]) &&
    // A set signed anew for time alone is taken once the old one has had half of its time.
    b.keySet.issuedAtSeconds < (a.keySet.issuedAtSeconds + a.keySet.nextUpdateSeconds) / 2
  );
}
