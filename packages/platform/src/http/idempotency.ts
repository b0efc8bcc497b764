import { createHash } from 'node:crypto';
import type { Database, Transaction } from '../db/connect-database.js';
import { Refusal } from './refusal.js';

export interface KeptAnswer {
  status: number;
  body: unknown;
}

/** What a repeat under the same key has to be equal in. @throws Refusal `input-invalid` for a malformed key */
export function idempotentDigest(key: string, body: unknown): Buffer {
  if (!/^[\x21-\x7e]{8,128}$/.test(key))
    throw new Refusal('input-invalid', { detail: 'Idempotency-Key is 8 to 128 visible characters.' });
  return createHash('sha256')
    .update(JSON.stringify(body ?? null))
    .digest();
}

/**
 * Does `work` once per caller and Idempotency-Key: the answer is stored in the transaction of the work, and a repeat
 * gets the stored answer. Without a key the work is simply done. The key with another body is refused (422).
 */
export async function onceByKey(
  db: Database,
  request: { caller: string; key: string | undefined; body: unknown },
  work: (transaction: Transaction) => Promise<KeptAnswer>,
): Promise<KeptAnswer> {
  const { key } = request;
  if (key === undefined || key === '') return db.transaction(work);
  const digest = idempotentDigest(key, request.body);
  return db.transaction(async (transaction) => {
    // A parallel request with the same key waits here until the first has committed or rolled back.
    const mine = await transaction.raw(
      'INSERT INTO idempotency_key (caller, key, request_digest) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      [request.caller, key, digest],
    );
    if (mine.rowCount === 1) {
      const answer = await work(transaction);
      await transaction.raw('UPDATE idempotency_key SET status = ?, body = ? WHERE caller = ? AND key = ?', [
        answer.status,
        JSON.stringify(answer.body ?? null),
        request.caller,
        key,
      ]);
      return answer;
    }
    const { rows } = await transaction.raw(
      'SELECT request_digest, status, body FROM idempotency_key WHERE caller = ? AND key = ?',
      [request.caller, key],
    );
    const kept: { request_digest: Buffer; status: number; body: unknown } | undefined = rows[0];
    if (kept === undefined || !kept.request_digest.equals(digest)) throw new Refusal('idempotency-key-reused');
    return { status: kept.status, body: kept.body };
  });
}
