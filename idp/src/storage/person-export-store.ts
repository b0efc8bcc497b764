import { AUDIT_SUBJECT, appendAudit, type Clock, type Database } from '@lanyard/platform';

const AUDIT_ROWS = 5_000;

/** Everything kept of one account, without what would let anybody in: no digests, keys or tokens. */
export function createPersonExportStore(db: Database, clock: Clock) {
  return {
    async read(accountId: string): Promise<Record<string, unknown>> {
      return db.transaction(async (transaction) => {
        const all = async (sql: string, ...more: number[]) => (await transaction.raw(sql, [accountId, ...more])).rows;
        const [account] = await all(
          'SELECT kind, number, name, college, major, class, level, enrolment_status, state, claimed_at, created_at, updated_at FROM account WHERE id = ?',
        );
        const found = {
          account,
          roles: await all('SELECT role, scope_kind, scope_value FROM account_role WHERE account_id = ? ORDER BY role'),
          passkeys: await all(
            'SELECT name, level, transports, created_at, last_used_at FROM passkey WHERE account_id = ?',
          ),
          password: await all('SELECT set_at FROM password WHERE account_id = ?'),
          known_browsers: await all('SELECT last_success_at FROM known_browser WHERE account_id = ?'),
          recovery_codes: await all('SELECT made_at, used_at FROM recovery_code WHERE account_id = ?'),
          recoveries: await all(
            'SELECT reason, opened_at, approved_at, used_at FROM recovery_case WHERE account_id = ? ORDER BY opened_at',
          ),
          claim_codes: await all(
            'SELECT issued_at, expires_at, withdrawn_at, account_used_at, wallet_used_at FROM claim_code WHERE account_id = ?',
          ),
          sessions: await all(
            `SELECT level, methods, device, place, created_at, last_seen_at, ended_at, ended_by FROM sign_in_session
             WHERE account_id = ? ORDER BY created_at DESC`,
          ),
          consents: await all(
            'SELECT relying_party_id, claims, purpose, given_at, withdrawn_at FROM consent WHERE account_id = ?',
          ),
          disclosures: await all(
            'SELECT relying_party_id, day::text AS day, claims, times, first_at, last_at FROM disclosure WHERE account_id = ? ORDER BY day DESC',
          ),
          audit: (
            await transaction.raw(
              `SELECT at, action, row_text::jsonb -> 'detail' AS detail FROM audit
               WHERE row_text IS NOT NULL AND ${AUDIT_SUBJECT} = ? ORDER BY id DESC LIMIT ?`,
              [`account:${accountId}`, AUDIT_ROWS],
            )
          ).rows,
        };
        const event = { actor: 'service:issuer', action: 'account.exported', subject: `account:${accountId}` };
        await appendAudit(transaction, [event], clock.nowMs());
        return found;
      });
    },
  };
}
export type PersonExportStore = ReturnType<typeof createPersonExportStore>;
