import { createHash } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { MachineCertificate } from '../adapters/machine-authority.js';
import { tellPartner } from './partner-event-store.js';

export type PartnerCertificateKind = 'bundle' | 'own' | 'registered';

/** A certificate as staff and its partner see it. */
export interface PartnerCertificateView {
  readonly id: string;
  readonly kind: PartnerCertificateKind;
  readonly from: string;
  readonly to: string;
  readonly state: 'good' | 'ended';
}

const MOST_A_DAY = 20;
const MOST_GOOD = 8;

/** Certificates of partners. One of ours is written down before it is signed; the row decides at each request. */
export function createPartnerCertificateStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());

  async function insert(
    transaction: Transaction,
    row: { id: string; kind: PartnerCertificateKind; keyDigest: Buffer; fromMs: number; toMs: number },
    of: { partnerId: string; actor: string },
  ): Promise<void> {
    const { rows } = await transaction.raw('SELECT withdrawn_at FROM partner WHERE id = ? FOR UPDATE', [of.partnerId]);
    if (rows[0] === undefined || rows[0].withdrawn_at !== null) throw new Refusal('partner-not-found');
    const made = await transaction.raw(
      `SELECT count(*) FILTER (WHERE made_at > ?)::int AS today, count(*) FILTER (WHERE ended_at IS NULL AND to_at > ?)::int AS good
       FROM partner_certificate WHERE partner_id = ?`,
      [new Date(clock.nowMs() - 86_400_000), now(), of.partnerId],
    );
    if (made.rows[0].today >= MOST_A_DAY) throw new Refusal('too-many-requests');
    if (row.kind === 'registered' && made.rows[0].good >= MOST_GOOD) throw new Refusal('too-many-certificates');
    const inserted = await transaction.raw(
      `INSERT INTO partner_certificate (id, partner_id, kind, key_digest, from_at, to_at, made_by, made_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      [...[row.id, of.partnerId, row.kind, row.keyDigest, new Date(row.fromMs), new Date(row.toMs), of.actor, now()]],
    );
    if (inserted.rowCount !== 1) throw new Refusal('certificate-known');
    // The one before the last stays good where the partner renews itself: an answer that was lost must not lock it out.
    if (row.kind !== 'registered') {
      await transaction.raw(
        `UPDATE partner_certificate SET ended_at = ? WHERE partner_id = ? AND kind = ? AND ended_at IS NULL AND id <> ?
           AND id NOT IN (SELECT id FROM partner_certificate WHERE partner_id = ? AND kind = 'own' AND id <> ? ORDER BY made_at DESC LIMIT 1)`,
        [now(), of.partnerId, row.kind, row.id, of.partnerId, row.id],
      );
    }
    await note(transaction, of, `partner.certificate-${row.kind}`, row.id);
  }

  async function note(transaction: Transaction, of: { partnerId: string; actor: string }, action: string, id: string) {
    const event = { actor: of.actor, action, subject: `partner:${of.partnerId}`, detail: { certificate: id } };
    await appendAudit(transaction, [event], clock.nowMs());
    const told = { kind: 'partner.changed', data: { changed: ['certificates'] } } as const;
    await tellPartner(transaction, of.partnerId, told, clock.nowMs());
  }

  return {
    /** @throws Refusal `partner-not-found`, `too-many-requests` */
    async record(plan: MachineCertificate, of: { partnerId: string; kind: 'own' | 'bundle'; actor: string }) {
      const keyDigest = createHash('sha256').update(plan.publicPoint).digest();
      const id = plan.serial.toString('hex');
      const times = { fromMs: plan.fromSeconds * 1000, toMs: plan.toSeconds * 1000 };
      await db.transaction((transaction) => insert(transaction, { id, kind: of.kind, keyDigest, ...times }, of));
    },
    /** One the partner brings. @throws Refusal `partner-not-found`, `certificate-known`, `too-many-certificates` */
    async register(
      certificate: { id: string; keyDigest: Buffer; fromMs: number; toMs: number },
      of: { partnerId: string; actor: string },
    ): Promise<void> {
      await db.transaction((transaction) => insert(transaction, { ...certificate, kind: 'registered' }, of));
    },
    /** Whose a certificate is, as long as it may be used: asked at each request, so that its end holds at the next. */
    async find(id: string): Promise<{ partnerId: string } | undefined> {
      const { rows } = await db.raw(
        `SELECT c.partner_id FROM partner_certificate c JOIN partner p ON p.id = c.partner_id
         WHERE c.id = ? AND c.ended_at IS NULL AND c.from_at <= ? AND c.to_at > ? AND p.withdrawn_at IS NULL`,
        [id, now(), now()],
      );
      return rows[0] === undefined ? undefined : { partnerId: rows[0].partner_id };
    },
    async list(partnerId: string): Promise<PartnerCertificateView[]> {
      const { rows } = await db.raw(
        `SELECT id, kind, from_at, to_at, (ended_at IS NULL AND to_at > ?) AS good FROM partner_certificate
         WHERE partner_id = ? ORDER BY made_at DESC, id LIMIT 50`,
        [now(), partnerId],
      );
      return rows.map(
        (row: { id: string; kind: PartnerCertificateKind; from_at: Date; to_at: Date; good: boolean }) => ({
          ...{ id: row.id, kind: row.kind, from: row.from_at.toISOString(), to: row.to_at.toISOString() },
          state: row.good ? 'good' : 'ended',
        }),
      );
    },
    /** Ends a certificate and the tokens bound to it. @throws Refusal `certificate-not-found` */
    async withdraw(id: string, of: { partnerId: string; actor: string }): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rowCount } = await transaction.raw(
          'UPDATE partner_certificate SET ended_at = ? WHERE id = ? AND partner_id = ? AND ended_at IS NULL',
          [now(), id, of.partnerId],
        );
        if (rowCount !== 1) throw new Refusal('certificate-not-found');
        await transaction.raw('DELETE FROM partner_token WHERE certificate_id = ?', [id]);
        await note(transaction, of, 'partner.certificate-withdrawn', id);
      });
    },
    async sweep(): Promise<void> {
      await db.raw(
        `DELETE FROM partner_certificate c WHERE to_at < ?::timestamptz - interval '90 days'
           AND NOT EXISTS (SELECT FROM partner_token t WHERE t.certificate_id = c.id)`,
        [now()],
      );
    },
  };
}
export type PartnerCertificateStore = ReturnType<typeof createPartnerCertificateStore>;
