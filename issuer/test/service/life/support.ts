import type { Clock } from '@lanyard/platform';
import { expect } from 'vitest';
import { roster } from '../support/claim.js';
import { startIssuer, type TestIssuer } from '../support/start-issuer.js';

const DAY_MS = 86_400_000;

/** The real time, and days more where a test says so. */
export function createMovedClock() {
  let moved = 0;
  const clock: Clock = {
    nowMs: () => Date.now() + moved,
    nowSeconds: () => Math.floor((Date.now() + moved) / 1000),
  };
  return {
    clock,
    moveTo(days: number) {
      moved = days * DAY_MS;
    },
    /** A day in Asia/Shanghai, counted from the real today. */
    day: (days: number) => new Date(Date.now() + 8 * 3_600_000 + days * DAY_MS).toISOString().slice(0, 10),
  };
}

export async function startWithRoster(options: Parameters<typeof startIssuer>[1] = {}): Promise<TestIssuer> {
  const issuer = await startIssuer('http://localhost:8080', options);
  const imported = await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  expect(imported.status).toBe(201);
  return issuer;
}

export interface ChangeAnswer {
  id: number;
  version: number;
  enrolment_status: string;
  carried_out: string;
  code?: string;
  change_id?: number;
}

/** Status and body of a change. */
export function changerAt(issuer: TestIssuer) {
  const post = async (path: string, body: object): Promise<[number, ChangeAnswer & Record<string, unknown>]> => {
    const answer = await issuer.operator(path, { body });
    return [answer.status, (await answer.json()) as ChangeAnswer & Record<string, unknown>];
  };
  return {
    post,
    change: (number: string, kind: string, effectiveDate: string, more: object = {}) =>
      post(`/v1/students/${number}/status-changes`, { kind, effective_date: effectiveDate, ...more }),
    preview: (number: string, kind: string, effectiveDate: string, more: object = {}) =>
      post(`/v1/students/${number}/status-changes?dry_run=true`, { kind, effective_date: effectiveDate, ...more }),
    reverse: (number: string, id: number, more: object = {}) =>
      post(`/v1/students/${number}/status-changes/${id}/reverse`, more),
    history: async (number: string) =>
      (await (await issuer.operator(`/v1/students/${number}/status-changes`)).json()) as {
        version: number;
        enrolment_status: string;
        changes: Record<string, unknown>[];
      },
  };
}

/** Students of the roster who are enrolled, in the order of their numbers. */
export async function enrolledNumbers(issuer: TestIssuer): Promise<string[]> {
  const { rows } = await issuer.database.run.raw(
    "SELECT student_number FROM student WHERE enrolment_status = 'enrolled' ORDER BY student_number",
  );
  return (rows as { student_number: string }[]).map((row) => row.student_number);
}
