import { randomBytes } from 'node:crypto';
import { type Database, type Queryable, Refusal, type Transaction } from '@lanyard/platform';
import { act } from '../domain/cases/act.js';
import type { Action, Actor } from '../domain/cases/action.js';
import type { CaseEvent } from '../domain/cases/case-event.js';
import type { CaseState, EffectProblem } from '../domain/cases/case-state.js';
import type { Acted, ReadyDefinition } from '../domain/cases/live-case.js';
import { allSteps, findStep } from '../domain/definitions/walk-steps.js';
import { isQuota, wantedPlaces } from '../domain/places/occasion.js';
import type { ActivityStore } from './activity-store.js';
import { type CaseWriterDeps, createCaseWriter } from './case-writer.js';
import type { DefinitionStore } from './definition-store.js';
import type { TakenEffect } from './effect-store.js';
import type { LoadedCase } from './loaded-case.js';
import type { PlaceStore } from './place-store.js';
import { casePlace, eventPlace } from './sealer.js';

const CLAIM = 50;
const PLACES: Actor = { kind: 'source', name: 'places' };
const CALENDAR: Actor = { kind: 'calendar' };

interface CaseRow {
  id: string;
  definition_id: string;
  definition_version: number;
  version: number;
  state: Buffer;
}
const COLUMNS = 'id, definition_id, definition_version, version, state';

/**
 * Cases. Every action is one transaction: the row is locked, the domain decides, events are appended, state and tasks
 * replaced, the audit written. Two actions on one case come one after the other; the second sees what the first did.
 */
