import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database } from '@lanyard/platform';

/** What a certificate will say. */
export interface CertificatePlan {
  use: 'reader-root' | 'request';
  caller: string;
  /** Compressed point. */
  publicKey: Uint8Array;
  dnsName: string | null;
  notBeforeSeconds: number;
  notAfterSeconds: number;
}

/** Certificates by serial number. `record` has committed when it answers: only then may the certificate be signed. */
export function createCertificateStore(db: Database, clock: Clock) {
  return {
    /** Takes a fresh serial number, 16 bytes, positive as an ASN.1 integer. */
    async record(plan: CertificatePlan): Promise<Buffer> {
      const serial = randomBytes(16);
      serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
      const [from, to] = [new Date(plan.notBeforeSeconds * 1000), new Date(plan.notAfterSeconds * 1000)];
      await db.transaction(async (transaction) => {
        await transaction.raw(
          `INSERT INTO certificate (serial, use, caller, public_key, dns_name, from_at, to_at)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
          [serial, plan.use, plan.caller, Buffer.from(plan.publicKey), plan.dnsName, from, to],
        );
        const event = {
          actor: plan.caller,
          action: 'certificate.issued',
          subject: `certificate:${serial.toString('hex')}`,
          detail: { use: plan.use, dns_name: plan.dnsName, to: to.toISOString() },
        };
        await appendAudit(transaction, [event], clock.nowMs());
      });
      return serial;
    },
  };
}
export type CertificateStore = ReturnType<typeof createCertificateStore>;
