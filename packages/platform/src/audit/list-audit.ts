import type { Database } from '../db/connect-database.js';

export interface AuditQuery {
  after: number;
  limit: number;
  newest: boolean;
  action?: string | undefined;
}

/** Audit rows page by page, with the place each has in the sealed chain. */
export async function listAudit(
  db: Database,
  query: AuditQuery,
): Promise<{ rows: { id: number }[]; next: number | null }> {
  const values: (number | string)[] = [];
  const conditions = ['TRUE'];
  if (query.after > 0) {
    conditions.push(query.newest ? 'a.id < ?' : 'a.id > ?');
    values.push(query.after);
  }
  if (query.action !== undefined) {
    conditions.push('a.action = ?');
    values.push(query.action);
  }
  const { rows } = await db.raw(
    `SELECT a.id, a.at, a.action, a.row_text::jsonb - 'at' - 'action' AS content, l.sequence, encode(substring(l.link, 1, 8), 'hex') AS link
     FROM audit a LEFT JOIN audit_link l ON l.audit_id = a.id WHERE ${conditions.join(' AND ')} ORDER BY a.id ${query.newest ? 'DESC' : 'ASC'} LIMIT ?`,
    [...values, query.limit],
  );
  return { rows, next: rows.length === query.limit ? rows.at(-1).id : null };
}
