import { appendAudit, type Clock, Refusal, type Transaction } from '@lanyard/platform';
import { attachmentsIn } from '../domain/attachments/attachment.js';
import type { Actor } from '../domain/cases/action.js';
import { callsIn } from '../domain/cases/calls.js';
import type { CaseEvent } from '../domain/cases/case-event.js';
import { type CaseState, subjectOf } from '../domain/cases/case-state.js';
import { tasksOf } from '../domain/cases/tasks-of.js';
import { openChecks } from '../domain/checks/open-checks.js';
import { allSteps } from '../domain/definitions/walk-steps.js';
import { effectRequests } from '../domain/effects/effect-request.js';
import { type Notice, noticesOf } from '../domain/notices/notice.js';
import type { PersonId } from '../domain/people/person.js';
import type { AttachmentStore } from './attachment-store.js';
import type { CaseListing } from './case-listing.js';
import type { DutyStore } from './duty-store.js';
import type { EffectStore } from './effect-store.js';
import type { LoadedCase } from './loaded-case.js';
import type { NoticeStore } from './notice-store.js';
import type { RatingStore } from './rating-store.js';
import { type CaseSealer, casePlace, eventPlace } from './sealer.js';
import type { SourceCheckStore } from './source-check-store.js';

const DAY_MS = 86_400_000;
/** An open case nobody has touched for so long is nobody's any more; who began it has long left. */
const OPEN_KEPT_DAYS = 1_095;
/** An empty step stands for the applicant's turn after a return. */
const stepColumn = (step: string | null): string => step ?? '';

/** Who did it, and what it is called in the audit. */
export interface Doing {
  readonly actor: Actor;
  readonly auditName: string;
  readonly verb: string;
}

export interface CaseWriterDeps {
  effects: EffectStore;
  checks: SourceCheckStore;
  attachments: AttachmentStore;
  ratings: RatingStore;
  notices: NoticeStore;
  duty: Pick<DutyStore, 'holders'>;
  sealer: CaseSealer;
  clock: Clock;
  listing: CaseListing;
}

