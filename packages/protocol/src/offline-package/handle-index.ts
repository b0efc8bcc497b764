import { readUint32 } from '../bytes/bytes.js';
import type { HashPort } from '../crypto/port.js';
import { handleOf, linkKeyOfDay, maskOf } from '../gate-key/gate-key.js';

/** Handles, masks and link keys of one key day for all rows of a table, found by handle in well under a microsecond. */
export interface HandleIndex {
  readonly day: number;
  /** True once every row is in. */
  readonly ready: boolean;
  /** Adds up to `maxRows` further rows (about 4 µs each); true once every row is in. */
  build(maxRows: number): boolean;
  /** Row of a handle, or -1. */
  find(handle: Uint8Array): number;
  mask(row: number): Uint8Array;
  /** K of this day for a row that is in. */
  linkKey(row: number): Uint8Array;
  /** The same day for another table: `from[newRow]` is the old row, or -1 where the row is new or changed. */
  carry(from: Int32Array, keyOf: LinkKeySource): HandleIndex;
}

/** K of a row on some day not after the index's own. */
export type LinkKeySource = (row: number) => { readonly day: number; readonly linkKey: Uint8Array };

interface Columns {
  readonly linkKeys: Uint8Array;
  readonly handles: Uint8Array;
  readonly known: Uint8Array;
}

/** An empty index of `rows` rows for `day`; nothing is computed before `build`. */
export function createHandleIndex(
  crypto: Pick<HashPort, 'hmacSha256'>,
  day: number,
  rows: number,
  keyOf: LinkKeySource,
  columns: Columns = {
    linkKeys: new Uint8Array(rows * 16),
    handles: new Uint8Array(rows * 16),
    known: new Uint8Array(rows),
  },
): HandleIndex {
  const { linkKeys, handles, known } = columns;
  const slotBits = Math.max(4, Math.ceil(Math.log2(rows * 2 + 1)));
  const slotMask = 2 ** slotBits - 1;
  const slots = new Uint32Array(2 ** slotBits);
  const masks = new Map<number, Uint8Array>();
  let built = 0;
  // Let go of once every row is in: with it go the link keys of earlier days.
  let source: LinkKeySource | undefined = keyOf;

  function add(row: number): void {
    if (known[row] === 0 && source !== undefined) {
      const start = source(row);
      const linkKey = linkKeyOfDay(crypto, start.linkKey, start.day, day);
      linkKeys.set(linkKey, row * 16);
      handles.set(handleOf(crypto, linkKey), row * 16);
      known[row] = 1;
    }
    // Handles are outputs of a keyed hash, so their first bits are as good as any hash of them.
    let slot = readUint32(handles, row * 16) & slotMask;
    while (slots[slot] !== 0) slot = (slot + 1) & slotMask;
    slots[slot] = row + 1;
  }

  const index: HandleIndex = {
    day,
    get ready() {
      return built >= rows;
    },
    build(maxRows) {
      const end = Math.min(rows, built + maxRows);
      for (; built < end; built++) add(built);
      if (built >= rows) source = undefined;
      return built >= rows;
    },
    find(handle) {
      let slot = readUint32(handle, 0) & slotMask;
      for (;;) {
        const entry = slots[slot] as number;
        if (entry === 0) return -1;
        if (equalAt(handles, (entry - 1) * 16, handle)) return entry - 1;
        slot = (slot + 1) & slotMask;
      }
    },
    mask(row) {
      const kept = masks.get(row);
      if (kept !== undefined) return kept;
      const mask = maskOf(crypto, index.linkKey(row));
      masks.set(row, mask);
      return mask;
    },
    linkKey: (row) => linkKeys.subarray(row * 16, row * 16 + 16),
    carry(from, nextKeyOf) {
      const next: Columns = {
        linkKeys: new Uint8Array(from.length * 16),
        handles: new Uint8Array(from.length * 16),
        known: new Uint8Array(from.length),
      };
      from.forEach((old, row) => {
        if (old < 0 || known[old] === 0) return;
        next.linkKeys.set(linkKeys.subarray(old * 16, old * 16 + 16), row * 16);
        next.handles.set(handles.subarray(old * 16, old * 16 + 16), row * 16);
        next.known[row] = 1;
      });
      return createHandleIndex(crypto, day, from.length, nextKeyOf, next);
    },
  };
  return index;
}

function equalAt(handles: Uint8Array, at: number, handle: Uint8Array): boolean {
  for (let i = 0; i < 16; i++) if (handles[at + i] !== handle[i]) return false;
  return true;
}
