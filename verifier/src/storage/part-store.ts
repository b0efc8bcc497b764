import { type Clock, createBatch, type Database } from '@lanyard/platform';

/** A checkpoint part that was signed, without its bytes. */
export interface PartRecord {
  sequence: number;
  stateDigest: Buffer;
  confirmedAtSeconds: number;
  peopleSequence: number;
  /** Pass list number to the sequence the reader holds with this part. */
  listSequences: Readonly<Record<string, number>>;
  issuedAtSeconds: number;
}

const KEPT_DAYS = 10;

/** Which checkpoint parts exist. A part is written down before it is signed. */
export function createPartStore(db: Database, clock: Clock) {
  const kept = new Map<string, PartRecord>();
  // A change of people makes a part for each checkpoint at once.
  const takeSequence = createBatch(async (wanted: readonly { checkpointId: string; atLeast: number }[]) => {
    // Never below the clock, so that a database restored from a backup goes on above what agents hold.
    const { rows } = await db.raw(
      `UPDATE checkpoint c SET last_sequence = greatest(c.last_sequence + 1, t.at_least)
       FROM (SELECT c.id, t.at_least FROM checkpoint c JOIN unnest(?::text[], ?::bigint[]) AS t (id, at_least) ON t.id = c.id
             ORDER BY c.id FOR NO KEY UPDATE OF c) t
       WHERE c.id = t.id RETURNING c.id, c.last_sequence`,
      [wanted.map(({ checkpointId }) => checkpointId), wanted.map(({ atLeast }) => atLeast)],
    );
    const taken = new Map<string, number>(
      rows.map((row: { id: string; last_sequence: number }) => [row.id, row.last_sequence]),
    );
    return wanted.map(({ checkpointId }) => taken.get(checkpointId));
  });
  const write = createBatch(
    async (parts: readonly { checkpointId: string; part: PartRecord; signedDigest: Uint8Array }[]) => {
      await db.raw(
        `INSERT INTO checkpoint_part (checkpoint_id, sequence, state_digest, confirmed_at, people_sequence, list_sequences, signed_digest, issued_at)
         SELECT id, sequence, state_digest, to_timestamp(confirmed_at), people_sequence, list_sequences, signed_digest, to_timestamp(issued_at)
         FROM unnest(?::text[], ?::bigint[], ?::bytea[], ?::bigint[], ?::bigint[], ?::jsonb[], ?::bytea[], ?::bigint[])
           AS t (id, sequence, state_digest, confirmed_at, people_sequence, list_sequences, signed_digest, issued_at)`,
        [
          parts.map(({ checkpointId }) => checkpointId),
          parts.map(({ part }) => part.sequence),
          parts.map(({ part }) => part.stateDigest),
          parts.map(({ part }) => part.confirmedAtSeconds),
          parts.map(({ part }) => part.peopleSequence),
          parts.map(({ part }) => JSON.stringify(part.listSequences)),
          parts.map(({ signedDigest }) => Buffer.from(signedDigest)),
          parts.map(({ part }) => part.issuedAtSeconds),
        ],
      );
      return parts.map(() => undefined);
    },
  );
  const COLUMNS = 'sequence, state_digest, confirmed_at, people_sequence, list_sequences, issued_at';
  return {
    async find(checkpointId: string, sequence: number): Promise<PartRecord | undefined> {
      const key = `${checkpointId} ${sequence}`;
      const known = kept.get(key);
      if (known !== undefined) return known;
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM checkpoint_part WHERE checkpoint_id = ? AND sequence = ?`, [
        checkpointId,
        sequence,
      ]);
      return rows[0] === undefined ? undefined : remember(key, toRecord(rows[0]));
    },
    async newest(checkpointId: string): Promise<PartRecord | undefined> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM checkpoint_part WHERE checkpoint_id = ? ORDER BY sequence DESC LIMIT 1`,
        [checkpointId],
      );
      return rows[0] === undefined ? undefined : toRecord(rows[0]);
    },
    /**
     * Takes the next sequence and writes down what is about to be signed: `digestOf` answers its SHA-256. One call at a
     * time for a checkpoint; those of others go along in one statement.
     */
    async record(
      checkpointId: string,
      part: Omit<PartRecord, 'sequence'>,
      digestOf: (sequence: number) => Uint8Array,
    ): Promise<number> {
      const sequence = await takeSequence({ checkpointId, atLeast: part.issuedAtSeconds });
      if (sequence === undefined) throw new TypeError('the checkpoint is gone');
      await write({ checkpointId, part: { sequence, ...part }, signedDigest: digestOf(sequence) });
      remember(`${checkpointId} ${sequence}`, { sequence, ...part });
      return sequence;
    },
    async sweep(): Promise<void> {
      await db.raw(
        `DELETE FROM checkpoint_part p USING checkpoint c WHERE c.id = p.checkpoint_id AND p.sequence < c.last_sequence
           AND p.issued_at < ?`,
        [new Date(clock.nowMs() - KEPT_DAYS * 86_400_000)],
      );
    },
  };

  function remember(key: string, part: PartRecord): PartRecord {
    if (kept.size >= 1_000) kept.clear();
    kept.set(key, part);
    return part;
  }
}
export type PartStore = ReturnType<typeof createPartStore>;

function toRecord(row: {
  sequence: number;
  state_digest: Buffer;
  confirmed_at: Date;
  people_sequence: number;
  list_sequences: Record<string, number>;
  issued_at: Date;
}): PartRecord {
  return {
    sequence: row.sequence,
    stateDigest: row.state_digest,
    confirmedAtSeconds: Math.floor(row.confirmed_at.getTime() / 1000),
    peopleSequence: row.people_sequence,
    listSequences: row.list_sequences,
    issuedAtSeconds: Math.floor(row.issued_at.getTime() / 1000),
  };
}
