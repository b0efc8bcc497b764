import { createHash, randomBytes, randomInt } from 'node:crypto';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import { CONFIGURATION_RULES, type ConfigurationId } from '../../domain/credentials/configurations.js';
import { announcePasses } from '../people/propagate-change.js';
import { moveLists } from './wallet-store.js';

/** An entry of a status list, taken for one copy and written down before the copy is signed. */
export interface TakenEntry {
  listId: number;
  listIndex: number;
}

/** A batch that may be signed now. */
export interface RecordedBatch {
  entries: TakenEntry[];
  issuedAtSeconds: number;
  expiresAtSeconds: number;
  /** For notifications (OpenID4VCI 1.0 §11). */
  notificationId: string;
}

const WEEK_MS = 7 * 86_400_000;
/** 1970-01-05 was a Monday. */
const FIRST_MONDAY_MS = 4 * 86_400_000;
const LIST_SIZE = 131_072;
/** Above this share a list's random search gets slow, and a new part is begun. */
const FULL_SHARE = 0.5;

function weekOf(nowMs: number): { week: string; endMs: number } {
  const startMs = FIRST_MONDAY_MS + Math.floor((nowMs - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS;
  return { week: new Date(startMs).toISOString().slice(0, 10), endMs: startMs + WEEK_MS };
}

/**
 * Writes one credential row per holder key, each with a random list index that never was another's: the database
 * refuses a second one, and the search goes on. Copies of one batch share issue and expiry time.
 */
export async function recordCredentials(
  transaction: Transaction,
  batch: {
    studentId: number;
    walletId: number;
    configurationId: ConfigurationId;
    holderKeys: readonly Uint8Array[];
    /** Who will sign the copies: they are good only while it is. */
    signerKid: Uint8Array;
    /** From {@link findOpenList}. */
    listId: number;
    /** The document that is copied. No copy outlives it. */
    document?: { readonly id: number; readonly number: string; readonly endsAtSeconds: number } | undefined;
    clock: Clock;
  },
): Promise<RecordedBatch> {
  const rule = CONFIGURATION_RULES[batch.configurationId];
  const { listId, document } = batch;
  const issuedAtSeconds = Math.floor(batch.clock.nowSeconds() / 60) * 60;
  const expiresAtSeconds = Math.min(issuedAtSeconds + rule.lifeSeconds, document?.endsAtSeconds ?? Infinity);
  const notificationId = randomBytes(24).toString('base64url');
  const issuance = await transaction.raw(
    `INSERT INTO issuance (notification_digest, student_id, wallet_id, configuration_id, issued_at)
     VALUES (?, ?, ?, ?, ?) RETURNING id`,
    [
      ...[notificationDigest(notificationId), batch.studentId, batch.walletId, batch.configurationId],
      new Date(batch.clock.nowMs()),
    ],
  );
  const issuanceId: number = issuance.rows[0].id;
  const entries: TakenEntry[] = [];
  for (const holderKey of batch.holderKeys) {
    let listIndex: number | undefined;
    while (listIndex === undefined) {
      const wanted = randomInt(0, LIST_SIZE);
      const made = await transaction.raw(
        `INSERT INTO credential (student_id, wallet_id, configuration_id, holder_key, list_id, list_index, issued_at, expires_at, issuance_id, signer_kid, document_id)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ON CONSTRAINT credential_index_once DO NOTHING RETURNING list_index`,
        [
          ...[batch.studentId, batch.walletId, batch.configurationId, Buffer.from(holderKey), listId, wanted],
          ...[
            new Date(issuedAtSeconds * 1000),
            new Date(expiresAtSeconds * 1000),
            issuanceId,
            Buffer.from(batch.signerKid),
            document?.id ?? null,
          ],
        ],
      );
      listIndex = made.rows[0]?.list_index;
    }
    entries.push({ listId, listIndex });
  }
  const ended = await endOldCopies(transaction, batch);
  await appendAudit(
    transaction,
    [
      {
        actor: `wallet:${batch.walletId}`,
        action: 'credential.issued',
        subject: `student:${batch.studentId}`,
        detail: {
          configuration_id: batch.configurationId,
          list: listId,
          indices: entries.map((entry) => entry.listIndex),
          ...(document === undefined ? {} : { document: document.number }),
          ...(ended === 0 ? {} : { ended }),
        },
      },
    ],
    batch.clock.nowMs(),
  );
  return { entries, issuedAtSeconds, expiresAtSeconds, notificationId };
}

/** A wallet that asks again and again has its newest copies and no heap of living ones: the oldest are revoked. */
async function endOldCopies(
  transaction: Transaction,
  batch: {
    walletId: number;
    studentId: number;
    configurationId: ConfigurationId;
    document?: { readonly id: number } | undefined;
  },
): Promise<number> {
  const { walletId, studentId, configurationId, document } = batch;
  const { rows } = await transaction.raw(
    `UPDATE credential SET status = 1 WHERE status <> 1 AND id IN (
       SELECT id FROM credential WHERE student_id = ? AND expires_at > now() AND wallet_id = ? AND configuration_id = ? AND status <> 1
         AND document_id IS NOT DISTINCT FROM ?::bigint
       ORDER BY id DESC OFFSET ?) RETURNING list_id`,
    [studentId, walletId, configurationId, document?.id ?? null, CONFIGURATION_RULES[configurationId].alive],
  );
  if (rows.length === 0) return 0;
  await moveLists(transaction, rows as { list_id: number }[]);
  await announcePasses(transaction);
  return rows.length;
}

/** Notification identifiers are kept as digests: whoever reads the table cannot speak for a wallet. */
export const notificationDigest = (id: string): Buffer => createHash('sha256').update(id).digest();

/** Counting a list is not free: the answer holds for a while, and half of the list is left as a margin. */
const COUNT_HOLDS_MS = 10_000;
export type OpenLists = Map<string, { id: number; untilMs: number }>;

/**
 * The list that takes a batch now. Called before the transaction that uses it: a rolled-back one never takes its list
 * along, and none holds one connection while it waits for another.
 */
export async function findOpenList(
  db: Database,
  openLists: OpenLists,
  batch: { configurationId: ConfigurationId; copies: number; nowMs: number },
): Promise<number> {
  const rule = CONFIGURATION_RULES[batch.configurationId];
  const { week, endMs } = weekOf(batch.nowMs);
  const wanted = {
    ...{ kind: rule.listKind, week, need: batch.copies, nowMs: batch.nowMs },
    expiresAt: new Date(endMs + rule.lifeSeconds * 1000),
  };
  const known = openLists.get(`${wanted.kind} ${wanted.week}`);
  if (known !== undefined && known.untilMs > wanted.nowMs) return known.id;
  const id = await countOpenList(db, wanted);
  openLists.set(`${wanted.kind} ${wanted.week}`, { id, untilMs: wanted.nowMs + COUNT_HOLDS_MS });
  return id;
}

async function countOpenList(
  db: Database,
  wanted: { kind: string; week: string; expiresAt: Date; need: number },
): Promise<number> {
  for (let part = 0; ; part += 1) {
    const made = await db.raw(
      'INSERT INTO status_list (kind, week, part, size, expires_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, week, part) DO NOTHING',
      [wanted.kind, wanted.week, part, LIST_SIZE, wanted.expiresAt],
    );
    // Gates hear of a new list before the first pass of it is shown.
    if (made.rowCount === 1 && wanted.kind === 'pass') await announcePasses(db);
    const { rows } = await db.raw(
      `SELECT l.id, (SELECT count(*) FROM credential c WHERE c.list_id = l.id) AS taken FROM status_list l WHERE kind = ? AND week = ? AND part = ?`,
      [wanted.kind, wanted.week, part],
    );
    const list: { id: number; taken: number } | undefined = rows[0];
    if (list !== undefined && list.taken + wanted.need <= LIST_SIZE * FULL_SHARE) return list.id;
  }
}
