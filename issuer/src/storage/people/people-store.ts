import type { Queryable, Transaction } from '@lanyard/platform';
import type { EnrolmentStatus } from '@lanyard/protocol';

/** A gate key's row as it stands in the database; `state` holds what the state byte is made from. */
export interface StoredPerson {
  id: number;
  gateKey: Buffer;
  linkKeyEncrypted: Buffer;
  linkKeyDay: number;
  rowNumber: number;
  enrolmentStatus: EnrolmentStatus;
  credentialState: 'valid' | 'suspended' | 'revoked';
  stopped: boolean;
  registered: boolean;
  policyClass: number;
  portraitId: Buffer | null;
  removed: boolean;
}

export interface Publication {
  sequence: number;
  keyDay: number;
  digest: Buffer;
  rows: number;
  auditHead: Buffer;
  issuedAt: Date;
}

const COLUMNS = `g.id, g.public_key, g.link_key_encrypted, g.link_key_day, hs.row_number, hs.enrolment_status, hs.credential_state,
  hs.hold = 'suspended' AS stopped, coalesce(hs.registered_until >= ?::date, false) AS registered, hs.policy_class, hs.portrait_id,
  coalesce(g.retire_at <= ?, false) AS removed`;

interface PersonRow {
  id: number;
  public_key: Buffer;
  link_key_encrypted: Buffer;
  link_key_day: number;
  row_number: number;
  enrolment_status: EnrolmentStatus;
  credential_state: StoredPerson['credentialState'];
  stopped: boolean;
  registered: boolean;
  policy_class: number;
  portrait_id: Buffer | null;
  removed: boolean;
}

function toPerson(row: PersonRow): StoredPerson {
  return {
    id: row.id,
    gateKey: row.public_key,
    linkKeyEncrypted: row.link_key_encrypted,
    linkKeyDay: row.link_key_day,
    rowNumber: Number(row.row_number),
    enrolmentStatus: row.enrolment_status,
    credentialState: row.credential_state,
    stopped: row.stopped,
    registered: row.registered,
    policyClass: row.policy_class,
    portraitId: row.portrait_id,
    removed: row.removed,
  };
}

export async function lastPublication(on: Queryable): Promise<Publication | undefined> {
  const { rows } = await on.raw(
    'SELECT sequence, key_day, digest, rows, audit_head, issued_at FROM people_publication ORDER BY sequence DESC LIMIT 1',
  );
  return rows[0] === undefined ? undefined : toPublication(rows[0]);
}

export async function findPublication(on: Queryable, sequence: number): Promise<Publication | undefined> {
  const { rows } = await on.raw(
    'SELECT sequence, key_day, digest, rows, audit_head, issued_at FROM people_publication WHERE sequence = ?',
    [sequence],
  );
  return rows[0] === undefined ? undefined : toPublication(rows[0]);
}

function toPublication(row: {
  sequence: number;
  key_day: number;
  digest: Buffer;
  rows: number;
  audit_head: Buffer;
  issued_at: Date;
}): Publication {
  return {
    sequence: row.sequence,
    keyDay: row.key_day,
    digest: row.digest,
    rows: row.rows,
    auditHead: row.audit_head,
    issuedAt: row.issued_at,
  };
}

/** The rows of these students are looked at again; in the transaction of what changed. */
export async function markPeople(transaction: Queryable, studentIds: readonly number[]): Promise<void> {
  await transaction.raw('INSERT INTO people_mark (student_id) SELECT unnest(?::bigint[])', [[...studentIds]]);
}

/** Marks rows whose time has come: former keys to remove, and on a new day those whose semester registration ended. */
export async function markDueRows(transaction: Transaction, now: Date, today: string, newDay: boolean): Promise<void> {
  await transaction.raw(
    'INSERT INTO people_mark (student_id) SELECT DISTINCT student_id FROM gate_key WHERE retire_at <= ? AND removed_at IS NULL',
    [now],
  );
  if (!newDay) return;
  await transaction.raw(
    `INSERT INTO people_mark (student_id)
     SELECT DISTINCT g.student_id FROM gate_key g JOIN student s ON s.id = g.student_id
     WHERE g.removed_at IS NULL AND (g.published_state & 128 <> 0) <> coalesce(s.registered_until >= ?::date, false)`,
    [today],
  );
}

/**
 * Takes the marks and answers the rows behind them. One statement, so one snapshot: a change that is not seen has its mark
 * still to come.
 */
export async function takeMarkedRows(transaction: Transaction, now: Date, today: string): Promise<StoredPerson[]> {
  const { rows } = await transaction.raw(
    `WITH marked AS (DELETE FROM people_mark RETURNING student_id)
     SELECT ${COLUMNS} FROM gate_key g JOIN holder_state hs ON hs.student_id = g.student_id
     WHERE g.removed_at IS NULL AND g.student_id IN (SELECT student_id FROM marked) ORDER BY g.id`,
    [today, now],
  );
  return rows.map(toPerson);
}

/** What publication `sequence` says of each row it changes. Rows that leave lose their link key. */
export async function recordPublishedRows(
  transaction: Transaction,
  sequence: number,
  now: Date,
  rows: readonly { id: number; state: number | null; removed: boolean }[],
): Promise<void> {
  if (rows.length === 0) return;
  await transaction.raw(
    `UPDATE gate_key g SET changed_sequence = ?, published_state = coalesce(t.state, g.published_state),
       removed_at = CASE WHEN t.removed THEN ?::timestamptz END,
       link_key_encrypted = CASE WHEN t.removed THEN ''::bytea ELSE g.link_key_encrypted END
     FROM unnest(?::bigint[], ?::smallint[], ?::boolean[]) AS t (id, state, removed) WHERE g.id = t.id`,
    [sequence, now, rows.map((row) => row.id), rows.map((row) => row.state), rows.map((row) => row.removed)] as never,
  );
}

/** All rows of the table as last published; marked ones as they are now, until they are taken. */
export async function readPublishedPeople(on: Queryable, now: Date, today: string): Promise<StoredPerson[]> {
  const { rows } = await on.raw(
    `SELECT ${COLUMNS} FROM gate_key g JOIN holder_state hs ON hs.student_id = g.student_id WHERE g.removed_at IS NULL AND g.changed_sequence IS NOT NULL`,
    [today, now],
  );
  return rows.map(toPerson);
}

/** Gate keys that changed after `sequence`: put when they are still there, removed when not. */
export async function readChangedKeys(on: Queryable, sequence: number): Promise<{ key: Buffer; removed: boolean }[]> {
  const { rows } = await on.raw(
    'SELECT public_key, removed_at IS NOT NULL AS removed FROM gate_key WHERE changed_sequence > ? ORDER BY public_key',
    [sequence],
  );
  return rows.map((row: { public_key: Buffer; removed: boolean }) => ({ key: row.public_key, removed: row.removed }));
}

/** Written before the part is signed. */
export async function recordPublication(transaction: Transaction, publication: Publication): Promise<void> {
  await transaction.raw(
    'INSERT INTO people_publication (sequence, key_day, digest, rows, audit_head, issued_at) VALUES (?, ?, ?, ?, ?, ?)',
    [
      publication.sequence,
      publication.keyDay,
      publication.digest,
      publication.rows,
      publication.auditHead,
      publication.issuedAt,
    ],
  );
}
