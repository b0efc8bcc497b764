import { createHmac } from 'node:crypto';
import { appendAudit, type Clock, type Database, dayInShanghai, Refusal, type Transaction } from '@lanyard/platform';
import type { NoticeChannel, NoticeSettings } from '../api/index.js';
import type { NoticeAddress } from '../domain/notices/deliver.js';
import { USUAL_SETTINGS, usesChannel } from '../domain/notices/settings.js';
import type { PersonId } from '../domain/people/person.js';
import { addressPlace, type CaseSealer } from './sealer.js';

const CODE_MS = 10 * 60_000;
const CODE_TRIES = 5;
const CODE_PAUSE_MS = 60_000;
const CODES_A_DAY = 5;
/** A constraint of the table says it too. */
const CODES_TO_ADDRESS = 10;
const DAY_MS = 86_400_000;
export const MOST_BROWSERS = 5;

type PushAddress = Extract<NoticeAddress, { channel: 'push' }>;

/** Settings of a person and where his notices may go. Addresses are sealed; the audit and the log never hold one. */
export function createNoticeAddressStore(
  db: Database,
  deps: { sealer: CaseSealer; digestKey: Uint8Array; clock: Clock },
) {
  const { sealer, clock } = deps;
  const at = (offsetMs = 0) => new Date(clock.nowMs() + offsetMs);
  const digestOf = (text: string): Buffer => createHmac('sha256', deps.digestKey).update(text).digest();
  const seal = (person: PersonId, address: NoticeAddress) =>
    sealer.seal(address, addressPlace(person, address.channel));
  const audit = (transaction: Transaction, person: PersonId, action: string, detail: Record<string, string> = {}) => {
    const name = sealer.auditName(person);
    return appendAudit(transaction, [{ actor: name, action, subject: name, detail }], clock.nowMs());
  };
  /** The one address of a channel that has one for each person. */
  const putOne = (transaction: Transaction, person: PersonId, address: NoticeAddress) =>
    transaction.raw(
      `INSERT INTO notice_address (person, channel, sealed, digest, made_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (channel, digest) DO UPDATE SET sealed = excluded.sealed, made_at = excluded.made_at, gone_at = NULL, gone_code = NULL`,
      [person, address.channel, seal(person, address), digestOf(person), at()],
    );
  const remove = (transaction: Transaction, person: PersonId, channel: NoticeChannel) =>
    transaction.raw('DELETE FROM notice_address WHERE person = ? AND channel = ?', [person, channel]);

  return {
    async settingsOf(person: PersonId): Promise<NoticeSettings> {
      return (await this.chosenBy(person)) ?? USUAL_SETTINGS;
    },
    /** Undefined where nobody chose. */
    async chosenBy(person: PersonId): Promise<NoticeSettings | undefined> {
      const { rows } = await db.raw('SELECT settings FROM notice_settings WHERE person = ?', [person]);
      return rows[0]?.settings;
    },
    /** The messenger is an address as well, for as long as the person wants anything there. */
    async putSettings(person: PersonId, settings: NoticeSettings): Promise<void> {
      await db.transaction(async (transaction) => {
        await transaction.raw(
          `INSERT INTO notice_settings (person, settings, changed_at) VALUES (?, ?, ?)
           ON CONFLICT (person) DO UPDATE SET settings = excluded.settings, changed_at = excluded.changed_at`,
          [person, JSON.stringify(settings), at()],
        );
        if (usesChannel(settings, 'messenger')) await putOne(transaction, person, { channel: 'messenger', person });
        else await remove(transaction, person, 'messenger');
        await audit(transaction, person, 'notice-settings.changed');
      });
    },

    /** Where mail goes, for the person himself. */
    async mailOf(person: PersonId) {
      const { rows } = await db.raw(
        `SELECT a.sealed, a.gone_at IS NOT NULL AS is_gone FROM notice_address a WHERE a.person = ? AND a.channel = 'mail'`,
        [person],
      );
      const waiting = await db.raw(
        'SELECT sealed FROM mail_confirmation WHERE person = ? AND NOT used AND expires_at > ? AND tries < ?',
        [person, at(), CODE_TRIES],
      );
      const open = (row: { sealed: Buffer } | undefined) =>
        row === undefined ? null : sealer.open<{ address: string }>(row.sealed, addressPlace(person, 'mail')).address;
      return { address: open(rows[0]), isGone: rows[0]?.is_gone === true, unconfirmed: open(waiting.rows[0]) };
    },
    /**
     * Writes down an address with the digest of its code; the one before it stays in use until this one is confirmed.
     * One code a minute, five a day; ten a day to one address, whoever asks.
     * @throws Refusal `mail-codes-at-most`, `mail-address-at-most`
     */
    async askMailCode(person: PersonId, address: string, code: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          `INSERT INTO mail_confirmation AS c (person, sealed, code_digest, expires_at, asked_at, counted_from) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (person) DO UPDATE SET sealed = excluded.sealed, code_digest = excluded.code_digest,
             expires_at = excluded.expires_at, tries = 0, used = false, asked_at = excluded.asked_at,
             asked = CASE WHEN c.counted_from <= ? THEN 1 ELSE c.asked + 1 END,
             counted_from = CASE WHEN c.counted_from <= ? THEN excluded.counted_from ELSE c.counted_from END
           WHERE c.asked_at <= ? AND (c.counted_from <= ? OR c.asked < ?)`,
          [
            ...[
              person,
              seal(person, { channel: 'mail', address }),
              digestOf(`${person} ${code}`),
              at(CODE_MS),
              at(),
              at(),
            ],
            ...[at(-DAY_MS), at(-DAY_MS), at(-CODE_PAUSE_MS), at(-DAY_MS), CODES_A_DAY],
          ],
        );
        if (rowCount !== 1) throw new Refusal('mail-codes-at-most');
        const counted = await transaction.raw(
          `INSERT INTO mail_address_day AS d (digest, day, codes) VALUES (?, ?, 1)
           ON CONFLICT (digest, day) DO UPDATE SET codes = d.codes + 1 WHERE d.codes < ?`,
          [digestOf(`address ${address.toLowerCase()}`), dayInShanghai(clock.nowMs()), CODES_TO_ADDRESS],
        );
        if (counted.rowCount !== 1) throw new Refusal('mail-address-at-most');
      });
    },
    /** Each try counts, in the statement that judges it. @throws Refusal `mail-code-wrong`, `mail-code-expired` */
    async confirmMail(person: PersonId, code: string): Promise<void> {
      const found = await db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `UPDATE mail_confirmation SET tries = tries + 1, used = (code_digest = ?)
           WHERE person = ? AND NOT used AND expires_at > ? AND tries < ? RETURNING used, sealed, tries`,
          [digestOf(`${person} ${code}`), person, at(), CODE_TRIES],
        );
        const row: { used: boolean; sealed: Buffer; tries: number } | undefined = rows[0];
        if (row?.used !== true) return row;
        const address = sealer.open<NoticeAddress>(row.sealed, addressPlace(person, 'mail'));
        await remove(transaction, person, 'mail');
        await putOne(transaction, person, address);
        await audit(transaction, person, 'mail-address.confirmed');
        return row;
      });
      // Thrown outside, or the count would go back with the transaction.
      if (found === undefined) throw new Refusal('mail-code-expired');
      if (!found.used) throw new Refusal('mail-code-wrong', { fields: { tries_left: CODE_TRIES - found.tries } });
    },
    async removeMail(person: PersonId): Promise<void> {
      await db.transaction(async (transaction) => {
        await remove(transaction, person, 'mail');
        await transaction.raw('UPDATE mail_confirmation SET used = true WHERE person = ?', [person]);
        await audit(transaction, person, 'mail-address.removed');
      });
    },

    async browsersOf(person: PersonId): Promise<number> {
      const { rows } = await db.raw(
        "SELECT count(*)::integer AS n FROM notice_address WHERE person = ? AND channel = 'push'",
        [person],
      );
      return rows[0].n;
    },
    /** A browser belongs to whoever turned it on last; of a person's sixth the first one goes. */
    async putBrowser(person: PersonId, address: PushAddress): Promise<void> {
      await db.transaction(async (transaction) => {
        await transaction.raw('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [`browsers ${person}`]);
        const digest = digestOf(address.endpoint);
        await transaction.raw("DELETE FROM notice_address WHERE channel = 'push' AND digest = ? AND person <> ?", [
          digest,
          person,
        ]);
        const { rowCount } = await transaction.raw(
          `INSERT INTO notice_address AS a (person, channel, sealed, digest, made_at) VALUES (?, 'push', ?, ?, ?)
           ON CONFLICT (channel, digest) DO UPDATE SET sealed = excluded.sealed, made_at = excluded.made_at WHERE a.person = excluded.person`,
          [person, seal(person, address), digest, at()],
        );
        // Somebody else put the same one in between.
        if (rowCount !== 1) throw new Refusal('conflict');
        await transaction.raw(
          `DELETE FROM notice_address WHERE id IN (
             SELECT id FROM notice_address WHERE person = ? AND channel = 'push' ORDER BY made_at DESC, id DESC OFFSET ?)`,
          [person, MOST_BROWSERS],
        );
        await audit(transaction, person, 'push-subscription.added');
      });
    },
    async removeBrowser(person: PersonId, endpoint: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          "DELETE FROM notice_address WHERE person = ? AND channel = 'push' AND digest = ?",
          [person, digestOf(endpoint)],
        );
        if ((rowCount ?? 0) > 0) await audit(transaction, person, 'push-subscription.removed');
      });
    },

    /** Its server refused it for good: a browser is forgotten, a mail address is kept to say so, and waits no more. */
    async gone(addressId: string, code: string): Promise<void> {
      await db.transaction(async (transaction) => {
        await transaction.raw("DELETE FROM notice_address WHERE id = ? AND channel = 'push'", [addressId]);
        const { rowCount } = await transaction.raw(
          'UPDATE notice_address SET gone_at = ?, gone_code = ? WHERE id = ? AND gone_at IS NULL',
          [at(), code, addressId],
        );
        if (rowCount !== 1) return;
        await transaction.raw(
          'UPDATE notice_delivery SET given_up_at = ?, last_code = ? WHERE address_id = ? AND sent_at IS NULL AND given_up_at IS NULL',
          [at(), code, addressId],
        );
      });
    },
  };
}
export type NoticeAddressStore = ReturnType<typeof createNoticeAddressStore>;
