import type { Transaction } from '@lanyard/platform';

/** How far a run has come. */
export interface RunAt {
  readonly id: number;
  readonly state: 'applying' | 'undoing';
  /** The last line dealt with in this direction; its rows go on after it. */
  readonly atLine: number;
}

/** What the rows of a run are before it has dealt with them in its present direction. */
export const awaitedState = ({ state }: Pick<RunAt, 'state'>): 'waiting' | 'done' =>
  state === 'undoing' ? 'done' : 'waiting';

/**
 * Rows of the next piece, in the order of their lines. One table: nobody has analysed one that was filled a moment ago, and
 * a join with it may go through all of it for each row.
 */
export async function takeRows<Row extends { readonly line: number }>(
  transaction: Transaction,
  run: RunAt,
  { columns, limit }: { readonly columns: string; readonly limit: number },
): Promise<Row[]> {
  const { rows } = await transaction.raw(
    `SELECT line, ${columns} FROM bulk_run_row WHERE run_id = ? AND line > ? AND state = ? ORDER BY line LIMIT ?`,
    [run.id, run.atLine, awaitedState(run), limit],
  );
  return rows;
}
