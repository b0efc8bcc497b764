import { randomBytes } from 'node:crypto';
import type { Database } from '@lanyard/platform';
import type { RosterChanges } from '../../../src/storage/roster/apply-staging.js';
import { createFieldSealer } from '../../../src/storage/roster/field-sealer.js';
import { createRosterImportStore } from '../../../src/storage/roster/roster-import-store.js';
import { context, inPieces } from '../../unit/roster/support.js';

export const migrations = new URL('../../../src/storage/migrations/', import.meta.url).pathname;

export function createStore(db: Database, changes: Partial<Parameters<typeof createRosterImportStore>[1]> = {}) {
  const told: RosterChanges[] = [];
  const sealer = createFieldSealer({ encryptionKey: randomBytes(32), hashKey: randomBytes(32) });
  const store = createRosterImportStore(db, {
    context,
    sealer,
    onChanged: async (_tx, change) => {
      told.push(change);
    },
    openRun: () => Promise.reject(new Error('no run expected')),
    now: () => new Date('2026-09-01T00:00:00Z'),
    ...changes,
  });
  const bad: string[] = [];
  const run = (
    bytes: Uint8Array | string,
    options: { dryRun?: boolean; allOrNothing?: boolean; actor?: string } = {},
  ) =>
    store.importRoster({
      chunks: inPieces(typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes, 8192),
      actor: options.actor ?? 'registrar-1',
      dryRun: options.dryRun ?? false,
      allOrNothing: options.allOrNothing ?? false,
      onBadRows: (text) => bad.push(text),
    });
  return { store, run, told, bad, sealer };
}
