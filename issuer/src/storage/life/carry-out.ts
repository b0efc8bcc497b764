import { type AuditEvent, appendAudit, type Clock, dayInShanghai, type Transaction } from '@lanyard/platform';
import { enrolmentStateByCode } from '@lanyard/protocol';
import { CREDENTIAL_FACTS, FACT_COLUMNS, type FactColumn } from '../../domain/life/fold-life.js';
import { nameKeysOf } from '../../domain/roster/name-keys.js';
import { propagateStudentChange } from '../people/propagate-change.js';
import { discardCopies, outdateCopies } from './discard-copies.js';
import { type Judged, judgeRequest, type Request } from './judge-changes.js';
import { type FormerRow, lockStudents, readLives } from './read-lives.js';

export interface CarryOutOptions {
  readonly actor: string;
  readonly clock: Clock;
  /** `roster-import:7`, `bulk-run:3`. */
  readonly source?: string;
  /** Students whose rows an earlier statement of this transaction has changed. */
  readonly former?: ReadonlyMap<number, FormerRow>;
}

type Good = Extract<Judged, { ok: true }>;

/**
 * The one way in which a life changes: judges each request on the life as it is now, and writes what follows (changes,
 * register, copies, people table, outbox, audit) in this transaction. A refused request changes nothing and keeps
 * nobody else's from being done. At most one request for each student.
 */
export async function carryOut(
  transaction: Transaction,
  requests: readonly Request[],
  options: CarryOutOptions,
): Promise<Map<number, Judged>> {
  const ids = requests.map((request) => request.studentId);
  if (new Set(ids).size !== ids.length) throw new TypeError('one request for each student');
  await lockStudents(transaction, ids);
  const judged = await judgeAll(transaction, requests, options);
  const good = [...judged.values()].filter((one) => one.ok).filter(hasEffect);
  if (good.length > 0) await write(transaction, good, options);
  return judged;
}

/** What requests would come to; nothing is written. */
export async function judgeAll(
  transaction: Transaction,
  requests: readonly Request[],
  options: CarryOutOptions,
): Promise<Map<number, Judged>> {
  const today = dayInShanghai(options.clock.nowMs());
  const lives = await readLives(
    transaction,
    requests.map((request) => request.studentId),
    options.former,
  );
  const nextId = await reserveIds(
    transaction,
    requests.reduce((sum, request) => sum + idsFor(request), 0),
  );
  const judged = new Map<number, Judged>();
  for (const request of requests) {
    const stored = lives.get(request.studentId);
    if (stored !== undefined) judged.set(request.studentId, judgeRequest(stored, request, today, nextId));
  }
  return judged;
}

/** False where another process has already carried out what was due. */
const hasEffect = (one: Good): boolean =>
  one.request.do !== 'carry-out' || one.givenUp.length > 0 || one.stored.planned.some((id) => one.after.steps.has(id));

const idsFor = (request: Request): number =>
  request.do === 'carry-out' ? 0 : request.do === 'follow-roster' ? request.changes.length + 1 : 2;

async function reserveIds(transaction: Transaction, count: number): Promise<() => number> {
  const { rows } = await transaction.raw(
    "SELECT nextval(pg_get_serial_sequence('status_change', 'id')) AS id FROM generate_series(1, ?::int)",
    [count],
  );
  // Numbers of one student rise with the order of what was asked for, whatever order they were drawn in.
  const ids = (rows as { id: number }[]).map((row) => Number(row.id)).sort((a, b) => a - b);
  let next = 0;
  return () => {
    const id = ids[next];
    next += 1;
    if (id === undefined) throw new TypeError('too few numbers were reserved');
    return id;
  };
}

