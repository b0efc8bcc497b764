import { appendAudit, type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import { type BuildingDrift, driftOf } from '../../domain/sources/drift.js';
import { propagateStudentChange, tellHolders } from '../people/propagate-change.js';

/** Where somebody lives; an empty building says that he lives in none. */
export interface Residence {
  readonly student_number: string;
  readonly building: string;
}
export interface Taken {
  readonly watermark: string;
  /** Students who moved. */
  readonly changed: number;
  /** Numbers the register does not have. */
  readonly unknown: number;
  /** The same piece was taken before. */
  readonly repeated: boolean;
}

/**
 * Residences as the dormitory system pushes them, piece by piece from one watermark to the next: of any number of pieces
 * that follow one watermark exactly one is taken, and one that comes again changes nothing. What is left is counted.
 */
export function createResidenceStore(db: Database, clock: Clock) {
  const now = () => new Date(clock.nowMs());

  /** @throws Refusal `source-watermark-conflict` with the watermark that is next */
  async function take(
    source: string,
    piece: { after: string | null; watermark: string; facts: readonly Residence[] },
  ): Promise<Taken> {
    return db.transaction(async (transaction) => {
      await transaction.raw('INSERT INTO source_progress (source) VALUES (?) ON CONFLICT DO NOTHING', [source]);
      const moved = await transaction.raw(
        'UPDATE source_progress SET watermark = ?, taken_at = ? WHERE source = ? AND watermark IS NOT DISTINCT FROM ?',
        [piece.watermark, now(), source, piece.after],
      );
      if (moved.rowCount !== 1) {
        const { rows } = await transaction.raw('SELECT watermark FROM source_progress WHERE source = ?', [source]);
        const { watermark } = rows[0] as { watermark: string | null };
        if (watermark !== piece.watermark)
          throw new Refusal('source-watermark-conflict', { fields: { watermark, after: piece.after } });
        return { watermark, changed: 0, unknown: 0, repeated: true };
      }
      const numbers = piece.facts.map(({ student_number }) => student_number);
      const buildings = piece.facts.map(({ building }) => building);
      await transaction.raw('DELETE FROM source_leftover WHERE source = ? AND student_number = ANY(?)', [
        source,
        numbers,
      ]);
      const left = await transaction.raw(
        `INSERT INTO source_leftover (source, student_number, building, said_at)
         SELECT ?, t.number, t.building, ? FROM unnest(?::text[], ?::text[]) AS t (number, building)
         WHERE t.building <> '' AND NOT EXISTS (SELECT FROM student s WHERE s.student_number = t.number)`,
        [source, now(), numbers, buildings],
      );
      const changed = await settle(transaction, `source:${source}`, numbers, buildings);
      return { watermark: piece.watermark, changed, unknown: left.rowCount ?? 0, repeated: false };
    });
  }

  /** Writes buildings, and the policy class that comes with them where it came with the one before or was none. */
  async function settle(
    transaction: Transaction,
    actor: string,
    numbers: readonly string[],
    buildings: readonly string[],
  ): Promise<number> {
    const { rows } = await transaction.raw(
      `WITH said AS (
         SELECT s.id, s.policy_class AS class_before, t.building,
           coalesce((SELECT policy_class FROM building_class WHERE building = t.building), 0) AS class_now,
           coalesce((SELECT policy_class FROM building_class WHERE building = s.building), 0) AS class_of_old
         FROM unnest(?::text[], ?::text[]) AS t (number, building) JOIN student s ON s.student_number = t.number
         WHERE s.building <> t.building ORDER BY s.id FOR UPDATE OF s)
       UPDATE student s SET building = said.building, updated_at = ?,
         policy_class = CASE WHEN said.class_before = said.class_of_old THEN said.class_now ELSE said.class_before END
       FROM said WHERE s.id = said.id RETURNING s.id, s.policy_class <> said.class_before AS is_classed`,
      [[...numbers], [...buildings], now()],
    );
    const moved = rows as { id: number; is_classed: boolean }[];
    const movedAs = (isClassed: boolean) => moved.filter((one) => one.is_classed === isClassed).map(({ id }) => id);
    await propagateStudentChange(transaction, movedAs(true));
    // Their card says where they live, and to nobody else.
    await tellHolders(transaction, movedAs(false));
    await appendAudit(
      transaction,
      moved.map(({ id }) => ({ actor, action: 'residence.changed', subject: `student:${id}` })),
      clock.nowMs(),
    );
    return moved.length;
  }

  /** What was said of people who have come into the register since. */
  async function takeUpLeftovers(): Promise<number> {
    return db.transaction(async (transaction) => {
      const { rows } = await transaction.raw(
        `DELETE FROM source_leftover l USING student s WHERE s.student_number = l.student_number
         RETURNING l.source, l.student_number, l.building`,
      );
      const found = rows as (Residence & { source: string })[];
      let changed = 0;
      for (const source of new Set(found.map((one) => one.source))) {
        const own = found.filter((one) => one.source === source);
        const numbers = own.map(({ student_number }) => student_number);
        changed += await settle(
          transaction,
          `source:${source}`,
          numbers,
          own.map(({ building }) => building),
        );
      }
      return changed;
    });
  }

  async function registerCounts(): Promise<Record<string, number>> {
    const { rows } = await db.raw(
      "SELECT building, count(*)::int AS n FROM student WHERE building <> '' GROUP BY building",
    );
    return Object.fromEntries((rows as { building: string; n: number }[]).map(({ building, n }) => [building, n]));
  }

  async function reports() {
    const { rows } = await db.raw(
      `SELECT p.source, p.watermark, p.taken_at, p.counts, p.counted_at,
         (SELECT count(*)::int FROM source_leftover l WHERE l.source = p.source) AS unknown
       FROM source_progress p`,
    );
    const counts = await registerCounts();
    return (rows as ProgressRow[]).map(({ counts: own, ...row }) => ({
      ...row,
      buildings: own === null ? null : driftOf(own, counts),
    }));
  }

  return {
    take,
    takeUpLeftovers,
    /** How far each source has come and where it and the register differ; no numbers of people. */
    reports,
    /** Keeps a source's own count of residents; answers where the register counts otherwise. */
    async count(source: string, counts: Readonly<Record<string, number>>): Promise<BuildingDrift[]> {
      await db.raw(
        `INSERT INTO source_progress (source, counts, counted_at) VALUES (?, ?, ?)
         ON CONFLICT (source) DO UPDATE SET counts = excluded.counts, counted_at = excluded.counted_at`,
        [source, JSON.stringify(counts), now()],
      );
      return driftOf(counts, await registerCounts());
    },
    /** Has living in a building bring a policy class, or none with 0; in force for its residents at once. */
    async setBuildingClass(building: string, policyClass: number, actor: string): Promise<number> {
      return db.transaction(async (transaction) => {
        const { rows: before } = await transaction.raw(
          'SELECT policy_class FROM building_class WHERE building = ? FOR UPDATE',
          [building],
        );
        if (policyClass === 0) await transaction.raw('DELETE FROM building_class WHERE building = ?', [building]);
        else
          await transaction.raw(
            `INSERT INTO building_class (building, policy_class) VALUES (?, ?)
             ON CONFLICT (building) DO UPDATE SET policy_class = excluded.policy_class`,
            [building, policyClass],
          );
        const { rows } = await transaction.raw(
          `UPDATE student SET policy_class = ?, updated_at = ? WHERE building = ? AND policy_class = ? AND policy_class <> ?
           RETURNING id`,
          [policyClass, now(), building, before[0]?.policy_class ?? 0, policyClass],
        );
        const ids = (rows as { id: number }[]).map(({ id }) => id);
        await propagateStudentChange(transaction, ids);
        const detail = { building, policy_class: policyClass, residents: ids.length };
        await appendAudit(
          transaction,
          [{ actor, action: 'building-class.set', subject: 'building-classes', detail }],
          clock.nowMs(),
        );
        return ids.length;
      });
    },
    async buildingClasses(): Promise<{ building: string; policy_class: number }[]> {
      const { rows } = await db.raw('SELECT building, policy_class FROM building_class ORDER BY building LIMIT 1000');
      return rows;
    },
  };
}
export type ResidenceStore = ReturnType<typeof createResidenceStore>;

interface ProgressRow {
  source: string;
  watermark: string | null;
  taken_at: Date | null;
  counts: Record<string, number> | null;
  counted_at: Date | null;
  unknown: number;
}
