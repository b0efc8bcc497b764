import { appendAudit, type Clock, type Transaction } from '@lanyard/platform';
import { ringBell } from '../../adapters/change-bell.js';
import type { RosterChanges } from '../roster/apply-staging.js';
import { noteAccountChanges } from './account-feed.js';
import { propagateStudentChange } from './propagate-change.js';

/** Audit and outbox of an applied roster, in its transaction: one row for the import, one for each changed student. */
export async function recordRosterChanges(
  transaction: Transaction,
  changes: RosterChanges,
  by: { actor: string; importId: number },
  clock: Clock,
): Promise<void> {
  // New students have no credential yet; only who may sign in has changed.
  await noteAccountChanges(transaction, changes.inserted);
  if (changes.inserted.length > 0) await ringBell(transaction);
  await propagateStudentChange(
    transaction,
    changes.changed.map((change) => change.id),
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
      ...changes.changed.map((change) => ({
        actor: by.actor,
        action: change.oldStatus === change.newStatus ? 'student.changed' : 'enrolment-status.changed',
        subject: `student:${change.id}`,
        detail: {
          import: by.importId,
          ...(change.oldStatus === change.newStatus ? {} : { from: change.oldStatus, to: change.newStatus }),
        },
      })),
    ],
    clock.nowMs(),
  );
}
