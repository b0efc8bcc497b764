import { createCipheriv, createDecipheriv, randomBytes, randomInt } from 'node:crypto';
import {
  appendAudit,
  type Clock,
  type Queryable,
  Refusal,
  type Transaction,
  violatedConstraint,
} from '@lanyard/platform';
import { keyDay } from '@lanyard/protocol';
import { propagateStudentChange } from './propagate-change.js';

const DAY_MS = 86_400_000;
/** A former key leaves the table after this long at the latest. */
const FORMER_KEY_MS = 14 * DAY_MS;
const RENEW_FROM_DAYS = 120;
const RENEW_TO_DAYS = 180;

export interface EnrolledGateKey {
  linkKey: Buffer;
  keyDay: number;
  renewAfter: Date;
}

/** Seals link keys of the people table: AES-256-GCM under a key of the issuer, bound to the gate key. */
export function createLinkKeySealer(key: Buffer) {
  return {
    seal(linkKey: Uint8Array, gateKey: Uint8Array): Buffer {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(gateKey);
      return Buffer.concat([nonce, cipher.update(linkKey), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed: Buffer, gateKey: Uint8Array): Buffer {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
      decipher.setAAD(gateKey);
      decipher.setAuthTag(sealed.subarray(sealed.length - 16));
      return Buffer.concat([decipher.update(sealed.subarray(12, sealed.length - 16)), decipher.final()]);
    },
  };
}
export type LinkKeySealer = ReturnType<typeof createLinkKeySealer>;

/**
 * Enrols a gate key: the student's former one stays in the table for at most 14 days. The link key is made here and
 * given out once.
 * @throws Refusal `gate-key-known`
 */
export async function enrolGateKey(
  transaction: Transaction,
  request: { studentId: number; walletId: number; gateKey: Uint8Array },
  parts: { sealer: LinkKeySealer; clock: Clock },
): Promise<EnrolledGateKey> {
  const { clock } = parts;
  const now = clock.nowMs();
  const linkKey = randomBytes(16);
  const day = keyDay(clock.nowSeconds());
  const renewAfter = new Date(now + randomInt(RENEW_FROM_DAYS * 1440, RENEW_TO_DAYS * 1440) * 60_000);
  await transaction.raw('SELECT pg_advisory_xact_lock(7463003, ?::int)', [request.studentId % 2_147_483_647]);
  await transaction.raw(
    'UPDATE gate_key SET retire_at = ? WHERE student_id = ? AND retire_at IS NULL AND removed_at IS NULL',
    [new Date(now + FORMER_KEY_MS), request.studentId],
  );
  try {
    await transaction.raw(
      `INSERT INTO gate_key (student_id, wallet_id, public_key, link_key_encrypted, link_key_day, created_at, renew_after) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      [
        ...[
          request.studentId,
          request.walletId,
          Buffer.from(request.gateKey),
          parts.sealer.seal(linkKey, request.gateKey),
        ],
        ...[day, new Date(now), renewAfter],
      ],
    );
  } catch (error) {
    if (violatedConstraint(error) === 'gate_key_public_key_key') throw new Refusal('gate-key-known', { cause: error });
    throw error;
  }
  await giveRowNumber(transaction, request.studentId);
  await propagateStudentChange(transaction, [request.studentId]);
  await appendAudit(
    transaction,
    [{ actor: `wallet:${request.walletId}`, action: 'gate-key.enrolled', subject: `student:${request.studentId}` }],
    now,
  );
  return { linkKey, keyDay: day, renewAfter };
}

/** A random row number that nobody else has: for who gets a gate key or a campus card. */
export async function giveRowNumber(on: Queryable, studentId: number): Promise<void> {
  await on.raw('INSERT INTO holder (student_id) VALUES (?) ON CONFLICT DO NOTHING', [studentId]);
  for (;;) {
    const done = await on.raw(
      `UPDATE holder SET row_number = ? WHERE student_id = ? AND row_number IS NULL
         AND NOT EXISTS (SELECT FROM holder other WHERE other.row_number = ?)`,
      rowNumberArguments(studentId),
    );
    if (done.rowCount === 1) return;
    const has = await on.raw('SELECT row_number FROM holder WHERE student_id = ? AND row_number IS NOT NULL', [
      studentId,
    ]);
    if (has.rowCount === 1) return;
  }
}

function rowNumberArguments(studentId: number): [number, number, number] {
  const number = randomInt(0, 2 ** 32);
  return [number, studentId, number];
}