/** Everything an action leaves behind, in its transaction: the row, events, tasks, lists, what follows, the audit. */
export function createCaseWriter(deps: CaseWriterDeps) {
  const { attachments, ratings, notices, duty, effects, sealer, clock, listing } = deps;

  async function writeEvents(transaction: Transaction, id: string, after: number, events: readonly CaseEvent[]) {
    const rows = events.map((event, at) => ({ event, sequence: after + at + 1 }));
    await transaction.raw(
      `INSERT INTO case_event (case_id, sequence, at, kind, step, body)
       SELECT ?, * FROM unnest(?::integer[], ?::timestamptz[], ?::text[], ?::text[], ?::bytea[])`,
      [
        id,
        rows.map(({ sequence }) => sequence),
        rows.map(({ event }) => new Date(event.atMs).toISOString()),
        rows.map(({ event }) => event.kind),
        rows.map(({ event }) => ('step' in event ? event.step : null)),
        rows.map(({ event, sequence }) => sealer.seal(event, eventPlace(id, sequence))),
      ] as never,
    );
  }

  async function writeTasks(transaction: Transaction, id: string, state: CaseState): Promise<void> {
    await transaction.raw('DELETE FROM case_task WHERE case_id = ?', [id]);
    for (const task of tasksOf(state)) {
      const { owner } = task;
      const role = owner.kind === 'role' ? owner : undefined;
      await transaction.raw(
        `INSERT INTO case_task (case_id, step, slot, owner_role, scope_kind, scope_value, owner_person, service, applicant, signers, opened_at, due_at, deadline_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::text[], ?, ?, ?)`,
        [
          ...[id, stepColumn(task.step), task.slot, role?.role ?? null, role?.scope.kind ?? null],
          ...[role?.scope.value ?? null, owner.kind === 'person' ? owner.person : null, state.definition.id],
          ...[subjectOf(state) ?? '', task.signers, new Date(task.openedAtMs), new Date(task.dueAtMs)],
          task.deadlineAtMs === null ? null : new Date(task.deadlineAtMs),
        ] as never,
      );
    }
  }

  /** Checks of source systems as the state has them; a service without one costs nothing. */
  async function settleChecks(transaction: Transaction, { id, ready, state }: LoadedCase) {
    if (!allSteps(ready.definition.steps).some(({ kind }) => kind === 'check')) return;
    await deps.checks.settle(transaction, id, openChecks(ready.definition, state));
  }

  /** What the case now wants of the register is written down with it: no case waits for what nobody was asked for. */
  async function askEffects(transaction: Transaction, { id, ready, state }: LoadedCase, events: readonly CaseEvent[]) {
    const asked = new Set(events.flatMap((event) => (event.kind === 'effect-asked' ? [event.step] : [])));
    if (asked.size === 0) return;
    for (const request of effectRequests(ready.definition, state))
      if (asked.has(request.step)) await effects.ask(transaction, id, request);
  }

  /** Closed: by the service's rule. Open: as long as somebody does something with it within three years. */
  function keepUntil({ ready, state }: LoadedCase, events: readonly CaseEvent[]): Date {
    if (state.status === 'closed') return new Date(state.closedAtMs + ready.definition.retention_days * DAY_MS);
    return new Date((events.at(-1)?.atMs ?? state.startedAtMs) + OPEN_KEPT_DAYS * DAY_MS);
  }

  async function audit(
    transaction: Transaction,
    id: string,
    { actor, auditName, verb }: Doing,
    events: readonly CaseEvent[],
  ) {
    const atWindow = actor.kind === 'person' ? actor.atWindow : undefined;
    const detail = {
      events: events.map(({ kind }) => kind),
      steps: [...new Set(events.flatMap((event) => ('step' in event && event.step !== null ? [event.step] : [])))],
      ...(atWindow === undefined
        ? {}
        : {
            on_behalf_of: sealer.auditName(atWindow.of),
            ...{ window: atWindow.window, confirmed: atWindow.confirmed },
          }),
    };
    await appendAudit(
      transaction,
      [{ actor: auditName, action: `case.${PAST[verb] ?? verb}`, subject: `case:${id}`, detail }],
      clock.nowMs(),
    );
  }

  /** Everybody who can be reached for a duty or an office that was called just now, but for who called it. */
  async function callsOf(
    transaction: Transaction,
    { ready, state }: LoadedCase,
    events: readonly CaseEvent[],
    by: PersonId | undefined,
  ): Promise<Notice[]> {
    const calls = callsIn(ready.definition, events, state);
    const atMs = events.at(-1)?.atMs ?? clock.nowMs();
    const told: Notice[] = [];
    for (const [step, kind] of new Map(calls.map((call) => [call.step, call.kind]))) {
      const roles = calls.flatMap((call) => (call.step === step ? [call.role] : []));
      for (const person of await duty.holders(transaction, roles))
        if (person !== by && person !== subjectOf(state)) told.push({ person, kind, step, atMs });
    }
    return told;
  }

  /** What else the events of a case bring about: files become part of it, people are told, a rating is asked for. */
  async function follow(
    transaction: Transaction,
    { id, ready, state }: LoadedCase,
    events: readonly CaseEvent[],
    actor: Actor,
  ) {
    for (const event of events) {
      if (event.kind === 'submitted' || event.kind === 'resubmitted')
        await attachments.handIn(transaction, id, event.by, attachmentsIn(ready.definition.form, event.form));
      if (event.kind === 'noted') await attachments.takeIn(transaction, id, event.by, event.files ?? []);
      if (event.kind === 'closed' && subjectOf(state) !== null) await ratings.ask(transaction, id, event.atMs);
    }
    const by = actor.kind === 'person' ? actor.person : undefined;
    const called = await callsOf(transaction, { id, ready, state }, events, by);
    const told = [...called, ...noticesOf(events, state, by)];
    await notices.add(transaction, id, told);
    await askEffects(transaction, { id, ready, state }, events);
    await settleChecks(transaction, { id, ready, state });
  }

  /** What new events of a case bring with them, its row being written. `before` is undefined for a case that begins. */
  async function append(
    transaction: Transaction,
    after: LoadedCase,
    before: CaseState | undefined,
    events: readonly CaseEvent[],
    by: Doing,
  ): Promise<void> {
    const { id, state } = after;
    await writeEvents(transaction, id, before?.version ?? 0, events);
    await writeTasks(transaction, id, state);
    await listing.write(transaction, { ...after, before, events });
    await follow(transaction, after, events, by.actor);
    await audit(transaction, id, by, events);
  }

  return {
    /** Writes a case that begins. */
    async insert(transaction: Transaction, begun: LoadedCase, events: readonly CaseEvent[], by: Doing): Promise<void> {
      const { id, state } = begun;
      await transaction.raw(
        `INSERT INTO service_case (id, definition_id, definition_version, applicant, status, outcome, version, state, started_at, closed_at, keep_until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          ...[id, state.definition.id, state.definition.version, state.applicant.person, state.status],
          ...[state.status === 'closed' ? state.outcome : null, state.version, sealer.seal(state, casePlace(id))],
          ...[new Date(state.startedAtMs), closedAt(state), keepUntil(begun, events)],
        ] as never,
      );
      await append(transaction, begun, undefined, events, by);
    },
    /** Writes what an action did to a locked case. @throws Refusal `conflict` */
    async update(
      transaction: Transaction,
      loaded: LoadedCase,
      { state, events }: { readonly state: CaseState; readonly events: readonly CaseEvent[] },
      by: Doing,
    ): Promise<void> {
      const { id, ready } = loaded;
      const after = { id, ready, state };
      const { rowCount } = await transaction.raw(
        'UPDATE service_case SET status = ?, outcome = ?, version = ?, state = ?, closed_at = ?, keep_until = ? WHERE id = ? AND version = ?',
        [
          ...[state.status, state.status === 'closed' ? state.outcome : null, state.version],
          ...[sealer.seal(state, casePlace(id)), closedAt(state), keepUntil(after, events), id, loaded.state.version],
        ] as never,
      );
      if (rowCount !== 1) throw new Refusal('conflict');
      await append(transaction, after, loaded.state, events, by);
    },
  };
}
export type CaseWriter = ReturnType<typeof createCaseWriter>;

const closedAt = (state: CaseState): Date | null => (state.status === 'closed' ? new Date(state.closedAtMs) : null);

/** Events of the audit are in the past tense. */
const PAST: Readonly<Record<string, string>> = {
  submit: 'submitted',
  resubmit: 'resubmitted',
  agree: 'agreed',
  refuse: 'refused',
  return: 'returned',
  transfer: 'transferred',
  'add-cosigner': 'cosigner-added',
  'drop-cosigner': 'cosigner-dropped',
  withdraw: 'withdrawn',
  urge: 'urged',
  void: 'voided',
  note: 'noted',
  'answer-check': 'checked',
  'settle-effect': 'effect-settled',
  'tell-breaches': 'breach-told',
};