export function createCaseStore(
  db: Database,
  deps: CaseWriterDeps & {
    definitions: DefinitionStore;
    places: PlaceStore;
    activities: Pick<ActivityStore, 'isOwed'>;
    dueAfter: (fromMs: number, workingHours: number) => number;
  },
) {
  const { definitions, places, activities, effects, sealer, clock, listing } = deps;
  const writer = createCaseWriter(deps);
  const contextAt = (nowMs: number) => ({ nowMs, dueAfter: (hours: number) => deps.dueAfter(nowMs, hours) });

  async function load(on: Queryable, row: CaseRow): Promise<LoadedCase> {
    const ready = await definitions.find(on, row.definition_id, row.definition_version);
    return { id: row.id, ready, state: sealer.open<CaseState>(row.state, casePlace(row.id)) };
  }

  async function eventsOf(on: Queryable, id: string): Promise<CaseEvent[]> {
    const { rows } = await on.raw(
      'SELECT sequence, body FROM case_event WHERE case_id = ? ORDER BY sequence LIMIT 2000',
      [id],
    );
    return (rows as { sequence: number; body: Buffer }[]).map(({ sequence, body }) =>
      sealer.open<CaseEvent>(body, eventPlace(id, sequence)),
    );
  }

  /** What an action comes to once the count has answered for every place the case now wants or lets go. */
  async function withPlaces(
    transaction: Transaction,
    id: string,
    ready: ReadyDefinition,
    acted: Accepted,
  ): Promise<Accepted> {
    if (!allSteps(ready.definition.steps).some(isQuota)) return acted;
    const events = [...acted.events];
    for (let { state } = acted; ; ) {
      const holder = { caseId: id, applicant: state.applicant.person, service: state.definition.id };
      const [step] = await places.settle(transaction, holder, wantedPlaces(ready.definition, state));
      if (step === undefined) return { ok: true, state, events };
      const action = { verb: 'answer-check', step: step.id, answer: 'passed' } as const;
      const next = accepted(act(ready, state, PLACES, action, contextAt(clock.nowMs())));
      events.push(...next.events);
      state = next.state;
    }
  }

  return {
    /** Hands in a form. @throws Refusal of the domain's codes */
    async start(
      transaction: Transaction,
      ready: ReadyDefinition,
      actor: Actor,
      action: Extract<Action, { verb: 'submit' }>,
      auditName: string,
    ): Promise<LoadedCase> {
      const id = randomBytes(16).toString('base64url');
      const first = accepted(act(ready, undefined, actor, action, contextAt(clock.nowMs())));
      const acted = await withPlaces(transaction, id, ready, first);
      const begun = { id, ready, state: acted.state };
      await writer.insert(transaction, begun, acted.events, { actor, auditName, verb: action.verb });
      return begun;
    },

    /**
     * One action. `version` is that of the case it was decided on; without it whatever is there.
     * @param mayTouch refuses who must not learn that the case exists
     * @throws Refusal `case-not-found`, `case-version-conflict`, and the domain's codes
     */
    async act(
      transaction: Transaction,
      id: string,
      actor: Actor,
      action: Action,
      options: { version: number | undefined; auditName: string; mayTouch: (loaded: LoadedCase) => boolean },
    ): Promise<LoadedCase> {
      const { rows } = await transaction.raw(`SELECT ${COLUMNS} FROM service_case WHERE id = ? FOR UPDATE`, [id]);
      if (rows[0] === undefined) throw new Refusal('case-not-found');
      const loaded = await load(transaction, rows[0]);
      if (!options.mayTouch(loaded)) throw new Refusal('case-not-found');
      if (options.version !== undefined && options.version !== loaded.state.version)
        throw new Refusal('case-version-conflict', { fields: { version: loaded.state.version } });
      // Nobody gets hours by a signature who was not there.
      if (action.verb === 'agree' && isCheckIn(loaded, action.step) && (await activities.isOwed(transaction, id)))
        throw new Refusal('nobody-came');
      const decided = accepted(act(loaded.ready, loaded.state, actor, action, contextAt(clock.nowMs())));
      const acted = await withPlaces(transaction, id, loaded.ready, decided);
      if (acted.events.length > 0)
        await writer.update(transaction, loaded, acted, { actor, auditName: options.auditName, verb: action.verb });
      return { id, ready: loaded.ready, state: acted.state };
    },

    /** @throws Refusal `case-not-found` */
    async find(id: string): Promise<LoadedCase> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM service_case WHERE id = ?`, [id]);
      if (rows[0] === undefined) throw new Refusal('case-not-found');
      return load(db, rows[0]);
    },

    /** Some cases as they stand and stay until the transaction ends: nobody acts on one meanwhile. In no order. */
    async hold(transaction: Transaction, ids: readonly string[]): Promise<LoadedCase[]> {
      const { rows } = await transaction.raw(
        `SELECT ${COLUMNS} FROM service_case WHERE id = ANY(?::text[]) ORDER BY id FOR SHARE`,
        [ids as string[]],
      );
      return Promise.all((rows as CaseRow[]).map((row) => load(transaction, row)));
    },

    /** Several at once, in no order. */
    async findAll(ids: readonly string[]): Promise<LoadedCase[]> {
      const { rows } = await db.raw(`SELECT ${COLUMNS} FROM service_case WHERE id = ANY(?::text[])`, [ids as string[]]);
      return Promise.all((rows as CaseRow[]).map((row) => load(db, row)));
    },

    events: (id: string): Promise<CaseEvent[]> => eventsOf(db, id),

    /** What was granted or refused of a service, the latest first. */
    async lastDecided(service: string, limit: number): Promise<LoadedCase[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM service_case WHERE definition_id = ? AND status = 'closed' AND outcome IN ('granted', 'refused')
         ORDER BY closed_at DESC, id LIMIT ?`,
        [service, limit],
      );
      return Promise.all((rows as CaseRow[]).map((row) => load(db, row)));
    },

    /** Brings the lists of staff up to what older code wrote without them. Answers how many cases that were. */
    async listUnlisted(): Promise<number> {
      let total = 0;
      for (let listed = CLAIM; listed === CLAIM; total += listed) {
        listed = await db.transaction(async (transaction) => {
          const { rows } = await transaction.raw(
            `SELECT ${COLUMNS} FROM service_case WHERE listed_version <> version LIMIT ? FOR UPDATE SKIP LOCKED`,
            [CLAIM],
          );
          for (const row of rows as CaseRow[]) {
            const { id, ready, state } = await load(transaction, row);
            await listing.forget(transaction, id);
            const events = await eventsOf(transaction, id);
            await listing.write(transaction, { id, ready, before: undefined, state, events });
          }
          return rows.length;
        });
      }
      return total;
    },

    /** Cases of services with a topic begun in a period, in the order of their ids. `after` is the id of the last one seen. */
    async withTopics(page: {
      fromMs: number;
      untilMs: number;
      after: string | undefined;
      limit: number;
    }): Promise<LoadedCase[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM service_case
         WHERE started_at >= ? AND started_at < ? AND id > ? AND (definition_id, definition_version) IN (
           SELECT id, version FROM service_definition WHERE body ->> 'topic_field' IS NOT NULL)
         ORDER BY id LIMIT ?`,
        [new Date(page.fromMs), new Date(page.untilMs), page.after ?? '', page.limit],
      );
      return Promise.all((rows as CaseRow[]).map((row) => load(db, row)));
    },

    /** Cases of one applicant, the newest first. `after` is the id of the last one seen. */
    async ofApplicant(
      person: string,
      page: { after: string | undefined; limit: number; hiddenServices: readonly string[] },
    ): Promise<LoadedCase[]> {
      const { rows } = await db.raw(
        `SELECT ${COLUMNS} FROM service_case
         WHERE applicant = ? AND (?::text IS NULL OR (started_at, id) < (SELECT started_at, id FROM service_case WHERE id = ? AND applicant = ?))
           AND NOT (definition_id = ANY(?::text[]))
         ORDER BY started_at DESC, id DESC LIMIT ?`,
        [person, page.after ?? null, page.after ?? null, person, page.hiddenServices, page.limit] as never,
      );
      return Promise.all((rows as CaseRow[]).map((row) => load(db, row)));
    },

    /** Cases that were handed a place from a waiting list go on. Answers how many did. */
    async tellPlaces(): Promise<number> {
      let total = 0;
      for (const id of await places.untold(CLAIM))
        total += await db.transaction(async (transaction) => {
          const { rows } = await transaction.raw(
            `SELECT ${COLUMNS} FROM service_case WHERE id = ? FOR UPDATE SKIP LOCKED`,
            [id],
          );
          if (rows[0] === undefined) return 0;
          const loaded = await load(transaction, rows[0]);
          const nothing: Accepted = { ok: true, state: loaded.state, events: [] };
          const acted = await withPlaces(transaction, id, loaded.ready, nothing);
          if (acted.events.length > 0)
            await writer.update(transaction, loaded, acted, {
              actor: PLACES,
              auditName: 'places',
              verb: 'answer-check',
            });
          await places.told(transaction, id);
          return 1;
        });
      return total;
    },

    /** What the issuer answered to an effect goes into its case, once. */
    async settleEffect(
      taken: TakenEffect,
      outcome:
        | { readonly is: 'done'; readonly answer: object }
        | { readonly is: 'refused'; readonly problem: EffectProblem },
    ): Promise<void> {
      await db.transaction(async (transaction) => {
        const { rows } = await transaction.raw(`SELECT ${COLUMNS} FROM service_case WHERE id = ? FOR UPDATE`, [
          taken.caseId,
        ]);
        if (rows[0] === undefined) return;
        const isNews =
          outcome.is === 'done'
            ? await effects.done(transaction, taken, outcome.answer)
            : await effects.refused(transaction, taken, outcome.problem.code);
        if (!isNews) return;
        const loaded = await load(transaction, rows[0]);
        const action = { verb: 'settle-effect', step: taken.step, outcome } as const;
        const acted = accepted(act(loaded.ready, loaded.state, { kind: 'effects' }, action, contextAt(clock.nowMs())));
        await writer.update(transaction, loaded, acted, {
          ...{ actor: { kind: 'effects' }, auditName: 'effects', verb: action.verb },
        });
      });
    },

    /**
     * Tells what is late: the cases are claimed by one statement, so two processes share them, and who is killed leaves
     * them due. Answers how many cases were told.
     */
    async tellBreaches(): Promise<number> {
      let total = 0;
      for (let told = CLAIM; told === CLAIM; total += told) {
        told = await db.transaction(async (transaction) => {
          const nowMs = clock.nowMs();
          const { rows } = await transaction.raw(
            `SELECT ${COLUMNS} FROM service_case WHERE id IN (
               SELECT case_id FROM case_task WHERE deadline_at <= ? ORDER BY deadline_at LIMIT ?)
             FOR UPDATE SKIP LOCKED`,
            [new Date(nowMs), CLAIM],
          );
          for (const row of rows as CaseRow[]) {
            const loaded = await load(transaction, row);
            const acted = accepted(
              act(loaded.ready, loaded.state, CALENDAR, { verb: 'tell-breaches' }, contextAt(nowMs)),
            );
            if (acted.events.length > 0)
              await writer.update(transaction, loaded, acted, {
                actor: CALENDAR,
                auditName: 'calendar',
                verb: 'tell-breaches',
              });
          }
          return rows.length;
        });
      }
      return total;
    },
  };
}
const isCheckIn = ({ ready, state }: LoadedCase, step: string): boolean =>
  state.steps[step]?.status === 'open' && findStep(ready.definition.steps, step)?.kind === 'check-in';
type Accepted = Extract<Acted, { ok: true }>;
export type CaseStore = ReturnType<typeof createCaseStore>;

function accepted(acted: Acted): Accepted {
  if (acted.ok) return acted;
  throw new Refusal(acted.code, acted.errors === undefined ? {} : { fields: { errors: acted.errors } });
}
