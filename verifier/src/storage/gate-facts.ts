import type { Clock, WakeBell } from '@lanyard/platform';
import type { GateContent } from '../domain/checkpoints/package-state.js';
import { zoneKeyOf } from '../domain/checkpoints/zone-keys.js';
import type { Checkpoint } from './checkpoint-store.js';
import type { EmergencyListStore } from './emergency-list-store.js';
import type { GateFacts, GateStore } from './gate-store.js';
import type { SettingsStore } from './settings-store.js';

/** What ends by itself is noticed this late at most. */
const LONGEST_MS = 1_000;

interface Snapshot {
  readonly facts: (checkpointId: string, zone: string) => GateFacts & { listed: readonly number[] };
  readonly rings: number;
  readonly untilMs: number;
  /** The same object for all agents of a checkpoint, so that its package is known to be the same without a look. */
  readonly contents: Map<string, Promise<GateContent>>;
}

/**
 * What packages say of gates beside people and policy, read for all checkpoints at once and kept until something rings,
 * a second at most: a thousand agents that wake together cost four queries, not thousands.
 */
export function createGateFacts(parts: {
  gates: GateStore;
  emergencyLists: Pick<EmergencyListStore, 'allRows'>;
  settings: SettingsStore;
  zoneKey: Uint8Array;
  bell: WakeBell;
  clock: Clock;
}) {
  const { gates, emergencyLists, settings, zoneKey, bell, clock } = parts;
  let snapshot: Snapshot | undefined;
  let loading: { promise: Promise<Snapshot>; rings: number } | undefined;
  let forgotten = 0;

  async function load(rings: number): Promise<Snapshot> {
    const before = forgotten;
    const [of, listedAt] = await Promise.all([gates.allFacts(), emergencyLists.allRows()]);
    const facts: Snapshot['facts'] = (id, zone) => ({ ...of(id, zone), listed: listedAt(id) });
    const loaded = { facts, rings, untilMs: clock.nowMs() + LONGEST_MS, contents: new Map() };
    if (before === forgotten) snapshot = loaded;
    return loaded;
  }
  async function current(): Promise<Snapshot> {
    const { rings } = bell;
    if (snapshot !== undefined && snapshot.rings === rings && snapshot.untilMs > clock.nowMs()) return snapshot;
    // A look that began before the last ring may not have seen what rang.
    if (loading?.rings !== rings) {
      const promise = load(rings).finally(() => {
        if (loading?.promise === promise) loading = undefined;
      });
      loading = { promise, rings };
    }
    return loading.promise;
  }
  return {
    async find(checkpoint: Checkpoint): Promise<GateContent> {
      const { facts, contents } = await current();
      const { zone } = checkpoint.policy;
      const key = `${checkpoint.id} ${zone}`;
      const known = contents.get(key);
      if (known !== undefined) return known;
      const made = settings.carriedFor(checkpoint.id).then((carried) => {
        const of = facts(checkpoint.id, zone);
        return { ...of, settings: carried, zoneKey: zoneKeyOf(zoneKey, zone, of.peers) };
      });
      contents.set(key, made);
      return made;
    },
    /** Reads anew the next time, without waking anybody: an agent has enrolled, say. */
    forget(): void {
      forgotten += 1;
      snapshot = undefined;
      loading = undefined;
    },
  };
}
