import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPublicWorkday } from '@lanyard/campus/internal/adapters/public-holidays.js';
import { parseSchoolCalendar } from '@lanyard/campus/internal/domain/calendar/school-calendar.js';
import { addWorkingHours, workingMsBetween } from '@lanyard/campus/internal/domain/calendar/working-time.js';
import { act } from '@lanyard/campus/internal/domain/cases/act.js';
import type { PersonActor } from '@lanyard/campus/internal/domain/cases/action.js';
import type { CaseEvent } from '@lanyard/campus/internal/domain/cases/case-event.js';
import { type CaseState, openSteps } from '@lanyard/campus/internal/domain/cases/case-state.js';
import type { ReadyDefinition } from '@lanyard/campus/internal/domain/cases/live-case.js';
import { sampleAttended } from '@lanyard/campus/internal/domain/cases/path-taken.js';
import { makeReady } from '@lanyard/campus/internal/domain/cases/ready-definition.js';
import { tasksOf } from '@lanyard/campus/internal/domain/cases/tasks-of.js';
import { zServiceDefinition } from '@lanyard/campus/internal/domain/definitions/definition.js';
import { findStep, isEffect } from '@lanyard/campus/internal/domain/definitions/walk-steps.js';
import { FACTS, type HeldRole, type PersonId } from '@lanyard/campus/internal/domain/people/person.js';
import { glanceAt } from '@lanyard/campus/internal/http/case-answer.js';
import { loadInOrder, readerOf, staffLine } from '@lanyard/campus/internal/http/staff-case-routes.js';
import { serviceFigures, statisticsLines } from '@lanyard/campus/internal/http/statistics-routes.js';
import { createActivityStore } from '@lanyard/campus/internal/storage/activity-store.js';
import { createAttachmentStore } from '@lanyard/campus/internal/storage/attachment-store.js';
import { createCaseListing } from '@lanyard/campus/internal/storage/case-listing.js';
import { createCaseStore } from '@lanyard/campus/internal/storage/case-store.js';
import { createDefinitionStore } from '@lanyard/campus/internal/storage/definition-store.js';
import { createDutyStore } from '@lanyard/campus/internal/storage/duty-store.js';
import { createEffectStore } from '@lanyard/campus/internal/storage/effect-store.js';
import { createInboxStore } from '@lanyard/campus/internal/storage/inbox-store.js';
import { createNoticeOutboxStore } from '@lanyard/campus/internal/storage/notice-outbox-store.js';
import { createNoticeStore } from '@lanyard/campus/internal/storage/notice-store.js';
import { createPlaceStore } from '@lanyard/campus/internal/storage/place-store.js';
import { createRatingStore } from '@lanyard/campus/internal/storage/rating-store.js';
import { casePlace, createCaseSealer, eventPlace } from '@lanyard/campus/internal/storage/sealer.js';
import { createSourceCheckStore } from '@lanyard/campus/internal/storage/source-check-store.js';
import { createStaffCaseStore, type StaffFilter } from '@lanyard/campus/internal/storage/staff-case-store.js';
import { createStatisticsStore } from '@lanyard/campus/internal/storage/statistics-store.js';
import { migrationsOf } from '@lanyard/launcher/internal/installation/prepare-databases.js';
import { startCluster } from '@lanyard/launcher/internal/postgres/start-cluster.js';
import { connectDatabase, type Database, PLATFORM_MIGRATIONS, prepareSchema, systemClock } from '@lanyard/platform';
import { freePort, round3, timed } from '../measure.js';

const CASES = 30_000;
const OCCASIONS = 900;
const ROUNDS = 60;
const DAY_MS = 86_400_000;
/** Cases the engine is driven through; the rest are these again, of other people on other days. */
const DRIVEN = 850;
const CATALOGUE = new URL('../../../campus/catalogue/', import.meta.url);
const readJson = (name: string) => JSON.parse(readFileSync(new URL(name, CATALOGUE), 'utf8'));
const workdays = new Map<string, boolean>();
const CALENDAR = parseSchoolCalendar(readJson('school-calendar.json'), (day) => {
  const known = workdays.get(day) ?? isPublicWorkday(day);
  workdays.set(day, known);
  return known;
});

