import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock, Database, Transaction } from '@lanyard/platform';

const digestOf = (text: string) => createHash('sha256').update(text).digest();

/** Check requests of the sandbox: answered by a call in the place of a wallet, once, and told as real ones are. */
export function createSandboxRequestStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  return {
    /**
     * True for the one answer that counts, in the transaction of keeping its check. With `returns`, the link the
     * student's browser would follow back to the partner, with the response code.
     */
    async settle(
      transaction: Transaction,
      { id, partnerId }: { id: string; partnerId: string },
    ): Promise<{ returnTo: string | undefined } | undefined> {
      const code = randomBytes(24).toString('base64url');
      const { rows } = await transaction.raw(
        `UPDATE partner_check_request SET state = 'settled', settled_at = ?,
           sandbox_code_digest = CASE WHEN held_back THEN ?::bytea END
         WHERE id = ? AND partner_id = ? AND sandbox AND state = 'open' AND expires_at > ?
         RETURNING sandbox_return_url AS url`,
        [now(), digestOf(code), id, partnerId, now()],
      );
      if (rows[0] === undefined) return undefined;
      const url: string | null = rows[0].url;
      return { returnTo: url === null ? undefined : `${url}#response_code=${code}` };
    },
    /** Redeems the response code, once, in the session it was asked for. Undefined where the request is a real one. */
    async redeem(
      id: string,
      responseCode: string,
      session: string | undefined,
    ): Promise<'redeemed' | 'invalid' | 'used' | 'other-session' | undefined> {
      const digest = digestOf(responseCode);
      const sessionDigest = session === undefined ? null : digestOf(session);
      const { rowCount } = await db.raw(
        `UPDATE partner_check_request SET sandbox_code_used_at = ? WHERE id = ? AND sandbox AND sandbox_code_digest = ?
           AND sandbox_session_digest IS NOT DISTINCT FROM ?::bytea AND sandbox_code_used_at IS NULL`,
        [now(), id, digest, sessionDigest],
      );
      if (rowCount === 1) return 'redeemed';
      const { rows } = await db.raw(
        `SELECT sandbox_code_digest AS known, sandbox_code_used_at AS used,
           sandbox_session_digest IS NOT DISTINCT FROM ?::bytea AS same FROM partner_check_request WHERE id = ? AND sandbox`,
        [sessionDigest, id],
      );
      if (rows[0] === undefined) return undefined;
      if (!timingSafeEqual(rows[0].known ?? digestOf(''), digest)) return 'invalid';
      if (rows[0].same !== true) return 'other-session';
      return rows[0].used === null ? 'invalid' : 'used';
    },
  };
}
export type SandboxRequestStore = ReturnType<typeof createSandboxRequestStore>;
