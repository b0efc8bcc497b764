import { type Clock, type Database, dayInShanghai, Refusal, type Transaction } from '@lanyard/platform';
import { checkJournal } from '../domain/passages/check-journal.js';
import type { PassageEntry } from '../domain/passages/passage-entry.js';
import { addCounts } from './count-store.js';
import { noteUses } from './use-store.js';

/** Passages of gates, without names. Kept for seven days, by the retention rules. */
export function createPassageStore(db: Database, clock: Clock) {
  return {
    /**
     * Takes entries in exactly once: the agent's row is locked, what is known is passed over, the rest must continue
     * the chain. Answers the end of the journal and what was new.
     * @throws Refusal `journal-gap`, `journal-broken`
     */
    async take(
      agent: { id: string; checkpointId: string },
      entries: readonly PassageEntry[],
    ): Promise<{ acceptedUpTo: number; fresh: readonly PassageEntry[] }> {
      return db.transaction(async (transaction: Transaction) => {
        const { rows } = await transaction.raw(
          'SELECT journal_sequence, journal_hash FROM agent WHERE id = ? AND withdrawn_at IS NULL FOR UPDATE',
          [agent.id],
        );
        if (rows[0] === undefined) throw new Refusal('agent-withdrawn');
        const checked = checkJournal({ sequence: rows[0].journal_sequence, hash: rows[0].journal_hash }, entries);
        if (!checked.ok) {
          // Where to go on helps an agent that lost its position; a broken chain is nothing it could mend by itself.
          const fields = checked.refusal === 'journal-gap' ? { accepted_up_to: rows[0].journal_sequence } : {};
          throw new Refusal(checked.refusal, { fields });
        }
        const { fresh, end } = checked;
        if (fresh.length > 0) {
          await insert(transaction, agent, fresh);
          await noteUses(transaction, agent, fresh, clock.nowMs());
          await addCounts(
            transaction,
            fresh.map((entry) => countOf(agent.checkpointId, entry)),
          );
          await transaction.raw('UPDATE agent SET journal_sequence = ?, journal_hash = ? WHERE id = ?', [
            end.sequence,
            Buffer.from(end.hash),
            agent.id,
          ]);
        }
        return { acceptedUpTo: end.sequence, fresh };
      });
    },
  };

  async function insert(
    transaction: Transaction,
    agent: { id: string; checkpointId: string },
    entries: readonly PassageEntry[],
  ): Promise<void> {
    // knex's types know no null inside an array; PostgreSQL does. Marks go as one text each: PostgreSQL's unnest would flatten arrays of arrays.
    await transaction.raw(
      `INSERT INTO passage (agent_id, sequence, checkpoint_id, at, verdict, reason, scheme, row_number, marks, hash, received_at)
       SELECT ?, sequence, ?, to_timestamp(at), verdict, reason, scheme, row_number, string_to_array(marks, ' '), hash, ?
       FROM unnest(?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::bigint[], ?::text[], ?::bytea[])
         AS t (sequence, at, verdict, reason, scheme, row_number, marks, hash)`,
      [
        agent.id,
        agent.checkpointId,
        new Date(clock.nowMs()),
        entries.map((entry) => entry.sequence),
        entries.map((entry) => entry.at),
        entries.map((entry) => entry.verdict),
        entries.map((entry) => entry.reason) as string[],
        entries.map((entry) => entry.scheme) as string[],
        entries.map((entry) => entry.row) as number[],
        entries.map((entry) => entry.marks.join(' ')),
        entries.map((entry) => Buffer.from(entry.hash, 'base64url')),
      ],
    );
  }
}
export type PassageStore = ReturnType<typeof createPassageStore>;

function countOf(checkpointId: string, entry: PassageEntry) {
  return {
    checkpointId,
    day: dayInShanghai(entry.at * 1000),
    source: 'gate' as const,
    verdict: entry.verdict,
    reason: entry.reason ?? '',
    n: 1,
  };
}
