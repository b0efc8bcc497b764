import { randomInt } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { applyPassList, createPassList, createPassListDelta, type PassListSets, passStatusOf } from '@lanyard/protocol';
import { createSigner, generateKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { round3 } from '../measure.js';

const now = Math.floor(Date.now() / 1000);
const pair = generateKeyPair();
const kid = nodeCrypto.sha256(pair.compressed).slice(0, 8);
const signer = { kid, sign: createSigner(pair.privateKey) };
const head = (size: number, sequence: number) => ({
  universityCode: '4199090001',
  listNumber: 1,
  sequence,
  issuedAtSeconds: now,
  nextUpdateSeconds: now + 86_400,
  expiresSeconds: now + 604_800,
  size,
});

/** `count` different indices below `size`, ascending. */
function randomIndices(size: number, count: number): Uint32Array {
  const taken = new Set<number>();
  while (taken.size < count) taken.add(randomInt(size));
  return Uint32Array.from(taken).sort();
}

/** Bits that `count` of `size` cannot be told in fewer of, in bytes. */
function entropyBytes(size: number, count: number): number {
  const p = count / size;
  return (size * -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p))) / 8;
}

/** The same set as one bit a pass, packed by plain zlib at its best. */
function zlibBytes(size: number, indices: Uint32Array): number {
  const bits = new Uint8Array(Math.ceil(size / 8));
  for (const index of indices) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  return deflateSync(bits, { level: 9 }).length;
}

function listOf(size: number, count: number): { sets: PassListSets; bytes: Uint8Array } {
  const sets = { revoked: randomIndices(size, count), suspended: new Uint32Array() };
  return { sets, bytes: createPassList({ ...head(size, 1), ...sets }, signer) };
}

/** Sizes against the entropy bound, and the cost of a look-up. */
export function statusFigures(): object[] {
  const figures: object[] = [];
  // One list holds a week's passes: 384 million are many lists; one of 48 million stands for each of the eight.
  for (const [name, size, share, lists] of [
    ['48m-1-percent', 48_000_000, 0.01, 1],
    ['48m-0.1-percent', 48_000_000, 0.001, 1],
    ['48m-10-percent', 48_000_000, 0.1, 1],
    ['384m-0.1-percent', 48_000_000, 0.001, 8],
  ] as const) {
    const count = Math.round(size * share);
    const { sets, bytes } = listOf(size, count);
    figures.push({
      bench: `status-48m/${name}`,
      bytes: bytes.length * lists,
      entropy_bytes: Math.round(entropyBytes(size, count) * lists),
      ratio: round3(bytes.length / entropyBytes(size, count)),
      zlib_bytes: zlibBytes(size, sets.revoked) * lists,
      note: 'signed and gap-coded, beside the entropy of the set and a bitmap under zlib; target 700 kB at 1 %, aim 1.02',
    });
    if (name === '48m-1-percent') figures.push(...dayFigures(size, sets), lookupFigure(bytes));
  }
  return figures;
}

function dayFigures(size: number, before: PassListSets): object[] {
  const day = (name: string, changes: number) => {
    const known = new Set(before.revoked);
    const added = [...randomIndices(size, changes)].filter((index) => !known.has(index));
    const after = { revoked: Uint32Array.from([...before.revoked, ...added]).sort(), suspended: new Uint32Array() };
    const delta = createPassListDelta(nodeCrypto, { ...head(size, 2), baseSequence: 1, before, after }, signer);
    return {
      bench: `status-48m/${name}`,
      bytes: delta.length,
      entropy_bytes: Math.round(entropyBytes(size, added.length)),
      ratio: round3(delta.length / entropyBytes(size, added.length)),
      note: `${added.length} changes as a delta${changes === 5000 ? '; target 20 kB' : ''}`,
    };
  };
  return [day('day-of-5000-changes', 5_000), day('graduation-peak', 400_000)];
}

function lookupFigure(bytes: Uint8Array): object {
  const issuer = {
    universityCode: '4199090001',
    kid,
    key: pair.compressed,
    fromSeconds: now - 1,
    toSeconds: now + 1e7,
  };
  const applied = applyPassList(nodeCrypto, () => undefined, bytes, [issuer]);
  if (!applied.ok) throw new Error(applied.refusal);
  const { list } = applied;
  const wanted = Uint32Array.from({ length: 1 << 16 }, () => randomInt(list.size));
  let revoked = 0;
  const began = process.cpuUsage();
  const rounds = 100;
  for (let round = 0; round < rounds; round += 1)
    for (const index of wanted) if (passStatusOf(list, index) === 'revoked') revoked += 1;
  const used = process.cpuUsage(began);
  return {
    bench: 'status-48m/lookup',
    nanoseconds: round3(((used.user + used.system) * 1000) / (rounds * wanted.length)),
    note: `random indices, ${round3((revoked / rounds / wanted.length) * 100)} % set; target 50 ns`,
  };
}
