import { createHash } from 'node:crypto';
import type { AcrLevel } from '@lanyard/platform';
import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import { MAX_AHEAD_MS } from '../domain/cas/ticket.js';
import type { FindAccessToken, IssueCode, RedeemCode, UsedCode } from '../domain/oauth2/code-ports.js';

interface CodeRow {
  relying_party_id: string;
  redirect_uri: string;
  redirect_uri_given: boolean;
  challenge: string | null;
  session_uid: string;
  account_id: string;
  acr: AcrLevel;
  auth_time_seconds: number;
  issued_at: Date;
  expires_at: Date;
}
interface TokenRow {
  relying_party_id: string;
  session_uid: string;
  account_id: string;
}

const digestOf = (text: string) => createHash('sha256').update(text).digest();

/** Codes and access tokens of the OAuth 2.0 facade. Processes that share the database agree on who used a code first. */
export function createOauth2Store(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());
  const audit = (
    transaction: Transaction,
    action: string,
    of: { relyingPartyId: string; accountId: string },
    detail: object = {},
  ) =>
    appendAudit(
      transaction,
      [
        {
          actor: `relying-party:${of.relyingPartyId}`,
          action,
          subject: `account:${of.accountId}`,
          detail: { relying_party: of.relyingPartyId, ...detail },
        },
      ],
      clock.nowMs(),
    );

  const issueCode: IssueCode = (code) =>
    db.transaction(async (transaction) => {
      await transaction.raw(
        `INSERT INTO oauth2_code (digest, relying_party_id, redirect_uri, redirect_uri_given, challenge, session_uid,
           account_id, acr, auth_time_seconds, issued_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          digestOf(code.text),
          code.relyingPartyId,
          code.redirectUri,
          code.redirectUriGiven,
          code.challenge ?? null,
          code.sessionUid,
          code.accountId,
          code.acr,
          code.authTimeSeconds,
          now(),
          new Date(code.expiresAtMs),
        ],
      );
      await audit(transaction, 'oauth2.code-issued', code);
    });

  async function revokeTokensOf(transaction: Transaction, codeDigest: Buffer): Promise<void> {
    const { rows } = await transaction.raw(
      `UPDATE oauth2_access_token SET revoked_at = ? WHERE code_digest = ? AND revoked_at IS NULL
       RETURNING relying_party_id, account_id`,
      [now(), codeDigest],
    );
    for (const row of rows as TokenRow[])
      await audit(transaction, 'oauth2.code-replayed', {
        relyingPartyId: row.relying_party_id,
        accountId: row.account_id,
      });
  }

  const redeemCode: RedeemCode = (offer, judge) =>
    db.transaction(async (transaction) => {
      const codeDigest = digestOf(offer.code);
      const { rows } = await transaction.raw(
        `UPDATE oauth2_code SET used_at = ? WHERE digest = ? AND used_at IS NULL
         RETURNING relying_party_id, redirect_uri, redirect_uri_given, challenge, session_uid, account_id, acr,
           auth_time_seconds, issued_at, expires_at`,
        [now(), codeDigest],
      );
      const row: CodeRow | undefined = rows[0];
      if (row === undefined) {
        // The one who used it first may have been a thief.
        await revokeTokensOf(transaction, codeDigest);
        return 'refused';
      }
      const used: UsedCode = {
        relyingPartyId: row.relying_party_id,
        redirectUri: row.redirect_uri,
        redirectUriGiven: row.redirect_uri_given,
        challenge: row.challenge ?? undefined,
        sessionUid: row.session_uid,
        accountId: row.account_id,
        acr: row.acr,
        authTimeSeconds: row.auth_time_seconds,
        issuedAtMs: row.issued_at.getTime(),
        expiresAtMs: row.expires_at.getTime(),
      };
      const reason = judge(used);
      if (reason !== undefined) {
        await audit(transaction, 'oauth2.code-refused', used, { reason });
        return 'refused';
      }
      await transaction.raw(
        `INSERT INTO oauth2_access_token (digest, code_digest, relying_party_id, session_uid, account_id, issued_at,
           expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [
          digestOf(offer.accessToken),
          codeDigest,
          used.relyingPartyId,
          used.sessionUid,
          used.accountId,
          now(),
          new Date(offer.tokenExpiresAtMs),
        ],
      );
      await audit(transaction, 'oauth2.token-issued', used);
      return 'redeemed';
    });

  const findAccessToken: FindAccessToken = async (text, nowMs) => {
    const { rows } = await db.raw(
      `SELECT relying_party_id, session_uid, account_id FROM oauth2_access_token
       WHERE digest = ? AND expires_at > ? AND issued_at <= ? AND revoked_at IS NULL`,
      [digestOf(text), new Date(nowMs), new Date(nowMs + MAX_AHEAD_MS)],
    );
    const row: TokenRow | undefined = rows[0];
    return row === undefined
      ? undefined
      : { relyingPartyId: row.relying_party_id, sessionUid: row.session_uid, accountId: row.account_id };
  };

  return {
    issueCode,
    redeemCode,
    findAccessToken,
    /** Deletes what has had its time. A used code is kept as long as its token, to know it when it comes again. */
    async sweep(tokenLifeSeconds = 3_600): Promise<void> {
      const before = new Date(clock.nowMs() - tokenLifeSeconds * 1_000);
      await db.raw('DELETE FROM oauth2_code WHERE expires_at < ?', [before]);
      await db.raw('DELETE FROM oauth2_access_token WHERE expires_at < ?', [now()]);
    },
  };
}
export type Oauth2Store = ReturnType<typeof createOauth2Store>;
