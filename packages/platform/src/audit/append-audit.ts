import { randomBytes } from 'node:crypto';
import type { Transaction } from '../db/connect-database.js';

/** One event, dotted and in the past tense. `subject` is an internal id (`student:17`), never a name or number. */
export interface AuditEvent {
  actor: string;
  action: string;
  subject: string;
  detail?: Record<string, unknown>;
}

/** SQL for the subject of an audit row whose text is there; an index has this very expression. */
export const AUDIT_SUBJECT = `substring(row_text FROM '"subject":"([^"]*)"')`;

const SALT_BYTES = 16;

/**
 * Writes the rows in the transaction of the change they tell of, without any lock; the sealer links them afterwards.
 */
export async function appendAudit(
  transaction: Transaction,
  events: readonly AuditEvent[],
  nowMs: number,
): Promise<void> {
  const at = new Date(nowMs).toISOString();
  for (let start = 0; start < events.length; start += 1000) {
    const slice = events.slice(start, start + 1000);
    await transaction.raw(
      `INSERT INTO audit (at, row_text, salt, action)
       SELECT ?::timestamptz, row_text, salt, action FROM unnest(?::text[], ?::bytea[], ?::text[]) AS t (row_text, salt, action)`,
      [
        at,
        slice.map((event) => auditRowText(at, event)),
        slice.map(() => randomBytes(SALT_BYTES)),
        slice.map((event) => event.action),
      ],
    );
  }
}

function auditRowText(at: string, event: AuditEvent): string {
  return JSON.stringify({
    at,
    actor: event.actor,
    action: event.action,
    subject: event.subject,
    detail: event.detail ?? {},
  });
}
