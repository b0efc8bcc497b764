import { randomBytes } from 'node:crypto';
import type { Clock, Database } from '@lanyard/platform';
import { digestOf } from './provider-documents.js';

const LIFE_MS = 10 * 60_000;

/** Sign-ins under way at upstream servers; each comes back once. */
export function createUpstreamRequestStore(db: Database, clock: Clock) {
  return {
    newId: () => randomBytes(24).toString('base64url'),
    async create(request: {
      id: string;
      upstreamId: string;
      interactionUid: string;
      codeVerifier?: string | undefined;
      nonce?: string | undefined;
      accountId?: string | undefined;
    }): Promise<void> {
      await db.raw(
        `INSERT INTO upstream_request (digest, upstream_id, interaction_uid, code_verifier, nonce, account_id, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          digestOf(request.id),
          request.upstreamId,
          request.interactionUid,
          request.codeVerifier ?? null,
          request.nonce ?? null,
          request.accountId ?? null,
          new Date(clock.nowMs()),
          new Date(clock.nowMs() + LIFE_MS),
        ],
      );
    },
    /** @param half of the way to the server, or back with the account it vouched for */
    async take(id: string, upstreamId: string, half: 'there' | 'back') {
      const { rows } = await db.raw(
        `UPDATE upstream_request SET used_at = ? WHERE digest = ? AND upstream_id = ? AND used_at IS NULL AND expires_at > ?
         AND (account_id IS NOT NULL) = ? RETURNING interaction_uid, code_verifier, nonce, account_id`,
        [new Date(clock.nowMs()), digestOf(id), upstreamId, new Date(clock.nowMs()), half === 'back'],
      );
      const row = rows[0] as Row | undefined;
      return row === undefined
        ? undefined
        : {
            interactionUid: row.interaction_uid,
            codeVerifier: row.code_verifier ?? undefined,
            nonce: row.nonce ?? undefined,
            accountId: row.account_id ?? undefined,
          };
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM upstream_request WHERE expires_at < ?', [new Date(clock.nowMs())]);
    },
  };
}
export type UpstreamRequestStore = ReturnType<typeof createUpstreamRequestStore>;

interface Row {
  interaction_uid: string;
  code_verifier: string | null;
  nonce: string | null;
  account_id: string | null;
}