async function write(transaction: Transaction, good: readonly Good[], options: CarryOutOptions): Promise<void> {
  const nowMs = options.clock.nowMs();
  const now = new Date(nowMs);
  const today = dayInShanghai(nowMs);
  await insertChanges(transaction, good, options, now, today);
  await moveChanges(transaction, good, now, today);
  await transaction.raw(
    `INSERT INTO student_life (student_id, version, first_status, first_facts)
     SELECT student_id, 1, first_status, first_facts FROM jsonb_to_recordset(?::jsonb)
       AS t (student_id bigint, first_status text, first_facts jsonb)
     ON CONFLICT (student_id) DO UPDATE SET version = student_life.version + 1, first_facts = excluded.first_facts`,
    [
      JSON.stringify(
        good.map((one) => ({
          student_id: one.stored.studentId,
          first_status: one.life.firstStatus,
          first_facts: one.firstFacts,
        })),
      ),
    ],
  );
  await writeRegister(transaction, good);
  const outdated = good.filter((one) => CREDENTIAL_FACTS.some((column) => factChanged(one, column)));
  await discardCopies(
    transaction,
    outdated.map((one) => one.stored.studentId),
    now,
  );
  // Of a roster all are told, whatever else changed in their rows.
  const changed = good.filter(
    (one) =>
      one.request.do === 'follow-roster' ||
      one.after.state.status !== one.stored.status ||
      FACT_COLUMNS.some((column) => factChanged(one, column)),
  );
  const back = changed.filter((one) => isRevoking(one.stored.status) && !isRevoking(one.after.state.status));
  // Wallets hold copies that are good no longer, or never again: they are told to obtain new ones.
  await outdateCopies(
    transaction,
    [...new Set([...outdated, ...back])].map((one) => one.stored.studentId),
    now,
  );
  const quiet = changed.filter(isQuiet);
  await silence(transaction, quiet, now);
  await propagateStudentChange(
    transaction,
    changed.filter((one) => !isQuiet(one)).map((one) => one.stored.studentId),
    quiet.map((one) => one.stored.studentId),
  );
  await appendAudit(
    transaction,
    good.flatMap((one) => auditOf(one, options)),
    nowMs,
  );
}

const isRevoking = (status: string) => enrolmentStateByCode(status)?.credential === 'revoked';

/** Nobody is told: neither of the death nor of what was on its way. */
const isQuiet = (one: Good) => enrolmentStateByCode(one.after.state.status)?.quiet === true;

async function silence(transaction: Transaction, quiet: readonly Good[], now: Date): Promise<void> {
  if (quiet.length === 0) return;
  await transaction.raw(
    'UPDATE notice SET given_up_at = ?, message_sealed = NULL WHERE student_id = ANY(?) AND sent_at IS NULL AND given_up_at IS NULL',
    [now, quiet.map((one) => one.stored.studentId)],
  );
}

const factChanged = (one: Good, column: FactColumn) => {
  const value = one.after.facts[column];
  return value !== undefined && value !== one.stored.facts[column];
};

async function insertChanges(
  transaction: Transaction,
  good: readonly Good[],
  options: CarryOutOptions,
  now: Date,
  today: string,
): Promise<void> {
  const rows = good.flatMap((one) =>
    one.rows.map((row) => {
      const step = stepOf(one, row.id, row.undoes);
      const inForce = row.effectiveDate <= today;
      return {
        ...{ id: row.id, student_id: one.stored.studentId, kind: row.kind, state: inForce ? 'in-force' : 'planned' },
        ...{ effective_date: row.effectiveDate, until_date: row.until ?? null, asked_status: row.to ?? null },
        ...{ from_status: inForce ? step?.from : null, to_status: inForce ? step?.to : null, facts: row.facts ?? null },
        ...{ document_number: row.documentNumber ?? null, reason_code: row.reasonCode, undoes: row.undoes ?? null },
        ...{ along_with: row.alongWith ?? null, carried_out_at: inForce ? now.toISOString() : null },
      };
    }),
  );
  if (rows.length === 0) return;
  await transaction.raw(
    `INSERT INTO status_change (id, student_id, kind, state, effective_date, until_date, asked_status, from_status, to_status, facts,
       document_number, reason_code, undoes, along_with, carried_out_at, actor, recorded_at, source)
     SELECT t.*, ?, ?::timestamptz, ? FROM jsonb_to_recordset(?::jsonb) AS t (id bigint, student_id bigint, kind text, state text,
       effective_date date, until_date date, asked_status text, from_status text, to_status text, facts jsonb, document_number text,
       reason_code text, undoes bigint, along_with bigint, carried_out_at timestamptz)`,
    [options.actor, now, options.source ?? null, JSON.stringify(rows)],
  );
}

