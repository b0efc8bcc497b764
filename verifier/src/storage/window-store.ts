import { randomBytes } from 'node:crypto';
import { appendAudit, type Clock, type Database, Refusal } from '@lanyard/platform';
import { isFreshTap, type TapEntry } from '../domain/passages/fresh-tap.js';

/** How long somebody who was proved may be opened. */
const OPEN_MS = 60_000;
/** A nod takes a minute, and the way around it comes after. */
const NOD_OPEN_MS = 5 * 60_000;
const KEPT_MS = 3_600_000;
const CARD = 'nfc-b';

export interface Arrival {
  readonly id: string;
  readonly n: number;
  readonly checkpointId: string;
  readonly rowNumber: number;
  readonly scheme: string;
  readonly at: Date;
  readonly nodId: string | undefined;
}

/** What campus asks of a tap that it takes. */
export interface TapAsked {
  readonly checkpointId: string;
  readonly actor: string;
  /** Read and told after this instant. */
  readonly after?: Date | undefined;
  /** A campus card does not count. */
  readonly withoutCards: boolean;
}

const COLUMNS = 'id, n, checkpoint_id, row_number, scheme, at, nod_id';

/** Who was proved at which window. An arrival belongs to one clerk from the first touch on. */
export function createWindowStore(db: Database, clock: Clock) {
  const at = (agoMs = 0) => new Date(clock.nowMs() - agoMs);
  const toArrival = (row: Record<string, unknown>): Arrival => ({
    id: String(row['id']),
    n: Number(row['n']),
    checkpointId: String(row['checkpoint_id']),
    rowNumber: Number(row['row_number']),
    scheme: String(row['scheme']),
    at: row['at'] as Date,
    nodId: (row['nod_id'] as string | null) ?? undefined,
  });
  const newId = () => randomBytes(16).toString('base64url');

  return {
    /** A clerk's own scan. */
    async addScan(scan: { checkpointId: string; rowNumber: number; scheme: string; actor: string }): Promise<string> {
      const id = newId();
      await db.raw(
        'INSERT INTO window_arrival (id, checkpoint_id, row_number, scheme, at, actor) VALUES (?, ?, ?, ?, ?, ?)',
        [id, scan.checkpointId, scan.rowNumber, scan.scheme, at(), scan.actor],
      );
      return id;
    },

    /** Accepted taps and codes of a window's own reader, each entry once; what is old is nobody who stands there. */
    async addTaps(agent: { id: string; checkpointId: string }, entries: readonly TapEntry[]): Promise<boolean> {
      let added = false;
      for (const entry of entries) {
        if (entry.verdict !== 'accepted' || !isFreshTap(entry, clock.nowMs())) continue;
        const { sequence, at: seconds, scheme, row } = entry;
        const { rowCount } = await db.raw(
          `INSERT INTO window_arrival (id, checkpoint_id, row_number, scheme, at, read_at, agent_id, sequence)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT ON CONSTRAINT window_arrival_once DO NOTHING`,
          [newId(), agent.checkpointId, row, scheme, at(), new Date(seconds * 1000), agent.id, sequence],
        );
        added ||= rowCount === 1;
      }
      return added;
    },

    /** Taps at a window that no clerk has taken yet, after `after`. */
    async waiting(checkpointId: string, after: number): Promise<Arrival[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM window_arrival
         WHERE checkpoint_id = ? AND n > ? AND actor IS NULL AND at > ? ORDER BY n LIMIT 8`,
        [checkpointId, after, at(OPEN_MS)],
      );
      return rows.map(toArrival);
    },

    /** Makes an arrival this clerk's, once. @throws Refusal `arrival-not-found`, `arrival-taken` */
    async take(id: string, actor: string): Promise<Arrival> {
      const { rows } = await db.raw(
        `UPDATE window_arrival SET actor = ? WHERE id = ? AND (actor IS NULL OR actor = ?) AND at > ? RETURNING ${COLUMNS}`,
        [actor, id, actor, at(OPEN_MS)],
      );
      if (rows[0] !== undefined) return toArrival(rows[0]);
      const known = await db.raw('SELECT 1 FROM window_arrival WHERE id = ? AND at > ?', [id, at(OPEN_MS)]);
      throw new Refusal(known.rows.length === 1 ? 'arrival-taken' : 'arrival-not-found');
    },

    /**
     * Takes a tap for a visit, once, by nobody before and not twice by one clerk; a scan at the staff page is none.
     * @throws Refusal `arrival-not-found`, `arrival-taken`, `tap-too-early`, `tap-by-card`; none of them uses it up
     */
    async takeTap(id: string, { checkpointId, actor, after, withoutCards }: TapAsked): Promise<Arrival> {
      const since = after ?? new Date(0);
      const { rows } = await db.raw(
        `UPDATE window_arrival SET actor = ? WHERE id = ? AND checkpoint_id = ? AND actor IS NULL AND at > ?
           AND at > ? AND read_at > ? AND (? OR scheme <> ?) RETURNING ${COLUMNS}`,
        [actor, id, checkpointId, at(OPEN_MS), since, since, !withoutCards, CARD],
      );
      if (rows[0] !== undefined) return toArrival(rows[0]);
      const known = await db.raw(
        `SELECT actor, at > ? AND read_at > ? AS is_new FROM window_arrival
         WHERE id = ? AND checkpoint_id = ? AND agent_id IS NOT NULL AND at > ?`,
        [since, since, id, checkpointId, at(OPEN_MS)],
      );
      const found = known.rows[0] as { actor: string | null; is_new: boolean } | undefined;
      if (found === undefined) throw new Refusal('arrival-not-found');
      if (found.actor !== null) throw new Refusal('arrival-taken');
      throw new Refusal(found.is_new ? 'tap-by-card' : 'tap-too-early');
    },

    /** An arrival this clerk has asked about. @throws Refusal `arrival-not-found` */
    async asked(id: string, actor: string): Promise<Arrival & { nodId: string }> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM window_arrival WHERE id = ? AND actor = ? AND nod_id IS NOT NULL AND at > ?`,
        [id, actor, at(NOD_OPEN_MS)],
      );
      if (rows[0] === undefined) throw new Refusal('arrival-not-found');
      const arrival = toArrival(rows[0]);
      return { ...arrival, nodId: arrival.nodId ?? '' };
    },

    /** Remembers the question; the audit says where and what for. */
    async keepNod(arrival: Arrival, nodId: string, actor: string, purpose: string): Promise<void> {
      await db.transaction(async (transaction) => {
        await transaction.raw('UPDATE window_arrival SET nod_id = ? WHERE id = ?', [nodId, arrival.id]);
        const { checkpointId, rowNumber: row, scheme } = arrival;
        const detail = { row, scheme, purpose, nod: nodId };
        const event = { actor, action: 'window.nod-asked', subject: `checkpoint:${checkpointId}`, detail };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },

    /** Written before the page is asked for: what the issuer refuses was tried all the same. */
    async noteWayAround(arrival: Arrival, actor: string, reason: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const detail = { row: arrival.rowNumber, nod: arrival.nodId, reason };
        const subject = `checkpoint:${arrival.checkpointId}`;
        const event = { actor, action: 'window.without-nod-asked', subject, detail };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },

    async sweep(): Promise<void> {
      await db.raw('DELETE FROM window_arrival WHERE at < ?', [at(KEPT_MS)]);
    },
  };
}
export type WindowStore = ReturnType<typeof createWindowStore>;
