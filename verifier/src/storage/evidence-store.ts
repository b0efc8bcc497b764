import { appendAudit, type Clock, type Database, type Transaction } from '@lanyard/platform';
import type { PresentationEvidence } from '../domain/presentations/evidence.js';
import type { PartSealer } from './part-sealer.js';

/** Evidence as it is told: what was kept, under which purpose and until when. */
export interface KeptEvidence {
  purpose: string;
  createdAtMs: number;
  keptUntilMs: number;
  evidence: PresentationEvidence;
}

const label = (id: string) => `${id} evidence`;

/** Writes evidence within the transaction that takes the answer: there is no answer without it, and none without an answer. */
export async function keepEvidence(
  transaction: Transaction,
  sealer: PartSealer,
  kept: { id: string; nowMs: number; purpose: string; keptUntilMs: number; evidence: PresentationEvidence },
): Promise<void> {
  const { id, nowMs, purpose, keptUntilMs, evidence } = kept;
  await transaction.raw(
    `INSERT INTO presentation_evidence (presentation_id, purpose, evidence_sealed, created_at, kept_until)
     VALUES (?, ?, ?, ?, ?)`,
    [
      id,
      purpose,
      sealer.seal(Buffer.from(JSON.stringify(evidence)), label(id)),
      new Date(nowMs),
      new Date(keptUntilMs),
    ],
  );
  const until = new Date(keptUntilMs).toISOString();
  const detail = { purpose, until };
  await appendAudit(
    transaction,
    [{ actor: 'verifier', action: 'presentation.evidence-kept', subject: `presentation:${id}`, detail }],
    nowMs,
  );
}

/** Reading is audited in its own transaction; what is over its time is not told, swept or not. */
export function createEvidenceStore(db: Database, parts: { sealer: PartSealer; clock: Clock }) {
  const { sealer, clock } = parts;
  return {
    async read(id: string, actor: string): Promise<KeptEvidence | undefined> {
      return db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(
          `SELECT purpose, evidence_sealed, created_at, kept_until FROM presentation_evidence
           WHERE presentation_id = ? AND kept_until > ?`,
          [id, new Date(clock.nowMs())],
        );
        const row: EvidenceRow | undefined = rows[0];
        if (row === undefined) return undefined;
        await appendAudit(
          transaction,
          [{ actor, action: 'presentation.evidence-read', subject: `presentation:${id}`, detail: {} }],
          clock.nowMs(),
        );
        return {
          purpose: row.purpose,
          createdAtMs: row.created_at.getTime(),
          keptUntilMs: row.kept_until.getTime(),
          evidence: JSON.parse(sealer.open(row.evidence_sealed, label(id)).toString()) as PresentationEvidence,
        };
      });
    },
  };
}
export type EvidenceStore = ReturnType<typeof createEvidenceStore>;

interface EvidenceRow {
  purpose: string;
  evidence_sealed: Buffer;
  created_at: Date;
  kept_until: Date;
}
