import { createHash } from 'node:crypto';
import type { Database, Queryable } from '../db/connect-database.js';

export const GENESIS_LINK = Buffer.alloc(32);

/** SHA-256(salt || row text). */
export function auditRowDigest(salt: Uint8Array, rowText: string): Buffer {
  return createHash('sha256').update(salt).update(rowText, 'utf8').digest();
}

/** link = SHA-256(previous link || row digest). */
export function nextAuditLink(previous: Uint8Array, rowDigest: Uint8Array): Buffer {
  return createHash('sha256').update(previous).update(rowDigest).digest();
}

interface NewestLink {
  sequence: number;
  link: Buffer;
  transaction_id: string;
  id: number;
  /** False after a restore into a new cluster, whose transaction numbers begin again below the stored ones. */
  ordered: boolean;
}

/** Rows are linked in the order (transaction, id), so the newest link says where to go on. */
function afterNewest(newest: NewestLink | undefined): string {
  if (newest?.ordered === true) return '(a.transaction_id, a.id) > (?::xid8, ?)';
  return 'NOT EXISTS (SELECT FROM audit_link l WHERE l.audit_id = a.id)';
}

interface OpenRow {
  id: number;
  row_text: string;
  salt: Buffer;
}

/**
 * Links all rows older than the oldest open transaction: a row that becomes visible later can then never have to be
 * put before one already linked. Only one sealer works at a time (advisory lock per schema). Returns the rows linked.
 */
export async function sealAudit(sealer: Database, batch = 2000): Promise<number> {
  return sealer.transaction(async (transaction) => {
    const locked = await transaction.raw(
      "SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || ' audit')) AS mine",
    );
    if (locked.rows[0].mine !== true) return 0;
    const last = await transaction.raw(
      `SELECT l.sequence, l.link, a.transaction_id::text AS transaction_id, a.id, a.transaction_id < pg_snapshot_xmin(pg_current_snapshot()) AS ordered
       FROM audit_link l JOIN audit a ON a.id = l.audit_id ORDER BY l.sequence DESC LIMIT 1`,
    );
    const newest: NewestLink | undefined = last.rows[0];
    let sequence = newest?.sequence ?? 0;
    let link: Buffer = newest?.link ?? GENESIS_LINK;
    const open = await transaction.raw(
      `SELECT a.id, a.row_text, a.salt FROM audit a
       WHERE a.transaction_id < pg_snapshot_xmin(pg_current_snapshot()) AND a.row_text IS NOT NULL AND ${afterNewest(newest)}
       ORDER BY a.transaction_id, a.id LIMIT ?`,
      newest?.ordered === true ? [newest.transaction_id, newest.id, batch] : [batch],
    );
    const rows = (open.rows as OpenRow[]).map((row) => {
      const digest = auditRowDigest(row.salt, row.row_text);
      link = nextAuditLink(link, digest);
      sequence += 1;
      return { sequence, audit_id: row.id, row_digest: digest, link };
    });
    if (rows.length > 0) {
      await transaction.raw(
        `INSERT INTO audit_link (sequence, audit_id, row_digest, link)
         SELECT * FROM unnest(?::bigint[], ?::bigint[], ?::bytea[], ?::bytea[])`,
        [
          rows.map((row) => row.sequence),
          rows.map((row) => row.audit_id),
          rows.map((row) => row.row_digest),
          rows.map((row) => row.link),
        ],
      );
    }
    return rows.length;
  });
}

export interface AuditHead {
  sequence: number;
  link: Buffer;
}

/** The newest link, or the genesis link of an empty chain. */
export async function readAuditHead(db: Queryable): Promise<AuditHead> {
  const last = await db.raw('SELECT sequence, link FROM audit_link ORDER BY sequence DESC LIMIT 1');
  return { sequence: Number(last.rows[0]?.sequence ?? 0), link: last.rows[0]?.link ?? GENESIS_LINK };
}