function stepOf(one: Good, id: number, undoes: number | undefined) {
  if (undoes !== undefined) return { from: one.before.state.status, to: one.after.state.status };
  return one.whole.steps.get(id);
}

/** Undone ones, those whose day has come, and later ones that start from somewhere else now. */
async function moveChanges(transaction: Transaction, good: readonly Good[], now: Date, today: string): Promise<void> {
  const fresh = new Set(good.flatMap((one) => one.rows.map((row) => row.id)));
  const steps = good.flatMap((one) =>
    one.life.changes.flatMap((change) => {
      const step = one.whole.steps.get(change.id);
      return step === undefined || fresh.has(change.id) || change.effectiveDate > today
        ? []
        : [{ id: change.id, from_status: step.from, to_status: step.to }];
    }),
  );
  if (steps.length > 0)
    await transaction.raw(
      `UPDATE status_change c SET state = 'in-force', from_status = t.from_status, to_status = t.to_status,
         carried_out_at = coalesce(c.carried_out_at, ?)
       FROM jsonb_to_recordset(?::jsonb) AS t (id bigint, from_status text, to_status text)
       WHERE c.id = t.id AND (c.state, c.from_status, c.to_status) IS DISTINCT FROM ('in-force', t.from_status, t.to_status)`,
      [now, JSON.stringify(steps)],
    );
  const undone = good.flatMap((one) => one.undone);
  if (undone.length > 0) await transaction.raw("UPDATE status_change SET state = 'undone' WHERE id = ANY(?)", [undone]);
  const givenUp = good.flatMap((one) => one.givenUp);
  if (givenUp.length > 0)
    await transaction.raw("UPDATE status_change SET state = 'refused' WHERE id = ANY(?) AND state = 'planned'", [
      givenUp,
    ]);
}

async function writeRegister(transaction: Transaction, good: readonly Good[]): Promise<void> {
  const rows = good
    .filter((one) => one.after.state.status !== one.stored.status || FACT_COLUMNS.some((c) => factChanged(one, c)))
    .map((one) => {
      const name = factChanged(one, 'name') ? one.after.facts.name : undefined;
      const keys = name === undefined ? undefined : nameKeysOf(name);
      return {
        ...{ id: one.stored.studentId, enrolment_status: one.after.state.status, ...one.after.facts },
        ...(keys === undefined
          ? {}
          : {
              ...{ name_match_key: keys.matchKey, name_latin: keys.latin },
              ...{ pinyin_full: keys.full, pinyin_initials: keys.initials },
            }),
      };
    });
  if (rows.length === 0) return;
  const texts = [...FACT_COLUMNS, 'name_match_key', 'name_latin', 'pinyin_full', 'pinyin_initials'];
  await transaction.raw(
    `UPDATE student s SET enrolment_status = t.enrolment_status, ${texts.map((c) => `${c} = coalesce(t.${c}, s.${c})`).join(', ')}
     FROM jsonb_to_recordset(?::jsonb) AS t (id bigint, enrolment_status text, ${texts.map((c) => `${c} text`).join(', ')})
     WHERE s.id = t.id`,
    [JSON.stringify(rows)],
  );
}

/** Names and other facts stay out of the audit; the change's number leads to them. */
function auditOf(one: Good, options: CarryOutOptions): AuditEvent[] {
  const subject = `student:${one.stored.studentId}`;
  const status = { from: one.stored.status, to: one.after.state.status };
  const source = options.source === undefined ? {} : { source: options.source };
  const made = one.rows.map((row) => ({
    ...{ actor: options.actor, subject },
    action: row.kind === 'reversal' ? 'status-change.reversed' : 'status-change.recorded',
    detail: {
      ...{ change: row.id, kind: row.kind, effective_date: row.effectiveDate, reason_code: row.reasonCode, ...source },
      ...(row.documentNumber === undefined ? {} : { document_number: row.documentNumber }),
      ...(row.undoes === undefined ? {} : { undoes: row.undoes }),
    },
  }));
  const refused = one.givenUp.map((change) => ({
    ...{ actor: options.actor, subject, action: 'status-change.refused', detail: { change } },
  }));
  const moved =
    status.from === status.to
      ? []
      : [{ actor: options.actor, subject, action: 'enrolment-status.changed', detail: { ...status, ...source } }];
  return [...made, ...refused, ...moved];
}
