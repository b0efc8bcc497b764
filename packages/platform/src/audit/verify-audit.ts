import type { Queryable } from '../db/connect-database.js';
import { auditRowDigest, GENESIS_LINK, nextAuditLink } from './seal-audit.js';

export interface AuditCheck {
  ok: boolean;
  rows: number;
  erased: number;
  unsealed: number;
  heads: number;
  /** First broken place, when there is one. */
  broken?: {
    sequence: number;
    fault: 'gap' | 'row-changed' | 'link-wrong' | 'row-missing' | 'head-differs' | 'head-signature';
  };
}

/**
 * Recomputes the whole chain from its rows and compares every signed head. An erased row is checked by the digest
 * that was kept; it proves order and existence, no longer content.
 */
export async function verifyAudit(
  db: Queryable,
  verifyHead: (jws: string) => { sequence: number; link: string } | undefined,
): Promise<AuditCheck> {
  let link: Buffer = GENESIS_LINK;
  let sequence = 0;
  let erased = 0;
  const heads = new Map<number, string>();
  const headRows = await db.raw('SELECT sequence, jws FROM audit_head ORDER BY sequence');
  for (const row of headRows.rows as { sequence: number; jws: string }[]) heads.set(row.sequence, row.jws);
  const result = (broken?: AuditCheck['broken']): AuditCheck => ({
    ok: broken === undefined,
    rows: sequence,
    erased,
    unsealed: 0,
    heads: heads.size,
    ...(broken === undefined ? {} : { broken }),
  });
  for (;;) {
    const page = await db.raw(
      `SELECT l.sequence, l.row_digest, l.link, a.row_text, a.salt, a.id FROM audit_link l LEFT JOIN audit a ON a.id = l.audit_id
       WHERE l.sequence > ? ORDER BY l.sequence LIMIT 5000`,
      [sequence],
    );
    for (const row of page.rows) {
      if (row.sequence !== sequence + 1) return result({ sequence: sequence + 1, fault: 'gap' });
      if (row.id === null) return result({ sequence: row.sequence, fault: 'row-missing' });
      if (row.row_text === null) erased += 1;
      else if (!auditRowDigest(row.salt, row.row_text).equals(row.row_digest))
        return result({ sequence: row.sequence, fault: 'row-changed' });
      link = nextAuditLink(link, row.row_digest);
      if (!link.equals(row.link)) return result({ sequence: row.sequence, fault: 'link-wrong' });
      sequence = row.sequence;
      const jws = heads.get(sequence);
      if (jws !== undefined) {
        const head = verifyHead(jws);
        if (head === undefined) return result({ sequence, fault: 'head-signature' });
        if (head.sequence !== sequence || head.link !== link.toString('base64url'))
          return result({ sequence, fault: 'head-differs' });
      }
    }
    if (page.rows.length < 5000) break;
  }
  const newestHead = [...heads.keys()].at(-1) ?? 0;
  if (newestHead > sequence) return result({ sequence: newestHead, fault: 'gap' });
  const open = await db.raw(
    'SELECT count(*) AS n FROM audit a WHERE NOT EXISTS (SELECT FROM audit_link l WHERE l.audit_id = a.id)',
  );
  return { ...result(), unsealed: Number(open.rows[0].n) };
}
