import { describe, expect, it } from 'vitest';
import type { CborValue } from '../../../src/cbor/cbor-value.js';
import { modeAt, verifyCheckpointPart } from '../../../src/index.js';
import { parseMode, parseOrders, parsePeers } from '../../../src/offline-package/gate-orders.js';
import * as f from '../../fixtures.js';

const id = f.seeded('order', 16);
const until = f.noon + 30;

describe('peers, orders and modes of a checkpoint part', () => {
  it('come out of a signed part as they went in', () => {
    const added = {
      peers: [{ agentId: 'agent-2', key: f.keys.student.compressed }],
      zoneKey: f.seeded('zone', 32),
      orders: [
        { id, kind: 'release' as const, rowNumber: null, untilSeconds: until },
        { id: f.seeded('other', 16), kind: 'forgive' as const, rowNumber: 7, untilSeconds: until },
      ],
      emergencyMode: { mode: 'lock' as const, fromSeconds: f.noon, untilSeconds: f.noon + 600 },
    };
    const { checkpointPart } = f.makePackage({ checkpoint: added });
    expect(verifyCheckpointPart(f.crypto, checkpointPart, f.pinned.checkpoint)).toMatchObject(added);
  });

  it('name two hundred people of an emergency list at most [201]', () => {
    const of = (n: number) => {
      const emergencyRowNumbers = Array.from({ length: n }, (_, row) => row);
      const { checkpointPart } = f.makePackage({ checkpoint: { emergencyRowNumbers } });
      return () => verifyCheckpointPart(f.crypto, checkpointPart, f.pinned.checkpoint).emergencyRowNumbers.length;
    };
    expect(of(200)()).toBe(200);
    expect(of(201)).toThrow(/emergency list/);
  });

  it('are absent from parts that name none', () => {
    const part = verifyCheckpointPart(f.crypto, f.makePackage().checkpointPart, f.pinned.checkpoint);
    expect([part.peers, part.zoneKey, part.orders, part.emergencyMode]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('hold a mode between its times and not a second longer', () => {
    const mode = { mode: 'open' as const, fromSeconds: f.noon, untilSeconds: f.noon + 60 };
    expect([-1, 0, 59, 60].map((after) => modeAt(mode, f.noon + after))).toEqual(['normal', 'open', 'open', 'normal']);
    expect(modeAt(undefined, f.noon)).toBe('normal');
  });

  it.each<[string, () => unknown]>([
    ['a mode without an end', () => parseMode([0, f.noon, 0xffffffff])],
    ['a mode that ends before it begins', () => parseMode([1, f.noon, f.noon])],
    ['an unknown mode', () => parseMode([2, f.noon, until])],
    ['a mode with more fields', () => parseMode([0, f.noon, until, 1])],
    ['an order of another kind', () => parseOrders([[id, 2, 1, until]])],
    ['an order with a short id', () => parseOrders([[id.slice(1), 0, 1, until]])],
    ['nobody to forgive', () => parseOrders([[id, 1, null, until]])],
    ['33 orders', () => parseOrders(Array.from({ length: 33 }, () => [id, 0, null, until]))],
    ['a peer with an uncompressed key', () => parsePeers([['agent-2', new Uint8Array(65)] as CborValue])],
    ['a peer that is a text', () => parsePeers(['agent-2'])],
    ['65 peers', () => parsePeers(Array.from({ length: 65 }, () => ['a', new Uint8Array(33)] as CborValue))],
  ])('are refused [%s]', (_, parse) => {
    expect(parse).toThrowError(expect.objectContaining({ code: 'malformed' }));
  });
});