/** Inbox, search and statistics over a year of a university of 12,000: what a person waits for, without the network. */
export async function campusLoadFigures(): Promise<object[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-bench-'));
  const cluster = await startCluster({ folder, port: await freePort() });
  try {
    const { runUrl } = await prepareSchema(cluster.url, {
      service: 'campus',
      migrationFolders: [PLATFORM_MIGRATIONS, migrationsOf('campus')],
    });
    const db = connectDatabase({ url: runUrl });
    const stores = storesOf(db);
    const loading = await timed(() => fill(db, stores));
    // As the server's own upkeep leaves it.
    const owner = connectDatabase({ url: cluster.url });
    await owner.raw('VACUUM ANALYZE');
    await owner.destroy();
    const figures = await measure(stores);
    await db.destroy();
    return [
      { bench: 'campus-load', note: `${CASES} cases and ${OCCASIONS} occasions loaded in ${round3(loading)} s` },
      ...figures,
    ];
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function storesOf(db: Database) {
  const clock = systemClock;
  const sealer = createCaseSealer({ sealKey: randomBytes(32), nameKey: randomBytes(32) });
  const definitions = createDefinitionStore(db, clock);
  const dueAfter = (fromMs: number, hours: number) => addWorkingHours(CALENDAR, fromMs, hours);
  const listing = createCaseListing((fromMs, toMs) => workingMsBetween(CALENDAR, fromMs, toMs));
  const places = createPlaceStore(db, clock);
  const follow = {
    activities: createActivityStore(db, clock),
    attachments: createAttachmentStore(db, { sealer, clock }),
    ratings: createRatingStore(db, { sealer, clock }),
    notices: createNoticeStore(db, { outbox: createNoticeOutboxStore(db, { sealer, clock }), clock }),
    duty: createDutyStore(db, clock),
    effects: createEffectStore(db, { sealer, clock }),
    checks: createSourceCheckStore(db, clock),
  };
  const cases = createCaseStore(db, { definitions, places, ...follow, sealer, clock, dueAfter, listing });
  return {
    ...{ sealer, definitions, cases, listing, inbox: createInboxStore(db), staffCases: createStaffCaseStore(db) },
    statistics: createStatisticsStore(db),
  };
}
type Stores = ReturnType<typeof storesOf>;

async function fill(db: Database, { sealer, definitions, listing }: Stores): Promise<void> {
  const services: ReadyDefinition[] = [];
  for (const name of readdirSync(CATALOGUE).filter((one) => one.endsWith('.json') && one !== 'school-calendar.json')) {
    const json = readJson(name);
    const definition = zServiceDefinition.parse({ ...json, effective_from: '2020-01-01' });
    await definitions.import(definition, { ...json, effective_from: '2020-01-01' }, 'bench');
    await definitions.publish(definition.id, definition.version, 'bench');
    // An incident is about nobody, and a few a year.
    if (definition.about !== 'incident') services.push(makeReady(definition));
  }
  const driven = Array.from({ length: DRIVEN }, (_, n) => makeCase(services, n));
  for (let from = 0; from < CASES; from += 500) {
    const made = Array.from({ length: 500 }, (_, n) => reborn(driven[(from + n) % DRIVEN] as Made, from + n));
    await insert(db, sealer, made);
    await db.transaction(async (transaction) => {
      for (const one of made) await listing.write(transaction, { ...one, before: undefined });
    });
  }
  await db.raw(
    `INSERT INTO occasion (key, service, capacity, taken, made_at)
     SELECT 'activity/' || n, 'competition-entry', 100, 0, now() FROM generate_series(1, ?) AS n`,
    [OCCASIONS],
  );
  await db.raw('ANALYZE');
}

interface Made {
  id: string;
  ready: ReadyDefinition;
  state: CaseState;
  events: CaseEvent[];
}

/** The same case of somebody else, on another day. */
function reborn({ ready, state, events }: Made, n: number): Made {
  const student = n % 12_000;
  const college = `学院${student % 20}`;
  const facts = {
    ...{ ...state.applicant.facts, name: `学生${student}`, student_number: String(2023_000_000 + student), college },
    ...{ class: `${college}-${student % 300}`, counsellor: `t${student % 60}` },
  };
  const strings = new Map<string, string>([
    ...Object.entries(facts).map(([name, value]): [string, string] => [state.applicant.facts[name as never], value]),
    [state.applicant.person, `student:${facts.student_number}`],
  ]);
  const shiftMs = (n % 360) * DAY_MS;
  const copy = JSON.parse(JSON.stringify({ state, events }), (key, value) => {
    if (typeof value === 'number') return key.endsWith('Ms') ? value - shiftMs : value;
    return typeof value === 'string' ? (strings.get(value) ?? value) : value;
  });
  return { id: randomBytes(16).toString('base64url'), ready, ...copy };
}

/** A case of yesterday, four of five decided, each step after some hours. */
function makeCase(services: readonly ReadyDefinition[], n: number): Made {
  const ready = services[n % services.length] as ReadyDefinition;
  const student = n % 12_000;
  const college = `学院${student % 20}`;
  const person = `student:${2023_000_000 + student}` as PersonId;
  const facts = {
    ...Object.fromEntries(FACTS.map((fact) => [fact, fact])),
    ...{ name: `学生${student}`, student_number: String(2023_000_000 + student), college, campus: '主校区' },
    ...{ class: `${college}-${student % 300}`, counsellor: `t${student % 60}`, enrolment_status: 'enrolled' },
  } as never;
  const test = ready.definition.tests.filter(({ expect }) => expect === 'path');
  const sample = test[n % test.length];
  let nowMs = systemClock.nowMs() - 10 * DAY_MS;
  const context = () => ({ nowMs, dueAfter: (hours: number) => addWorkingHours(CALENDAR, nowMs, hours) });
  const starter: PersonActor = { kind: 'person', person, roles: [], standsInFor: [] };
  const action = {
    verb: 'submit',
    applicant: {
      ...{ person, attended: sampleAttended(ready) },
      facts: { ...(facts as object), ...sample?.applicant } as never,
    },
    form: sample?.form ?? {},
  } as const;
  let acted = act(ready, undefined, starter, action, context());
  const events: CaseEvent[] = [];
  const steps = n % 5 === 0 ? (n / 5) % 2 : 40;
  for (let round = 0; acted.ok; round += 1) {
    events.push(...acted.events);
    const state: CaseState = acted.state;
    const [entry] = openSteps(state);
    if (state.status === 'closed' || entry === undefined || round >= steps)
      return { id: randomBytes(16).toString('base64url'), ready, state, events };
    nowMs += 3_600_000 * (1 + (n % 30));
    const [step, open] = entry;
    const slot = open.slots.find(({ signature }) => signature === null);
    const found = findStep(ready.definition.steps, step);
    const choice = found?.kind === 'dispatch' ? found.choices[n % found.choices.length]?.id : undefined;
    const owner = slot?.owner;
    const signer: PersonActor =
      owner?.kind === 'role'
        ? { kind: 'person', person: `staff:w${slot?.id}` as PersonId, roles: [owner], standsInFor: [] }
        : { kind: 'person', person: owner?.person ?? person, roles: [], standsInFor: [] };
    const done = { verb: 'settle-effect', step, outcome: { is: 'done' } } as const;
    acted =
      found !== undefined && isEffect(found)
        ? act(ready, state, { kind: 'effects' }, done, context())
        : act(ready, state, signer, { verb: 'agree', step, comment: 'done', choice }, context());
  }
  throw new Error(`${ready.definition.id}: ${acted.code}`);
}

async function insert(db: Database, sealer: Stores['sealer'], made: readonly Made[]): Promise<void> {
  const rows = <T>(of: (one: Made) => T): T[] => made.map(of);
  await db.raw(
    `INSERT INTO service_case (id, definition_id, definition_version, applicant, status, outcome, version, state, started_at, closed_at, keep_until)
     SELECT *, coalesce(closed, started) + interval '3 years'
     FROM unnest(?::text[], ?::text[], ?::integer[], ?::text[], ?::text[], ?::text[], ?::integer[], ?::bytea[], ?::timestamptz[], ?::timestamptz[])
       AS one (id, service, of_version, applicant, status, outcome, version, state, started, closed)`,
    [
      ...[
        rows(({ id }) => id),
        rows(({ state }) => state.definition.id),
        rows(({ state }) => state.definition.version),
      ],
      ...[rows(({ state }) => state.applicant.person), rows(({ state }) => state.status)],
      ...[rows(({ state }) => (state.status === 'closed' ? state.outcome : null)), rows(({ state }) => state.version)],
      ...[rows(({ id, state }) => sealer.seal(state, casePlace(id))), rows(({ state }) => iso(state.startedAtMs))],
      rows(({ state }) => (state.status === 'closed' ? iso(state.closedAtMs) : null)),
    ] as never,
  );
  const events = made.flatMap(({ id, events: all }) => all.map((event, at) => ({ id, event, sequence: at + 1 })));
  await db.raw(
    `INSERT INTO case_event (case_id, sequence, at, kind, step, body)
     SELECT * FROM unnest(?::text[], ?::integer[], ?::timestamptz[], ?::text[], ?::text[], ?::bytea[])`,
    [
      ...[
        events.map(({ id }) => id),
        events.map(({ sequence }) => sequence),
        events.map(({ event }) => iso(event.atMs)),
      ],
      ...[events.map(({ event }) => event.kind), events.map(({ event }) => ('step' in event ? event.step : null))],
      events.map(({ id, event, sequence }) => sealer.seal(event, eventPlace(id, sequence))),
    ] as never,
  );
  const tasks = made.flatMap(({ id, state }) => tasksOf(state).map((task) => ({ id, state, task })));
  const roleOf = ({ task: { owner } }: (typeof tasks)[number]) => (owner.kind === 'role' ? owner : undefined);
  await db.raw(
    `INSERT INTO case_task (case_id, step, slot, owner_role, scope_kind, scope_value, owner_person, service, applicant, signers, opened_at, due_at, deadline_at)
     SELECT case_id, step, slot, role, kind, value, person, service, applicant, '{}', opened, due, NULL
     FROM unnest(?::text[], ?::text[], ?::integer[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::timestamptz[], ?::timestamptz[])
       AS one (case_id, step, slot, role, kind, value, person, service, applicant, opened, due)`,
    [
      ...[tasks.map(({ id }) => id), tasks.map(({ task }) => task.step ?? ''), tasks.map(({ task }) => task.slot)],
      ...[tasks.map((one) => roleOf(one)?.role ?? null), tasks.map((one) => roleOf(one)?.scope.kind ?? null)],
      tasks.map((one) => roleOf(one)?.scope.value ?? null),
      ...[tasks.map(({ task: { owner } }) => (owner.kind === 'person' ? owner.person : null))],
      ...[tasks.map(({ state }) => state.definition.id), tasks.map(({ state }) => state.applicant.person)],
      ...[tasks.map(({ task }) => iso(task.openedAtMs)), tasks.map(({ task }) => iso(task.dueAtMs))],
    ] as never,
  );
}
const iso = (ms: number): string => new Date(ms).toISOString();

async function measure(stores: Stores): Promise<object[]> {
  const as = (...roles: HeldRole[]): PersonActor => ({
    ...{ kind: 'person', person: 'staff:t7' as PersonId, roles, standsInFor: [] },
  });
  const held = (role: string, kind: HeldRole['scope']['kind'] = 'university', value = ''): HeldRole => ({
    ...{ role, scope: { kind, value } },
  });
  const readers: Record<string, PersonActor> = {
    counsellor: as(held('counsellor', 'assigned', 't7')),
    college: as(held('department-officer', 'college', '学院7')),
    office: as(held('department-officer'), held('registrar')),
  };
  const filters: Record<string, StaffFilter> = {
    all: {},
    service: { service: 'leave' },
    late: { status: 'late' },
    student: { student: '2023000007' },
    class: { class: '学院7-7', status: 'refused' },
  };
  const nowMs = systemClock.nowMs();
  const period = { fromMs: nowMs - 365 * DAY_MS, untilMs: nowMs + DAY_MS };
  const work: Record<string, () => Promise<unknown>> = {};
  for (const [who, viewer] of Object.entries(readers)) {
    work[`inbox ${who}`] = async () => {
      const hidden = await stores.definitions.hiddenFrom(viewer);
      const page = { actor: viewer.person, after: undefined, limit: 50, hiddenServices: hidden };
      const danger = await stores.inbox.page([viewer], { ...page, danger: true });
      const tasks = [...danger, ...(await stores.inbox.page([viewer], { ...page, danger: false }))];
      for (const one of await stores.cases.findAll(tasks.map(({ case_id: id }) => id))) glanceAt(one, viewer);
    };
    for (const [name, filter] of Object.entries(filters))
      work[`search ${who} ${name}`] = async () => {
        const found = await stores.staffCases.page(readerOf(viewer), filter, { after: undefined, limit: 50, nowMs });
        for (const one of await loadInOrder(stores.cases, found, viewer)) staffLine(one, viewer);
      };
    work[`statistics ${who}`] = () => statisticsLines(stores, viewer, period);
    // A counsellor counts nothing: that takes a college or the university.
    if (who !== 'counsellor')
      work[`statistics of a service ${who}`] = () => serviceFigures(stores, viewer, 'leave', period);
  }
  const figures = [];
  for (const [what, run] of Object.entries(work)) {
    const seconds: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) seconds.push(await timed(run));
    seconds.sort((a, b) => a - b);
    const at = (part: number) => Math.round((seconds[Math.ceil(part * seconds.length) - 1] ?? 0) * 1000);
    figures.push({ bench: 'campus-load', what, p50_ms: at(0.5), p95_ms: at(0.95), target_p95_ms: 200 });
  }
  return figures;
}
