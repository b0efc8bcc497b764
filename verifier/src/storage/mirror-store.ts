import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import type { IssuerSigner, IssuerSignerUse } from '../domain/mirror/mirror-state.js';
import type { PartSealer } from './part-sealer.js';

const KEPT_DELTAS = 64;

export interface StoredPart {
  sequence: number;
  baseSequence: number | undefined;
  cose: Uint8Array;
}

interface SignerRow {
  use: IssuerSignerUse;
  kid: string;
  key: string;
  from: number;
  to: number;
  retired?: number;
}

/** What the verifier keeps of the issuer over a restart. Every write is durable when it returns. */
export function createMirrorStore(db: Database, parts: { sealer: PartSealer; clock: Clock }) {
  const { sealer, clock } = parts;
  const now = () => new Date(clock.nowMs());
  return {
    async read(): Promise<
      { signers: IssuerSigner[]; lastChange: number; confirmedAtSeconds: number | undefined } | undefined
    > {
      const { rows } = await db.raw('SELECT signers, last_change, confirmed_at FROM mirror');
      if (rows[0] === undefined) return undefined;
      return {
        signers: (rows[0].signers as SignerRow[]).map(toSigner),
        lastChange: rows[0].last_change,
        confirmedAtSeconds:
          rows[0].confirmed_at === null ? undefined : Math.floor(rows[0].confirmed_at.getTime() / 1000),
      };
    },
    /** Pins signers, or replaces those pinned. The change is audited. */
    async saveSigners(signers: readonly IssuerSigner[]): Promise<void> {
      const json = JSON.stringify(signers.map(toRow));
      await db.transaction(async (transaction: Transaction) => {
        const { rows } = await transaction.raw(
          `INSERT INTO mirror (signers) VALUES (?) ON CONFLICT (one) DO UPDATE SET signers = excluded.signers
           RETURNING (xmax = 0) AS first`,
          [json],
        );
        const action = rows[0]?.first === true ? 'issuer-signers.pinned' : 'issuer-signers.replaced';
        const kids = signers.map(
          ({ use, kid, retiredSinceSeconds }) =>
            `${use}:${Buffer.from(kid).toString('base64url')}${retiredSinceSeconds === undefined ? '' : ':retired'}`,
        );
        await appendAudit(
          transaction,
          [{ actor: 'service:verifier', action, subject: 'issuer', detail: { kids } }],
          clock.nowMs(),
        );
      });
    },
    async saveProgress(lastChange: number, confirmedAtSeconds: number): Promise<void> {
      await db.raw('UPDATE mirror SET last_change = ?, confirmed_at = ?', [
        lastChange,
        new Date(confirmedAtSeconds * 1000),
      ]);
    },
    /** Keeps a part; of whole tables only the newest, of deltas the last 64. */
    async savePart(part: StoredPart): Promise<void> {
      await db.transaction(async (transaction: Transaction) => {
        await transaction.raw(
          `INSERT INTO people_part (sequence, base_sequence, cose_sealed, received_at) VALUES (?, ?, ?, ?)
           ON CONFLICT (sequence, coalesce(base_sequence, -1)) DO NOTHING`,
          [part.sequence, part.baseSequence ?? null, sealer.seal(part.cose), now()],
        );
        await transaction.raw(
          `DELETE FROM people_part p WHERE base_sequence IS NULL
             AND EXISTS (SELECT FROM people_part n WHERE n.base_sequence IS NULL AND n.sequence > p.sequence)`,
        );
        await transaction.raw(
          `DELETE FROM people_part WHERE base_sequence IS NOT NULL AND (sequence, base_sequence) <
             (SELECT sequence, base_sequence FROM people_part WHERE base_sequence IS NOT NULL
              ORDER BY sequence DESC, base_sequence DESC LIMIT 1 OFFSET ?)`,
          [KEPT_DELTAS - 1],
        );
      });
    },
    /** A stored delta, or with no base a stored whole table, of exactly this sequence. */
    async findPart(sequence: number, baseSequence: number | undefined): Promise<Uint8Array | undefined> {
      const { rows } = await db.raw(
        'SELECT cose_sealed FROM people_part WHERE sequence = ? AND coalesce(base_sequence, -1) = ?',
        [sequence, baseSequence ?? -1],
      );
      return rows[0] === undefined ? undefined : sealer.open(rows[0].cose_sealed);
    },
    /** The newest whole table, then every delta after it, oldest first. */
    async readParts(): Promise<StoredPart[]> {
      const { rows } = await db.raw(
        `SELECT sequence, base_sequence, cose_sealed FROM people_part
         WHERE sequence >= (SELECT max(sequence) FROM people_part WHERE base_sequence IS NULL)
           AND (base_sequence IS NULL OR base_sequence >= (SELECT max(sequence) FROM people_part WHERE base_sequence IS NULL))
         ORDER BY sequence, base_sequence NULLS FIRST`,
      );
      return (rows as { sequence: number; base_sequence: number | null; cose_sealed: Buffer }[]).map((row) => ({
        sequence: row.sequence,
        baseSequence: row.base_sequence ?? undefined,
        cose: sealer.open(row.cose_sealed),
      }));
    },
    async saveLists(lists: readonly { listNumber: number; sequence: number; cose: Uint8Array }[]): Promise<void> {
      await db.transaction(async (transaction: Transaction) => {
        await transaction.raw('DELETE FROM pass_list');
        for (const list of lists) {
          await transaction.raw(
            'INSERT INTO pass_list (list_number, sequence, cose, received_at) VALUES (?, ?, ?, ?)',
            [list.listNumber, list.sequence, Buffer.from(list.cose), now()],
          );
        }
      });
    },
    async readLists(): Promise<Uint8Array[]> {
      const { rows } = await db.raw('SELECT cose FROM pass_list ORDER BY list_number');
      return rows.map((row: { cose: Buffer }) => row.cose);
    },
  };
}
export type MirrorStore = ReturnType<typeof createMirrorStore>;

function toSigner(row: SignerRow): IssuerSigner {
  return {
    use: row.use,
    kid: Buffer.from(row.kid, 'base64url'),
    key: Buffer.from(row.key, 'base64url'),
    fromSeconds: row.from,
    toSeconds: row.to,
    ...(row.retired === undefined ? {} : { retiredSinceSeconds: row.retired }),
  };
}

function toRow(signer: IssuerSigner): SignerRow {
  return {
    use: signer.use,
    kid: Buffer.from(signer.kid).toString('base64url'),
    key: Buffer.from(signer.key).toString('base64url'),
    from: signer.fromSeconds,
    to: signer.toSeconds,
    ...(signer.retiredSinceSeconds === undefined ? {} : { retired: signer.retiredSinceSeconds }),
  };
}
