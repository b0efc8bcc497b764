import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, createServiceClient, type ServiceCallError, systemClock } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { expect, vi } from 'vitest';
import { rosterOf } from '../../unit/roster/support.js';
import type { TestIssuer } from '../support/start-issuer.js';

export interface ImportAnswer {
  id: string | null;
  state: string;
  code?: string;
  run_id?: number;
  difference: Record<string, number>;
}
export interface UndoAnswer {
  id: number | null;
  state: string;
  code?: string;
  plan: string;
  withdrawn: number;
  restored: number;
  kept: number;
  kept_students: { line: number; student_number: string; code: string }[];
  second_person: boolean;
  revocations: number;
}
export interface Run {
  id: number;
  kind: string;
  state: string;
  total: number;
  done: number;
  refused: number;
  rate_per_second: number;
  seconds_left: number | null;
}

/** Students that exist nowhere else: passports, numbers from `from` on. */
export const freshmen = (count: number, change: Readonly<Record<string, string>> = {}, from = 0) =>
  Buffer.from(
    rosterOf(
      ...Array.from({ length: count }, (_, index) => ({
        学号: String(2_026_000_000 + from + index),
        证件类型: '护照',
        证件号码: `E${String(from + index).padStart(8, '0')}`,
        ...change,
      })),
    ),
  );

export function importsAt(issuer: TestIssuer, clock: Clock = systemClock) {
  const json = async <T>(answer: Response): Promise<[number, T]> => [answer.status, (await answer.json()) as T];
  const runOf = async (id: number) => (await (await issuer.operator(`/v1/bulk-runs/${id}`)).json()) as Run;
  const key = generateKeyPair();
  writeFileSync(join(issuer.callersFolder, 'admin.jwk.json'), JSON.stringify(key.jwk));
  const admin = createServiceClient({
    ...{ baseUrl: issuer.url, audience: 'issuer', caller: 'admin', sign: createSigner(key.privateKey) },
    clock,
  });
  return {
    runOf,
    send: async (bytes: Buffer, query = '') =>
      json<ImportAnswer>(await issuer.operator(`/v1/roster-imports${query}`, { bytes, type: 'text/csv' })),
    plan: async (id: string | number) =>
      json<UndoAnswer>(await issuer.operator(`/v1/roster-imports/${id}/undo?dry_run=true`, { body: {} })),
    undo: async (id: string | number, plan: string) =>
      json<UndoAnswer>(await issuer.operator(`/v1/roster-imports/${id}/undo`, { body: { plan } })),
    undoRun: async (id: number) => json<Run>(await issuer.operator(`/v1/bulk-runs/${id}/undo`, { body: {} })),
    /** A decision through the console for a person; answers the status. */
    decide: (path: string, actor: string): Promise<number> =>
      admin.raw(path, { method: 'POST', body: {}, actor }).then(
        (answer) => answer.status,
        (error: ServiceCallError) => error.status,
      ),
    settled: (id: number) =>
      vi.waitFor(
        async () => {
          const run = await runOf(id);
          expect(['applied', 'undone']).toContain(run.state);
          return run;
        },
        { timeout: 60_000, interval: 50 },
      ),
    rows: async (sql: string, values: unknown[] = []) =>
      (await issuer.database.run.raw(sql, values as never)).rows as Record<string, unknown>[],
  };
}
