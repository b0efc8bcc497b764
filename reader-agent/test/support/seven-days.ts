/**
 * Seven days of a campus whose gates are cut off at random: the agents' decision sessions, memories and journals as
 * they stand, with time passed in. Networks, disks and the verifier's table of uses are modelled here.
 */
import {
  acceptPackage,
  assembleGateCode,
  type CheckpointPart,
  createCheckpointPart,
  createPeopleDelta,
  createPeoplePart,
  diffPeopleRows,
  encodePackageEnvelope,
  encodePeopleRows,
  gateCodeSecrets,
  keyDay,
  linkKeyOfDay,
  type PackageState,
  type PeopleRow,
  peopleTableDigest,
  prepareGateCode,
} from '@lanyard/protocol';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { chainStart, checkChain } from '../../src/domain/journal-chain.js';
import { createSignerPair, policy, universityCode } from './campus.js';
import { createGate, createMemoryLedger, type Gate } from './gate-bench.js';

const day = 86_400;
const publishEvery = 7_200;
const issueEvery = 600;
const packageDelay = 5;
const changesPerDay = 300;
const start = 1_796_000_000;
const driftPpm = 20;

export interface SevenDays {
  readonly people: number;
  readonly gates: number;
  readonly passagesPerDay: number;
  readonly seed: number;
}

export interface SevenDaysResult {
  readonly passages: number;
  readonly accepted: number;
  readonly refused: Readonly<Record<string, number>>;
  /** Honest codes refused for their time: none, whatever the clocks did. */
  readonly honestRefusedForTime: number;
  readonly revokedAccepted: number;
  /** Longest time from a revocation to an entry of that person, by policy, in seconds. */
  readonly longestAfterRevocation: { readonly grace: number; readonly dayOne: number };
  readonly relayed: number;
  readonly relayedWhileConnectedAccepted: number;
  readonly doubleUses: number;
  readonly doubleUsesFound: number;
  readonly wronglyFound: number;
  readonly slowestFindingSeconds: number;
  readonly brokenChains: number;
  readonly darkGateHours: number;
  readonly fullPeoplePartBytes: number;
  readonly dayDeltaBytes: number;
}

