import type { Clock, Database, Transaction } from '@lanyard/platform';

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
    /** Takes the next sequence and writes down what is about to be signed: `digestOf` answers its SHA-256. */
    async record(
      checkpointId: string,
      part: Omit<PartRecord, 'sequence'>,
      digestOf: (sequence: number) => Uint8Array,
    ): Promise<number> {
      return db.transaction(async (transaction: Transaction) => {
        // Never below the clock, so that a database restored from a backup goes on above what agents hold.
        const { rows } = await transaction.raw(
          'UPDATE checkpoint SET last_sequence = greatest(last_sequence + 1, ?) WHERE id = ? RETURNING last_sequence',
          [part.issuedAtSeconds, checkpointId],
        );
        const sequence: number = rows[0].last_sequence;
        await transaction.raw(
          `INSERT INTO checkpoint_part (checkpoint_id, sequence, state_digest, confirmed_at, people_sequence, list_sequences, signed_digest, issued_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          [
            checkpointId,
            sequence,
            part.stateDigest,
            new Date(part.confirmedAtSeconds * 1000),
            part.peopleSequence,
            JSON.stringify(part.listSequences),
            Buffer.from(digestOf(sequence)),
            new Date(part.issuedAtSeconds * 1000),
          ],
        );
        remember(`${checkpointId} ${sequence}`, { sequence, ...part });
        return sequence;
      });
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
