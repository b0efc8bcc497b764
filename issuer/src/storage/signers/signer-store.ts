import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import { ringBell } from '../../adapters/change-bell.js';
import {
  RETIRABLE_USES,
  type RetirementReason,
  type SignerRecord,
  type SignerUse,
} from '../../domain/signers/signer.js';

interface Row {
  use: SignerUse;
  kid: Buffer;
  public_key: Buffer;
  from_at: Date;
  to_at: Date;
  certificate: Buffer | null;
  retired_at: Date | null;
  retirement_reason: RetirementReason | null;
}
const COLUMNS = 'use, kid, public_key, from_at, to_at, certificate, retired_at, retirement_reason';

/** A signer about to exist; its private half lies in custody already. */
export type NewSigner = Pick<SignerRecord, 'use' | 'kid' | 'compressed' | 'fromMs' | 'toMs'>;

/** Signers as written down. Every change is one transaction with its audit row and its row of the outbox. */
export function createSignerStore(db: Database, clock: Clock) {
  async function told(
    transaction: Transaction,
    event: { actor: string; action: string; kid: string; detail: Record<string, unknown> },
  ): Promise<void> {
    const { actor, action, kid, detail } = event;
    await transaction.raw("INSERT INTO change (kind) VALUES ('signers.changed')");
    await appendAudit(transaction, [{ actor, action, subject: `signer:${kid}`, detail }], clock.nowMs());
    await ringBell(transaction);
  }
  async function insert(transaction: Transaction, signer: NewSigner, actor: string): Promise<void> {
    const { use, kid, compressed, fromMs, toMs } = signer;
    const [from, to] = [new Date(fromMs), new Date(toMs)];
    await transaction.raw('INSERT INTO signer (kid, use, public_key, from_at, to_at) VALUES (?, ?, ?, ?, ?)', [
      ...[Buffer.from(kid, 'hex'), use, Buffer.from(compressed), from, to],
    ]);
    const detail = { use, from: from.toISOString(), to: to.toISOString() };
    await told(transaction, { actor, action: 'signer.made', kid, detail });
  }

  return {
    /** All that are not over for longer than `forMs`, the oldest first; retired ones always. */
    async list(forMs: number): Promise<SignerRecord[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM signer WHERE to_at > ? OR retired_at IS NOT NULL ORDER BY from_at, kid`,
        [new Date(clock.nowMs() - forMs)],
      );
      return (rows as Row[]).map(toRecord);
    },
    add: insert,
    /** A later certificate for the same key takes the place of the former. @throws Refusal `signer-not-found` */
    async putCertificate(
      kid: string,
      certificate: { der: Uint8Array; serial: Uint8Array },
      actor: string,
    ): Promise<void> {
      await db.transaction(async (transaction: Transaction) => {
        const { rowCount } = await transaction.raw(
          'UPDATE signer SET certificate = ?, certificate_serial = ? WHERE kid = ? AND retired_at IS NULL',
          [Buffer.from(certificate.der), Buffer.from(certificate.serial), Buffer.from(kid, 'hex')],
        );
        if (rowCount !== 1) throw new Refusal('signer-not-found');
        const detail = { serial: Buffer.from(certificate.serial).toString('hex') };
        await told(transaction, { actor, action: 'signer.certified', kid, detail });
      });
    },
    /**
     * Retires a signer once, with its successor, in the given transaction; wallets that hold its copies are told.
     *
     * @throws Refusal `signer-not-found`, `signer-use-not-retirable`, `signer-retired`
     */
    async retire(
      kid: string,
      reason: RetirementReason,
      change: { transaction: Transaction; successor: (use: SignerUse) => NewSigner; actor: string },
    ): Promise<{ use: SignerUse; retiredAt: Date; successor: NewSigner }> {
      const { transaction } = change;
      const bytes = Buffer.from(kid, 'hex');
      const found = await transaction.raw('SELECT use FROM signer WHERE kid = ? FOR UPDATE', [bytes]);
      const use: SignerUse | undefined = found.rows[0]?.use;
      if (use === undefined) throw new Refusal('signer-not-found');
      if (!RETIRABLE_USES.includes(use)) throw new Refusal('signer-use-not-retirable');
      const { rowCount, rows } = await transaction.raw(
        `UPDATE signer SET retired_at = ?, retirement_reason = ? WHERE kid = ? AND retired_at IS NULL
           RETURNING retired_at`,
        [new Date(clock.nowMs()), reason, bytes],
      );
      if (rowCount !== 1) throw new Refusal('signer-retired');
      const successor = change.successor(use);
      await insert(transaction, successor, change.actor);
      const holders = await transaction.raw(
        `INSERT INTO holder (student_id)
           SELECT DISTINCT student_id FROM credential WHERE signer_kid = ? AND expires_at > ? ORDER BY student_id
           ON CONFLICT (student_id) DO UPDATE SET version = holder.version + 1`,
        [bytes, new Date(clock.nowMs())],
      );
      const detail = { use, reason, successor: successor.kid, holders: holders.rowCount ?? 0 };
      await told(transaction, { actor: change.actor, action: 'signer.retired', kid, detail });
      return { use, retiredAt: rows[0].retired_at, successor };
    },
    async putRevocationList(
      list: { number: number; der: Uint8Array; nextUpdateSeconds: number },
      actor: string,
    ): Promise<void> {
      await db.transaction(async (transaction: Transaction) => {
        const { rowCount } = await transaction.raw(
          `INSERT INTO revocation_list (number, der, next_update, received_at)
           SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT FROM revocation_list WHERE number >= ?)`,
          [
            ...[list.number, Buffer.from(list.der), new Date(list.nextUpdateSeconds * 1000)],
            ...[new Date(clock.nowMs()), list.number],
          ],
        );
        if (rowCount !== 1) throw new Refusal('revocation-list-older');
        const event = { actor, action: 'revocation-list.published', subject: `revocation-list:${list.number}` };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    async readRevocationList(): Promise<{ number: number; der: Buffer; nextUpdate: Date } | undefined> {
      const { rows } = await db.raw(
        'SELECT number, der, next_update FROM revocation_list ORDER BY number DESC LIMIT 1',
      );
      return rows[0] === undefined
        ? undefined
        : { number: Number(rows[0].number), der: rows[0].der, nextUpdate: rows[0].next_update };
    },
  };
}
export type SignerStore = ReturnType<typeof createSignerStore>;

function toRecord(row: Row): SignerRecord {
  return {
    use: row.use,
    kid: row.kid.toString('hex'),
    compressed: new Uint8Array(row.public_key),
    fromMs: row.from_at.getTime(),
    toMs: row.to_at.getTime(),
    certificate: row.certificate === null ? undefined : new Uint8Array(row.certificate),
    retired:
      row.retired_at === null || row.retirement_reason === null
        ? undefined
        : { atMs: row.retired_at.getTime(), reason: row.retirement_reason },
  };
}
