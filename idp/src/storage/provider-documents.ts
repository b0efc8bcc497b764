import { createHash } from 'node:crypto';
import type { Clock, Database } from '@lanyard/platform';

/** What the provider keeps under an identifier of its own making. */
export interface ProviderPayload {
  [name: string]: unknown;
  grantId?: string;
  uid?: string;
  consumed?: number;
}

/** Models whose identifier must be new: a second write is a replay. */
const ONCE = new Set(['ReplayDetection']);

/**
 * Documents of the OpenID provider in one table. `consume` is one statement that only one of any number of parallel
 * callers wins; `insertOnce` likewise. Identifiers are kept as digests.
 */
export function createProviderDocuments(db: Database, clock: Clock) {
  const latestExpiry = (model: string) =>
    new Date(clock.nowMs() + (LIFE_SECONDS[model] ?? LONGEST_LIFE_SECONDS) * 1000 + CLOCKS_APART_MS);
  const expiry = (expiresIn: number | undefined) =>
    expiresIn === undefined || !Number.isFinite(expiresIn) ? null : new Date(clock.nowMs() + expiresIn * 1000);
  return {
    /** False where `model` may be written once only and the identifier is taken. */
    async upsert(model: string, id: string, payload: ProviderPayload, expiresIn?: number): Promise<boolean> {
      const { jti: _identifier, ...kept } = payload;
      const { rowCount } = await db.raw(
        `INSERT INTO provider_document (model, digest, payload, grant_id, uid, expires_at)
         VALUES (?, ?, ?::jsonb, ?, ?, ?)
         ON CONFLICT (model, digest) DO ${
           ONCE.has(model)
             ? 'NOTHING'
             : 'UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid, expires_at = excluded.expires_at'
         }`,
        [model, digestOf(id), JSON.stringify(kept), payload.grantId ?? null, payload.uid ?? null, expiry(expiresIn)],
      );
      return rowCount === 1;
    },
    async find(model: string, id: string): Promise<ProviderPayload | undefined> {
      const { rows } = await db.raw(
        `SELECT payload, consumed_at FROM provider_document
         WHERE model = ? AND digest = ? AND (expires_at IS NULL OR expires_at BETWEEN ? AND ?)`,
        [model, digestOf(id), new Date(clock.nowMs() - KEPT_AFTER_EXPIRY_MS), latestExpiry(model)],
      );
      return payloadOf(rows[0], id);
    },
    async findByUid(model: string, uid: string): Promise<ProviderPayload | undefined> {
      const { rows } = await db.raw(
        'SELECT payload, consumed_at FROM provider_document WHERE model = ? AND uid = ? AND consumed_at IS NULL AND (expires_at IS NULL OR expires_at > ?)',
        [model, uid, new Date(clock.nowMs())],
      );
      return payloadOf(rows[0], uid);
    },
    /** True for exactly one caller (identity layer, trap T2). */
    async consume(model: string, id: string): Promise<boolean> {
      const { rowCount } = await db.raw(
        'UPDATE provider_document SET consumed_at = ? WHERE model = ? AND digest = ? AND consumed_at IS NULL',
        [new Date(clock.nowMs()), model, digestOf(id)],
      );
      return rowCount === 1;
    },
    async destroy(model: string, id: string): Promise<void> {
      await db.raw('DELETE FROM provider_document WHERE model = ? AND digest = ?', [model, digestOf(id)]);
    },
    async revokeByGrantId(model: string, grantId: string): Promise<void> {
      await db.raw('DELETE FROM provider_document WHERE model = ? AND grant_id = ?', [model, grantId]);
    },
    async sweep(): Promise<void> {
      await db.raw('DELETE FROM provider_document WHERE expires_at < ?', [
        new Date(clock.nowMs() - KEPT_AFTER_EXPIRY_MS),
      ]);
    },
  };
}
export type ProviderDocuments = ReturnType<typeof createProviderDocuments>;

/** Expired documents stay this long, so that "expired" and "unknown" can be told apart and a replay still be seen. */
const KEPT_AFTER_EXPIRY_MS = 60_000;

/**
 * What expires later than its whole life from now was made in the future: the clock was set back, and an expired
 * document would live again (attack 30). Seconds; the provider gives no document of these models longer.
 */
const LIFE_SECONDS: Readonly<Record<string, number>> = {
  AuthorizationCode: 60,
  PushedAuthorizationRequest: 60,
  AccessToken: 300,
  Interaction: 900,
};
const LONGEST_LIFE_SECONDS = 15 * 86_400;
/** How far the clocks of two processes of this layer may be apart. */
const CLOCKS_APART_MS = 30_000;

export const digestOf = (id: string): Buffer => createHash('sha256').update(id).digest();

function payloadOf(
  row: { payload: ProviderPayload; consumed_at: Date | null } | undefined,
  id: string,
): ProviderPayload | undefined {
  if (row === undefined) return undefined;
  return {
    ...row.payload,
    jti: id,
    ...(row.consumed_at === null ? {} : { consumed: Math.floor(row.consumed_at.getTime() / 1000) }),
  };
}
