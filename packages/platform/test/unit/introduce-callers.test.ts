import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { introduceCallers } from '../../src/auth/introduce-callers.js';

let folder: string;
let nowMs = 1_000_000;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lanyard-callers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A table of callers that takes a moment to write, as a database does. */
function start(fails = 0) {
  const known = new Map<string, string>();
  let writes = 0;
  const callers = {
    async register(_: unknown, { id, publicJwk }: { id: string; publicJwk: { x: string } }) {
      writes += 1;
      await new Promise((resolve) => setImmediate(resolve));
      if (writes <= fails) throw new Error('the table is away');
      known.set(id, publicJwk.x);
    },
    findCallerKey: (id: string) => known.get(id),
  };
  const parts = { folder, names: ['campus', 'admin'], clock: { nowMs: () => nowMs }, database: {} };
  const find = introduceCallers({ ...parts, callers } as never) as (id: string) => Promise<unknown>;
  return { find, writes: () => writes };
}
const leave = (name: string) => {
  const { jwk } = generateKeyPair();
  writeFileSync(join(folder, `${name}.jwk.json`), JSON.stringify(jwk));
  return jwk.x;
};

it('knows a service from its first call on, twenty at the same moment, and writes it once', async () => {
  const x = leave('campus');
  const { find, writes } = start();
  expect(await Promise.all(Array.from({ length: 20 }, () => find('campus')))).toEqual(Array(20).fill(x));
  expect(writes()).toBe(1);
});
it('knows a new key within a second, and nobody who left none or is not named', async () => {
  const { find } = start();
  expect([await find('admin'), await find('stranger')]).toEqual([undefined, undefined]);
  leave('stranger');
  const first = leave('admin');
  nowMs += 1_001;
  expect([await find('admin'), await find('stranger')]).toEqual([first, undefined]);
  const second = leave('admin');
  expect(await find('admin')).toBe(first);
  nowMs += 1_001;
  expect(await find('admin')).toBe(second);
});
it('asks again after a second where it could not be written, and lets nobody in meanwhile', async () => {
  const x = leave('campus');
  const { find } = start(1);
  const tries = await Promise.allSettled([find('campus'), find('campus')]);
  expect(tries.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  nowMs += 1_001;
  expect(await find('campus')).toBe(x);
});
