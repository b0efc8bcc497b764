/**
 * Remembers on which line a key was first seen, in 12 bytes a slot whatever the key: two million keys of a roster as
 * strings would not fit the memory of a service.
 *
 * Keys are compared by a 64-bit hash, not by text: among a million different keys the chance of one false duplicate
 * is below one in thirty million, and it would cost one row a refusal that names both lines.
 */
export interface DuplicateIndex {
  /** Answers the line that holds the key already, or 0 and remembers this one. */
  firstLineOf(key: string, line: number): number;
}

export function createDuplicateIndex(initialSlots = 4096): DuplicateIndex {
  let slots = initialSlots;
  let table = new Uint32Array(slots * 3);
  let used = 0;

  function put(high: number, low: number, line: number): number {
    let slot = low & (slots - 1);
    for (;;) {
      const at = slot * 3;
      const seen = table[at + 2] ?? 0;
      if (seen === 0) {
        table[at] = high;
        table[at + 1] = low;
        table[at + 2] = line;
        return 0;
      }
      if (table[at] === high && table[at + 1] === low) return seen;
      slot = (slot + 1) & (slots - 1);
    }
  }

  function grow(): void {
    const old = table;
    slots *= 2;
    table = new Uint32Array(slots * 3);
    for (let at = 0; at < old.length; at += 3) {
      const line = old[at + 2] ?? 0;
      if (line !== 0) put(old[at] ?? 0, old[at + 1] ?? 0, line);
    }
  }

  return {
    firstLineOf(key, line) {
      let high = 0x9e3779b9;
      let low = 0x85ebca6b;
      for (let index = 0; index < key.length; index += 1) {
        const unit = key.charCodeAt(index);
        high = Math.imul(high ^ unit, 0x01000193);
        low = Math.imul(low ^ unit, 0x5bd1e995) ^ (low >>> 15);
      }
      high = mix(high ^ (low >>> 3));
      low = mix(low);
      const seen = put(high, low, line);
      if (seen === 0) {
        used += 1;
        if (used * 2 > slots) grow();
      }
      return seen;
    },
  };
}

/** Final mixing step of MurmurHash3, as an unsigned number. */
function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
