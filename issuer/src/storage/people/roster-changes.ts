import { appendAudit, type Clock, dayInShanghai, type Transaction } from '@lanyard/platform';
import { ringBell } from '../../adapters/change-bell.js';
import { kindBetween } from '../../domain/life/change-kinds.js';
import { FACT_COLUMNS, type FactColumn, type Facts } from '../../domain/life/fold-life.js';
import { carryOut } from '../life/carry-out.js';
import type { AskedChange, Request } from '../life/judge-changes.js';
import type { RosterChanges } from '../roster/apply-staging.js';
import { noteAccountChanges } from './account-feed.js';
import { propagateStudentChange } from './propagate-change.js';

type Changed = RosterChanges['changed'][number];
const PIECE = 1000;

/**
 * Audit and outbox of an applied roster, in its transaction. What changed status or facts of the life cycle goes the way
 * of every such change; the rest is propagated as it is.
 */
export async function recordRosterChanges(
  transaction: Transaction,
  changes: RosterChanges,
  by: { actor: string; importId: number },
  clock: Clock,
): Promise<void> {
  // New students have no credential yet; only who may sign in has changed.
  await noteAccountChanges(transaction, changes.inserted);
  if (changes.inserted.length > 0) await ringBell(transaction);
  const today = dayInShanghai(clock.nowMs());
  const lived = changes.changed.filter((one) => one.oldStatus !== one.newStatus || differing(one).length > 0);
  for (let start = 0; start < lived.length; start += PIECE) {
    const piece = lived.slice(start, start + PIECE);
    await carryOut(
      transaction,
      piece.map((one) => requestOf(one, today)),
      {
        ...{ actor: by.actor, clock, source: `roster-import:${by.importId}` },
        former: new Map(piece.map((one) => [one.id, { status: one.oldStatus, facts: one.oldFacts }])),
      },
    );
  }
  const carried = new Set(lived.map((one) => one.id));
  const others = changes.changed.filter((one) => !carried.has(one.id));
  await propagateStudentChange(
    transaction,
    others.map((change) => change.id),
  );
  await appendAudit(
    transaction,
    [
      {
        actor: by.actor,
        action: 'roster.applied',
        subject: `roster-import:${by.importId}`,
        detail: { inserted: changes.inserted.length, changed: changes.changed.length },
      },
      ...changes.changed
        .filter((change) => change.oldStatus === change.newStatus)
        .map((change) => ({
          actor: by.actor,
          action: 'student.changed',
          subject: `student:${change.id}`,
          detail: { import: by.importId },
        })),
    ],
    clock.nowMs(),
  );
}

const differing = (one: Changed): FactColumn[] =>
  FACT_COLUMNS.filter((column) => one.oldFacts[column] !== one.newFacts[column]);

/** What the roster must mean; where the rules know no such change, a correction. */
function requestOf(one: Changed, today: string): Request {
  const { oldStatus: from, newStatus: to } = one;
  const columns = differing(one);
  const pick = (chosen: FactColumn[]): Facts =>
    Object.fromEntries(chosen.map((column) => [column, one.newFacts[column]]));
  const base = { effectiveDate: today, reasonCode: 'roster' } as const;
  const name = columns.filter((column) => column === 'name');
  const study = columns.filter((column) => column !== 'name');
  const kind = kindBetween(from, to);
  const changes: AskedChange[] = [
    ...(name.length > 0 ? [{ ...base, kind: 'name-change', facts: pick(name) } as const] : []),
    ...(study.length > 0 ? [{ ...base, kind: 'study-change', facts: pick(study) } as const] : []),
    ...(from === to ? [] : [{ ...base, kind, ...(kind === 'correction' ? { to } : {}) }]),
  ];
  const orElse: AskedChange = {
    ...{ ...base, kind: 'correction', to },
    ...(columns.length > 0 ? { facts: pick(columns) } : {}),
  };
  return { studentId: one.id, do: 'follow-roster', changes, orElse };
}
