/** A signer of a university and the time in which it may sign: a line of a pass key set (formats.md §10). */
export interface KeyEntry {
  readonly universityCode: string;
  /** 8 bytes. */
  readonly kid: Uint8Array;
  /** Compressed, 33 bytes. */
  readonly key: Uint8Array;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

/** True while the signer may sign. */
export function inTime(entry: KeyEntry, seconds: number): boolean {
  return entry.fromSeconds <= seconds && seconds <= entry.toSeconds;
}
