import { createHash, randomBytes } from 'node:crypto';
import type { Clock, Database, Queryable, Transaction } from '@lanyard/platform';
import { ALUMNI_CONFIGURATION_ID, DOCUMENT_CONFIGURATION_ID } from '@lanyard/protocol';
import { listDocumentIdentifiers } from '../cases/document-identifiers.js';

export const ACCESS_TOKEN_SECONDS = 300;
const REFRESH_TOKEN_MS = 90 * 86_400_000;
/** A wallet that lost the answer to a refresh may ask again for this long. */
const REPEAT_MS = 60_000;

export interface TokenHolder {
  walletId: number;
  studentId: number;
  configurationIds: string[];
  /** Credentials are asked for by identifier, not by configuration (OpenID4VCI 1.0 §8.2). */
  byIdentifier: boolean;
  dpopThumbprint: string | undefined;
  clientId: string | undefined;
}

export interface IssuedTokens {
  configurationIds: string[];
  byIdentifier: boolean;
  /** Credential identifiers of documents, where credentials are asked for by identifier. */
  documents: string[];
  accessToken: string;
  refreshToken: string | undefined;
  expiresInSeconds: number;
}

const digestOf = (token: string) => createHash('sha256').update(token).digest();

/**
 * Access tokens (5 minutes) and rotating refresh tokens (90 days, only bound by DPoP). Stored as digests. A refresh
 * token used twice later than a minute apart ends the wallet's whole line.
 */
export function createTokenStore(db: Database, clock: Clock) {
  async function issue(
    on: Transaction,
    grant: {
      walletId: number;
      configurationIds: string[];
      byIdentifier: boolean;
      dpopThumbprint: string | undefined;
    },
  ): Promise<IssuedTokens> {
    const accessToken = randomBytes(32).toString('base64url');
    await on.raw(
      'INSERT INTO access_token (digest, wallet_id, configuration_ids, by_identifier, dpop_thumbprint, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
      [
        digestOf(accessToken),
        grant.walletId,
        grant.configurationIds,
        grant.byIdentifier,
        grant.dpopThumbprint ?? null,
        new Date(clock.nowMs() + ACCESS_TOKEN_SECONDS * 1000),
      ],
    );
    const { byIdentifier, walletId } = grant;
    const configurationIds = withDocuments(grant.configurationIds);
    const documents =
      byIdentifier && configurationIds.includes(DOCUMENT_CONFIGURATION_ID)
        ? await listDocumentIdentifiers(on, walletId, new Date(clock.nowMs()))
        : [];
    const issued = { accessToken, configurationIds, byIdentifier, documents, expiresInSeconds: ACCESS_TOKEN_SECONDS };
    if (grant.dpopThumbprint === undefined) return { ...issued, refreshToken: undefined };
    const refreshToken = randomBytes(32).toString('base64url');
    await on.raw(
      'INSERT INTO refresh_token (digest, wallet_id, configuration_ids, by_identifier, dpop_thumbprint, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
      [
        digestOf(refreshToken),
        grant.walletId,
        grant.configurationIds,
        grant.byIdentifier,
        grant.dpopThumbprint,
        new Date(clock.nowMs() + REFRESH_TOKEN_MS),
      ],
    );
    return { ...issued, refreshToken };
  }

  return {
    issue,
    /**
     * New tokens for a refresh token, or undefined where it is unknown, expired, used up, or bound to another DPoP key or
     * attested instance.
     */
    async refresh(
      token: string,
      dpopThumbprint: string,
      instanceThumbprint?: string,
    ): Promise<IssuedTokens | undefined> {
      const digest = digestOf(token);
      const now = clock.nowMs();
      return db.transaction(async (transaction) => {
        const used = await transaction.raw(
          `UPDATE refresh_token SET used_at = coalesce(used_at, ?) WHERE digest = ? AND dpop_thumbprint = ? AND expires_at > ?
             AND (used_at IS NULL OR used_at > ?) AND wallet_id IN (
               SELECT id FROM wallet WHERE instance_thumbprint IS NULL OR instance_thumbprint = ?) RETURNING wallet_id, configuration_ids, by_identifier, successor_digest`,
          [
            ...[new Date(now), digest, dpopThumbprint, new Date(now), new Date(now - REPEAT_MS)],
            instanceThumbprint ?? '',
          ],
        );
        const row:
          | { wallet_id: number; configuration_ids: string[]; by_identifier: boolean; successor_digest: Buffer | null }
          | undefined = used.rows[0];
        if (row === undefined) {
          await endLineOfReused(transaction, digest, dpopThumbprint);
          return undefined;
        }
        // The lost answer's token dies when it is asked for again, so one line stays one line.
        if (row.successor_digest !== null)
          await transaction.raw('DELETE FROM refresh_token WHERE digest = ? AND used_at IS NULL', [
            row.successor_digest,
          ]);
        const tokens = await issue(transaction, {
          walletId: row.wallet_id,
          configurationIds: row.configuration_ids,
          byIdentifier: row.by_identifier,
          dpopThumbprint,
        });
        await transaction.raw('UPDATE refresh_token SET successor_digest = ? WHERE digest = ?', [
          digestOf(tokens.refreshToken ?? ''),
          digest,
        ]);
        await transaction.raw('UPDATE wallet SET last_contact_at = ? WHERE id = ?', [new Date(now), row.wallet_id]);
        return tokens;
      });
    },

    async find(on: Queryable, token: string): Promise<TokenHolder | undefined> {
      const { rows } = await on.raw(
        `SELECT t.wallet_id, w.student_id, t.configuration_ids, t.by_identifier, t.dpop_thumbprint, w.client_id
         FROM access_token t JOIN wallet w ON w.id = t.wallet_id
         WHERE t.digest = ? AND t.expires_at > ? AND w.retired_at IS NULL`,
        [digestOf(token), new Date(clock.nowMs())],
      );
      const row = rows[0];
      if (row === undefined) return undefined;
      return {
        walletId: row.wallet_id,
        studentId: row.student_id,
        configurationIds: withDocuments(withAlumniId(row.configuration_ids)),
        byIdentifier: row.by_identifier,
        dpopThumbprint: row.dpop_thumbprint ?? undefined,
        clientId: row.client_id ?? undefined,
      };
    },
  };
}

/** Who holds a student ID gets an alumni ID over the same line; which of the two there is, the register decides. */
const withAlumniId = (ids: string[]): string[] =>
  ids.includes('student-id-sd-jwt') && !ids.includes(ALUMNI_CONFIGURATION_ID) ? [...ids, ALUMNI_CONFIGURATION_ID] : ids;

/** Who holds either of the two gets the documents of the same person over the same line. */
const withDocuments = (ids: string[]): string[] =>
  ids.some((id) => id === 'student-id-sd-jwt' || id === ALUMNI_CONFIGURATION_ID) &&
  !ids.includes(DOCUMENT_CONFIGURATION_ID)
    ? [...ids, DOCUMENT_CONFIGURATION_ID]
    : ids;

/** A used token shown again by its own key holder means that two parties hold it (RFC 9700 §4.14.2). */
async function endLineOfReused(transaction: Transaction, digest: Buffer, dpopThumbprint: string): Promise<void> {
  await transaction.raw(
    `DELETE FROM refresh_token WHERE used_at IS NULL AND wallet_id IN (
       SELECT wallet_id FROM refresh_token WHERE digest = ? AND dpop_thumbprint = ? AND used_at IS NOT NULL)`,
    [digest, dpopThumbprint],
  );
}
export type TokenStore = ReturnType<typeof createTokenStore>;
