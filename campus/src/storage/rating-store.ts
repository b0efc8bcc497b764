import { type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { CaseSealer } from './sealer.js';

const placeOf = (caseId: string): string => `rating/${caseId}`;

/** How it was: asked once when a case closes, answered once by its applicant. */
export function createRatingStore(db: Database, { sealer, clock }: { sealer: CaseSealer; clock: Clock }) {
  return {
    async ask(transaction: Transaction, caseId: string, atMs: number): Promise<void> {
      await transaction.raw('INSERT INTO case_rating (case_id, asked_at) VALUES (?, ?) ON CONFLICT DO NOTHING', [
        caseId,
        new Date(atMs),
      ]);
    },
    /** @throws Refusal `rating-not-asked`, `rated-already` */
    async give(caseId: string, rating: { stars: number; comment: string }): Promise<void> {
      const { rowCount } = await db.raw(
        'UPDATE case_rating SET stars = ?, comment = ?, at = ? WHERE case_id = ? AND stars IS NULL',
        [rating.stars, sealer.seal(rating.comment, placeOf(caseId)), new Date(clock.nowMs()), caseId],
      );
      if (rowCount === 1) return;
      throw new Refusal((await this.of(caseId)) === null ? 'rating-not-asked' : 'rated-already');
    },
    /** Null while the case is open. */
    async of(caseId: string): Promise<{ asked_at: Date; stars: number | null } | null> {
      const { rows } = await db.raw('SELECT asked_at, stars FROM case_rating WHERE case_id = ?', [caseId]);
      return rows[0] ?? null;
    },
    /** With what was written, for who wrote it. */
    async whole(caseId: string): Promise<{ stars: number; comment: string; at: Date } | null> {
      const { rows } = await db.raw(
        'SELECT stars, comment, at FROM case_rating WHERE case_id = ? AND stars IS NOT NULL',
        [caseId],
      );
      return rows[0] === undefined ? null : { ...rows[0], comment: sealer.open(rows[0].comment, placeOf(caseId)) };
    },
  };
}
export type RatingStore = ReturnType<typeof createRatingStore>;
