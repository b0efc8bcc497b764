/** Gates without disks, networks or clocks of their own: the domain as it stands, with time passed in. */
import { acceptPackage, type CheckpointPart, type CheckpointPolicy, type PackageState } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import type { ChallengeRing } from '../../src/domain/challenge-ring.js';
import type { ClockSync } from '../../src/domain/clock-uncertainty.js';
import { createDecisionSession, type ToldUse } from '../../src/domain/decision-session.js';
import { chainEntry, chainStart, type JournalEntry } from '../../src/domain/journal-chain.js';
import type { PassageLedger, TakenCode } from '../../src/domain/ledger.js';
import type { ZoneState } from '../../src/domain/zone-memory.js';
import { type Campus, policy } from './campus.js';

/** A ledger in memory that keeps what a disk would, so that a gate can be made again from it. */
export function createMemoryLedger() {
  const entries: JournalEntry[] = [];
  const taken = new Map<string, TakenCode>();
  const zone = new Map<number, ZoneState>();
  const state = { whole: true, full: false, sync: undefined as ClockSync | undefined, presentedUpTo: 0 };
  const ledger: PassageLedger = {
    get whole() {
      return state.whole;
    },
    get endSeconds() {
      return entries.at(-1)?.at ?? 0;
    },
    get endSequence() {
      return entries.at(-1)?.sequence ?? 0;
    },
    get presentedUpTo() {
      return state.presentedUpTo;
    },
    append(draft, code, moved, presentedUpTo) {
      if (state.full) throw new Error('disk full');
      state.presentedUpTo = presentedUpTo ?? state.presentedUpTo;
      const entry = chainEntry(nodeCrypto, entries.at(-1) ?? chainStart, draft);
      entries.push(entry);
      if (code !== undefined) taken.set(Buffer.from(code.key).toString('hex'), code);
      if (moved !== undefined) zone.set(moved.row, moved);
      return entry;
    },
    takenCodes: () => [...taken.values()],
    zoneStates: () => [...zone.values()],
    remember(codes, moved) {
      for (const code of codes) taken.set(Buffer.from(code.key).toString('hex'), code);
      for (const side of moved) zone.set(side.row, side);
    },
    forgetZoneState: (row) => void zone.delete(row),
    get clockSync() {
      return state.sync;
    },
    keepClockSync(sync) {
      state.sync = sync;
    },
    acceptedUpTo: 0,
    confirm: () => {},
    after: (sequence, limit) => entries.filter((entry) => entry.sequence > sequence).slice(0, limit),
    sweep: () => {},
  };
  return { ledger, entries, taken, zone, state };
}
export type MemoryLedger = ReturnType<typeof createMemoryLedger>;

/** A package of the campus as this gate accepts it. */
export function packageOf(
  campus: Campus,
  changes: { policy?: Partial<CheckpointPolicy>; part?: Partial<CheckpointPart>; suspended?: number[] } = {},
  nowSeconds = Math.floor(Date.now() / 1000),
): PackageState {
  const { signers } = campus;
  const part = { sequence: 5, policy: { ...policy, ...changes.policy }, ...changes.part };
  const result = acceptPackage(nodeCrypto, {
    have: undefined,
    envelope: campus.full(part, 10, changes.suspended ?? []),
    pinned: { people: [signers.people], checkpoint: [signers.checkpoint] },
    checkpointId: 'south-gate',
    nowSeconds,
  });
  if (!result.ok) throw new Error(`${result.refusal} ${result.detail}`);
  return result.state;
}

/** One gate on a clock that the test moves. */
export function createGate(options: {
  clock: { ms: number };
  inForce: PackageState | undefined;
  memory?: MemoryLedger;
  challenges?: ChallengeRing;
  onTaken?: (use: ToldUse, moved: ZoneState | undefined) => void;
}) {
  const memory = options.memory ?? createMemoryLedger();
  const gate = { inForce: options.inForce, faults: [] as unknown[], ...memory };
  const session = createDecisionSession({
    ...{ crypto: nodeCrypto, replayKey: new Uint8Array(32), ledger: memory.ledger, findPackage: () => gate.inForce },
    ...{ nowMs: () => options.clock.ms, onFault: (error: unknown) => gate.faults.push(error) },
    findChallenges: () => options.challenges,
    ...(options.onTaken === undefined ? {} : { onTaken: options.onTaken }),
  });
  const decide = (text: string, readerId = 'scanner') => session.decide(text, readerId).shown;
  /** Verdict or reason, and the marks. */
  const say = (text: string, readerId?: string) => {
    const { verdict, reason, marks } = decide(text, readerId);
    return [reason ?? verdict, ...marks].join(' ');
  };
  return Object.assign(gate, { session, decide, say });
}
export type Gate = ReturnType<typeof createGate>;