interface Simulated {
  readonly gate: Gate;
  readonly clock: { ms: number };
  readonly zone: number;
  readonly strict: boolean;
  /** Times at which it goes off and on again, alternating; on at the beginning. */
  readonly toggles: readonly number[];
  readonly ppm: number;
  held: { sequence: number; issuedAt: number };
}

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function simulateSevenDays(size: SevenDays): SevenDaysResult {
  const next = random(size.seed);
  const pick = (n: number) => Math.floor(next() * n);
  const signers = { people: createSignerPair(), checkpoint: createSignerPair() };
  const firstDay = keyDay(start);
  const persons = Array.from({ length: size.people }, (_, i) => makePerson(i, pick));

  // ---- what the issuer publishes, every two hours
  let rows = encodePeopleRows(persons.map(({ row }) => row));
  const fullPart = createPeoplePart(nodeCrypto, peopleHead(1, start, rows), signers.people);
  const states: PackageState[] = [take(undefined, fullPart, 1, rows, start)];
  const allRows = [rows];
  const revokedAt = new Map<number, number>();
  for (let at = start + publishEvery; at <= start + 7 * day; at += publishEvery) {
    const sequence = states.length + 1;
    for (let i = 0; i < (changesPerDay * publishEvery) / day; i += 1) {
      const index = pick(persons.length);
      const { row } = persons[index]!;
      const revoke = i < 3 && !revokedAt.has(index);
      if (revoke) revokedAt.set(index, at);
      persons[index]!.row = revoke
        ? { ...row, state: { ...row.state, revoked: true } }
        : { ...row, policyClass: (row.policyClass + 1) % 8 };
    }
    const after = encodePeopleRows(persons.map(({ row }) => row));
    states.push(take(states.at(-1), deltaOf(rows, after, sequence - 1, sequence, at), sequence, after, at));
    rows = after;
    allRows.push(rows);
  }
  const perDay = day / publishEvery;
  const dayDeltaBytes = deltaOf(allRows[0]!, allRows[perDay]!, 1, perDay + 1, start + day).length;
  // A gate that was away takes one delta over all it missed: it must lead to the same table.
  take(states[0], deltaOf(allRows[0]!, rows, 1, states.length, start + 7 * day), states.length, rows, start + 7 * day);

  function peopleHead(sequence: number, at: number, of: Uint8Array) {
    return { universityCode, keyDay: firstDay, sequence, issuedAtSeconds: at, auditHead: new Uint8Array(32), rows: of };
  }
  function deltaOf(before: Uint8Array, after: Uint8Array, base: number, sequence: number, at: number): Uint8Array {
    const { rows: _, ...head } = peopleHead(sequence, at, after);
    const digest = peopleTableDigest(nodeCrypto, after);
    return createPeopleDelta({ ...head, baseSequence: base, digest, ...diffPeopleRows(before, after) }, signers.people);
  }
  function take(have: PackageState | undefined, peoplePart: Uint8Array, sequence: number, of: Uint8Array, at: number) {
    const named = ({ kid, key }: { kid: Uint8Array; key: Uint8Array }) => ({ kid, key });
    const part: CheckpointPart = {
      ...{ checkpointId: 'gate', checkpointNumber: new Uint8Array(8), names: { zh: '门', en: 'Gate' }, universityCode },
      ...{ peopleSequence: sequence, peopleDigest: peopleTableDigest(nodeCrypto, of), policy, passKeys: [] },
      ...{ statusSigners: [], passLists: [], listSequences: [], peopleSigners: [named(signers.people)] },
      ...{ trustListSequence: 1, trustListExpiresSeconds: at + 30 * day, sequence, issuedAtSeconds: at },
      ...{ freshUntilSeconds: at + day, expiresSeconds: at + 8 * day, emergencyRowNumbers: [] },
    };
    const checkpointPart = createCheckpointPart(part, signers.checkpoint);
    const pinned = { people: [named(signers.people)], checkpoint: [named(signers.checkpoint)] };
    const envelope = encodePackageEnvelope({ peoplePart, checkpointPart });
    const taken = acceptPackage(nodeCrypto, { have, envelope, pinned, checkpointId: 'gate', nowSeconds: at });
    if (!taken.ok) throw new Error(`${taken.refusal} ${taken.detail}`);
    // Ready for the day, as an agent's is, so that the next state carries it over.
    taken.state.people.table.prepareDay(keyDay(at), Number.MAX_SAFE_INTEGER);
    return taken.state;
  }

  // ---- gates, three to a zone, cut off at random; the last two of them go dark after an hour
  const gates: Simulated[] = Array.from({ length: size.gates }, (_, i) => {
    const clock = { ms: start * 1000 };
    const toggles: number[] = [];
    const dark = i >= size.gates - 2;
    let at = start + 3_600 + pick(day);
    while (at < start + 7 * day) {
      toggles.push(at);
      at += dark ? 8 * day : Math.ceil(600 - Math.log(1 - next()) * (toggles.length % 2 === 1 ? 8 : 12) * 3_600);
    }
    const gate = createGate({ clock, inForce: undefined, memory: createMemoryLedger() });
    const held = { sequence: 0, issuedAt: 0 };
    return {
      gate,
      clock,
      zone: Math.floor(i / 3),
      strict: i % 6 >= 3,
      toggles,
      ppm: (next() * 2 - 1) * driftPpm,
      held,
    };
  });
  /** Off at a time: since when, and until when. */
  const away = (gate: Simulated, at: number) => {
    const past = gate.toggles.filter((toggle) => toggle <= at).length;
    if (past % 2 === 0) return undefined;
    return { since: gate.toggles[past - 1]!, until: gate.toggles[past] ?? start + 7 * day };
  };

  /** What the gate has and what its clock says, as its last contact left them. */
  function bringUp(it: Simulated, at: number): void {
    const contact = away(it, at)?.since ?? at;
    const sequence = Math.max(1, Math.floor((contact - packageDelay - start) / publishEvery) + 1);
    const issuedAt = start + Math.max(0, Math.floor((contact - packageDelay - start) / issueEvery)) * issueEvery;
    if (sequence !== it.held.sequence || issuedAt !== it.held.issuedAt) {
      it.held = { sequence, issuedAt };
      const state = states[sequence - 1]!;
      const dark_days = { ...policy.dark_days, day_1_7: it.strict ? ('nobody' as const) : ('everyone' as const) };
      const of = { ...policy, zone: `zone-${it.zone}`, dark_days };
      const times = {
        issuedAtSeconds: issuedAt,
        freshUntilSeconds: issuedAt + day,
        expiresSeconds: issuedAt + 8 * day,
      };
      it.gate.inForce = { ...state, checkpoint: { ...state.checkpoint, policy: of, ...times } };
    }
    // On line, the machine's time service keeps the clock; cut off, it drifts.
    const drifted = (at - contact) * it.ppm * 1e-6;
    it.clock.ms = Math.round((at + drifted) * 1000);
    it.gate.state.sync = { atSeconds: contact, offsetSeconds: 0.1, roundTripSeconds: 0.1 };
  }

  // ---- passages in the order of time, one in a hundred relayed to another gate of the zone
  const refused: Record<string, number> = {};
  const counts = { passages: 0, accepted: 0, honestRefusedForTime: 0, revokedAccepted: 0 };
  const relays = { relayed: 0, connectedAccepted: 0 };
  const longest = { grace: 0, dayOne: 0 };
  const doubles = new Set<string>();
  const uploads: { at: number; reconnected: number; zone: number; gate: number; use: string }[] = [];
  const events = Array.from({ length: size.passagesPerDay * 7 }, () => start + 60 + next() * (7 * day - 120)).sort(
    (a, b) => a - b,
  );
  for (const at of events) {
    const person = persons[pick(persons.length)]!;
    const first = pick(gates.length);
    const code = person.code(Math.floor(at + next() * 2 - 1));
    const accepted = present(first, code, at, person.index, false);
    if (!accepted || next() > 0.01) continue;
    const zone = gates.map((_, i) => i).filter((i) => i !== first && gates[i]!.zone === gates[first]!.zone);
    const second = zone[pick(zone.length)];
    if (second === undefined) continue;
    const later = at + 1 + next() * 8;
    relays.relayed += 1;
    // Heard while both were there: one that came back a moment later has missed what was told.
    const connected = away(gates[first]!, at) === undefined && away(gates[second]!, at) === undefined;
    if (present(second, code, later, person.index, true)) {
      const use = gates[second]!.gate.entries.at(-1)!.use!;
      doubles.add(`${gates[second]!.zone} ${use}`);
      if (connected) relays.connectedAccepted += 1;
    }
  }

  function present(index: number, code: string, at: number, person: number, relayed: boolean): boolean {
    const it = gates[index]!;
    bringUp(it, at);
    const { verdict, reason } = it.gate.decide(code, `reader-${relayed}`);
    counts.passages += 1;
    if (verdict !== 'accepted') {
      refused[reason ?? verdict] = (refused[reason ?? verdict] ?? 0) + 1;
      if (!relayed && (reason === 'too-old' || reason === 'in-the-future')) counts.honestRefusedForTime += 1;
      return false;
    }
    counts.accepted += 1;
    const since = revokedAt.get(person);
    if (since !== undefined && at > since) {
      counts.revokedAccepted += 1;
      const which = it.strict ? 'dayOne' : 'grace';
      longest[which] = Math.max(longest[which], at - since);
    }
    const { use } = it.gate.entries.at(-1)!;
    if (use === undefined) throw new Error('an accepted code without a use');
    const off = away(it, at);
    if (off === undefined) {
      const told = [{ use: new Uint8Array(Buffer.from(use, 'base64url')), untilSeconds: Math.floor(at) + 105 }];
      for (const [i, other] of gates.entries())
        if (i !== index && other.zone === it.zone && away(other, at) === undefined)
          other.gate.session.remember(told, []);
    }
    // The agent tries again every 15 s at most, and sends 500 entries in a third of a second.
    const reconnected = off?.until ?? at;
    const waited = off === undefined ? 1 : next() * 15 + it.gate.entries.length / 500 / 3;
    uploads.push({ at: reconnected + waited, reconnected, zone: it.zone, gate: index, use });
    return true;
  }

  // ---- the verifier: one row for each use in a zone, the second one is the finding
  const first = new Map<string, (typeof uploads)[number]>();
  let [found, wrongly, slowest] = [0, 0, 0];
  for (const upload of uploads.sort((a, b) => a.at - b.at)) {
    const name = `${upload.zone} ${upload.use}`;
    const before = first.get(name);
    if (before === undefined || before.gate === upload.gate) {
      first.set(name, before ?? upload);
      continue;
    }
    if (doubles.has(name)) found += 1;
    else wrongly += 1;
    slowest = Math.max(slowest, upload.at - Math.max(upload.reconnected, before.reconnected));
  }
  const broken = gates.filter(({ gate }) => checkChain(nodeCrypto, chainStart, gate.entries) === undefined);
  const off = gates.map(({ toggles }) =>
    toggles.reduce((sum, toggle, i) => (i % 2 === 0 ? sum + (toggles[i + 1] ?? start + 7 * day) - toggle : sum), 0),
  );
  return {
    ...counts,
    refused,
    longestAfterRevocation: { grace: Math.round(longest.grace), dayOne: Math.round(longest.dayOne) },
    relayed: relays.relayed,
    relayedWhileConnectedAccepted: relays.connectedAccepted,
    doubleUses: doubles.size,
    doubleUsesFound: found,
    wronglyFound: wrongly,
    slowestFindingSeconds: Math.round(slowest * 10) / 10,
    brokenChains: broken.length,
    darkGateHours: Math.round(off.reduce((sum, seconds) => sum + seconds, 0) / 3_600),
    fullPeoplePartBytes: fullPart.length,
    dayDeltaBytes,
  };
}

function makePerson(index: number, pick: (n: number) => number) {
  const { compressed, privateKey } = generateKeyPair();
  const sign = createSigner(privateKey);
  const linkKey = Uint8Array.from({ length: 16 }, () => pick(256));
  const firstDay = keyDay(start);
  const row: PeopleRow = {
    rowNumber: 0x99000001 + index,
    key: compressed,
    linkKey,
    state: { registered: true, suspended: false, stopped: false, revoked: false, enrolmentState: 'enrolled' },
    policyClass: pick(8),
    portraitId: new Uint8Array(8),
  };
  const code = (timeSeconds: number): string => {
    const ofDay = linkKeyOfDay(nodeCrypto, linkKey, firstDay, Math.max(firstDay, keyDay(timeSeconds)));
    const nonce = Uint8Array.from({ length: 4 }, () => pick(256));
    const prepared = prepareGateCode({ ...gateCodeSecrets(nodeCrypto, ofDay), timeSeconds, nonce });
    return assembleGateCode(prepared, sign(prepared.toBeSigned));
  };
  return { index, row, code };
}
