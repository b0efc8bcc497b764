import { appendAudit, type Clock, type Database, Refusal, violatedConstraint } from '@lanyard/platform';
import type { TagKeys } from '../adapters/tag-keys.js';

/** A tag as staff see it. */
export interface DoorTag {
  number: number;
  checkpoint_id: string;
  name: string;
  last_tap_at: Date | null;
  touches: number;
  replays: number;
  created_at: Date;
  withdrawn_at: Date | null;
}

/** A proved tap of a tag that is registered; whether it counts is decided by the statement that takes it. */
export interface DoorTap {
  readonly tagNumber: number;
  readonly counter: number;
  readonly checkpointId: string;
}

const TOLD_WITHIN_MS = 600_000;
const COLUMNS = 'number, checkpoint_id, name, last_tap_at, touches, replays, created_at, withdrawn_at';

/** Tags at doors and what came of their taps. */
export function createDoorTagStore(db: Database, parts: { keys: TagKeys; clock: Clock }) {
  const { keys, clock } = parts;
  const now = () => new Date(clock.nowMs());
  return {
    /** @throws Refusal `checkpoint-not-found`, `door-tag-known` */
    async create(tag: { checkpointId: string; name: string; uid: Uint8Array; actor: string }): Promise<DoorTag> {
      try {
        return await db.transaction(async (transaction) => {
          const { rows } = await transaction.raw(
            `INSERT INTO door_tag (checkpoint_id, name, uid_digest, created_at) VALUES (?, ?, ?, ?) RETURNING ${COLUMNS}`,
            [tag.checkpointId, tag.name, keys.uidDigest(tag.uid), now()],
          );
          const made: DoorTag = rows[0];
          const detail = { checkpoint: tag.checkpointId };
          const event = { actor: tag.actor, action: 'door-tag.registered', subject: `door-tag:${made.number}`, detail };
          await appendAudit(transaction, [event], clock.nowMs());
          return made;
        });
      } catch (error) {
        const constraint = violatedConstraint(error);
        if (constraint === 'door_tag_uid_once') throw new Refusal('door-tag-known', { cause: error });
        if (constraint === 'door_tag_checkpoint_id_fkey') throw new Refusal('checkpoint-not-found', { cause: error });
        throw error;
      }
    },
    async list(): Promise<DoorTag[]> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM door_tag ORDER BY number LIMIT 1000`);
      return rows;
    },
    /** @throws Refusal `door-tag-not-found` */
    async withdraw(number: number, actor: string): Promise<void> {
      await db.transaction(async (transaction) => {
        const done = await transaction.raw(
          'UPDATE door_tag SET withdrawn_at = ? WHERE number = ? AND withdrawn_at IS NULL',
          [now(), number],
        );
        if (done.rowCount !== 1) throw new Refusal('door-tag-not-found');
        const event = { actor, action: 'door-tag.withdrawn', subject: `door-tag:${number}` };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    /** The tag that really has this UID, unless it was withdrawn. */
    async find(number: number, uid: Uint8Array): Promise<{ checkpointId: string; lastCounter: number } | undefined> {
      const { rows } = await db.raw(
        'SELECT checkpoint_id, last_counter FROM door_tag WHERE number = ? AND uid_digest = ? AND withdrawn_at IS NULL',
        [number, keys.uidDigest(uid)],
      );
      const [row] = rows;
      return row === undefined ? undefined : { checkpointId: row.checkpoint_id, lastCounter: Number(row.last_counter) };
    },
    /** Counts a tap that came again, with one audit row for each counter. */
    async noteReplay(tap: DoorTap): Promise<void> {
      await db.transaction(async (transaction) => {
        const first = await transaction.raw(
          'UPDATE door_tag SET replays = replays + 1, alarmed_counter = ? WHERE number = ? AND alarmed_counter IS DISTINCT FROM ?',
          [tap.counter, tap.tagNumber, tap.counter],
        );
        if (first.rowCount !== 1) return;
        const subject = `door-tag:${tap.tagNumber}`;
        const event = { actor: 'anonymous', action: 'door-tag.replayed', subject, detail: { counter: tap.counter } };
        await appendAudit(transaction, [event], clock.nowMs());
      });
    },
    /** Where a request came from, if from a tap. */
    async checkpointOf(requestId: string): Promise<string | undefined> {
      const { rows } = await db.raw('SELECT checkpoint_id FROM door_tap WHERE request_id = ?', [requestId]);
      return rows[0]?.checkpoint_id;
    },
    /**
     * Answers at the doors of a checkpoint after `after`, in the order in which they are told. Each is told to the agent
     * that asks first and to no other; what nobody asked for in ten minutes is told to nobody.
     */
    async answered(
      checkpointId: string,
      agentId: string,
      after: number,
    ): Promise<{ n: number; requestId: string; at: Date }[]> {
      return db.transaction(async (transaction) => {
        // Numbers are given one after the other, so a door that goes on from the last one misses nothing.
        await transaction.raw('SELECT pg_advisory_xact_lock(hashtext(?))', [`door taps of ${checkpointId}`]);
        await transaction.raw(
          `UPDATE door_tap t SET told = nextval('door_tap_told'), told_to = ? FROM presentation_request p
           WHERE t.checkpoint_id = ? AND t.told IS NULL AND p.id = t.request_id AND p.state = 'answered' AND p.answered_at > ?`,
          [agentId, checkpointId, new Date(clock.nowMs() - TOLD_WITHIN_MS)],
        );
        const { rows } = await transaction.raw(
          `SELECT t.told AS n, t.request_id, p.answered_at FROM door_tap t JOIN presentation_request p ON p.id = t.request_id
           WHERE t.checkpoint_id = ? AND t.told_to = ? AND t.told > ? ORDER BY t.told LIMIT 20`,
          [checkpointId, agentId, after],
        );
        return rows.map((row: { n: number; request_id: string; answered_at: Date }) => ({
          ...{ n: row.n, requestId: row.request_id, at: row.answered_at },
        }));
      });
    },
  };
}
export type DoorTagStore = ReturnType<typeof createDoorTagStore>;
