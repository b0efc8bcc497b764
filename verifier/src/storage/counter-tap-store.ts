import { randomBytes } from 'node:crypto';
import { type Clock, type Database, Refusal } from '@lanyard/platform';
import { asksRegister } from '../domain/partners/check.js';
import { isFreshTap, type TapEntry } from '../domain/passages/fresh-tap.js';

/** How long a tap may be opened, and how long it is then good for. */
const OPEN_MS = 60_000;
const GOOD_MS = 5 * 60_000;
const KEPT_MS = 3_600_000;

/** Somebody at a counter; the id is that of the check and of the one use it may become. */
export interface CounterTap {
  readonly id: string;
  readonly n: number;
  readonly checkpointId: string;
  readonly scheme: string;
  readonly at: Date;
  /** Whose it is and why the reader refused him; undefined for a clerk's own scan, which was decided before. */
  readonly rowNumber: number | undefined;
  readonly refused: string | undefined;
  readonly goodUntil: Date;
}

interface CounterTapRow {
  id: string;
  n: number;
  checkpoint_id: string;
  scheme: string;
  at: Date;
  row_number: string | null;
  refused: string | null;
}

const COLUMNS = 'id, n, checkpoint_id, scheme, at, row_number, refused';

/** Taps at counters, each entry of a journal once; a tap belongs to one clerk from the first touch on. */
export function createCounterTapStore(db: Database, clock: Clock) {
  const at = (agoMs = 0) => new Date(clock.nowMs() - agoMs);
  const newId = () => randomBytes(16).toString('base64url');

  return {
    /** What a counter's own reader accepted, or refused about the person: a discount's rules say better why. */
    async addTaps(agent: { id: string; checkpointId: string }, entries: readonly TapEntry[]): Promise<boolean> {
      let added = false;
      for (const entry of entries) {
        const { sequence, reason, scheme, row } = entry;
        if (!asksRegister({ verdict: entry.verdict, reason }) || !isFreshTap(entry, clock.nowMs())) continue;
        const { rowCount } = await db.raw(
          `INSERT INTO counter_tap (id, checkpoint_id, scheme, at, row_number, refused, agent_id, sequence)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ON CONSTRAINT counter_tap_once DO NOTHING`,
          [newId(), agent.checkpointId, scheme, at(), row, reason, agent.id, sequence],
        );
        added ||= rowCount === 1;
      }
      return added;
    },

    /** A clerk's own scan, under the id of the check it was. */
    async addScan(scan: { id: string; checkpointId: string; scheme: string; actor: string }): Promise<CounterTap> {
      const { rows } = await db.raw(
        `INSERT INTO counter_tap (id, checkpoint_id, scheme, at, actor) VALUES (?, ?, ?, ?, ?) RETURNING ${COLUMNS}`,
        [scan.id, scan.checkpointId, scan.scheme, at(), scan.actor],
      );
      return toTap(rows[0]);
    },

    /** Taps at a counter that no clerk has taken yet, after `after`. */
    async waiting(checkpointId: string, after: number): Promise<CounterTap[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM counter_tap
         WHERE checkpoint_id = ? AND n > ? AND actor IS NULL AND at > ? ORDER BY n LIMIT 8`,
        [checkpointId, after, at(OPEN_MS)],
      );
      return rows.map(toTap);
    },

    /** Makes a tap this clerk's, once; he may open it again. @throws Refusal `arrival-not-found`, `arrival-taken`, `tap-over` */
    async take(id: string, actor: string): Promise<CounterTap> {
      const { rows } = await db.raw(
        `UPDATE counter_tap SET actor = ? WHERE id = ? AND at > ? AND (actor = ? OR actor IS NULL AND at > ?)
         RETURNING ${COLUMNS}`,
        [actor, id, at(GOOD_MS), actor, at(OPEN_MS)],
      );
      if (rows[0] !== undefined) return toTap(rows[0]);
      throw await whyNot(id, actor);
    },

    /** A tap of this clerk's that is still good. @throws Refusal `arrival-not-found`, `arrival-taken`, `tap-over` */
    async own(id: string, actor: string): Promise<CounterTap> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM counter_tap WHERE id = ? AND actor = ? AND at > ?`, [
        id,
        actor,
        at(GOOD_MS),
      ]);
      if (rows[0] !== undefined) return toTap(rows[0]);
      throw await whyNot(id, actor);
    },

    async sweep(): Promise<void> {
      await db.raw('DELETE FROM counter_tap WHERE at < ?', [at(KEPT_MS)]);
    },
  };

  async function whyNot(id: string, actor: string): Promise<Refusal> {
    const { rows } = await db.raw('SELECT actor FROM counter_tap WHERE id = ?', [id]);
    const owner: string | null | undefined = rows[0]?.actor;
    if (owner === actor) return new Refusal('tap-over');
    return new Refusal(owner === undefined || owner === null ? 'arrival-not-found' : 'arrival-taken');
  }
}
export type CounterTapStore = ReturnType<typeof createCounterTapStore>;

function toTap(row: CounterTapRow): CounterTap {
  return {
    ...{ id: row.id, n: Number(row.n), checkpointId: row.checkpoint_id, scheme: row.scheme, at: row.at },
    rowNumber: row.row_number === null ? undefined : Number(row.row_number),
    refused: row.refused ?? undefined,
    goodUntil: new Date(row.at.getTime() + GOOD_MS),
  };
}
