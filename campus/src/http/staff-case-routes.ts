import {
  type Authenticate,
  type Clock,
  createRoutes,
  dayInShanghai,
  Refusal,
  startOfDay,
  zDay,
} from '@lanyard/platform';
import { z } from 'zod';
import { campusModules } from '../api/index.js';
import type { PersonActor } from '../domain/cases/action.js';
import { currentForm } from '../domain/cases/case-state.js';
import { fitOf } from '../domain/definitions/match.js';
import { zSlug } from '../domain/definitions/texts.js';
import { stepTitle } from '../domain/notices/words.js';
import { daysAway, returnStepOf } from '../domain/views/away.js';
import { scopesIn } from '../domain/views/reach.js';
import { shownFields } from '../domain/views/shown-fields.js';
import { facesOf, hidesApplicant, rolesOf, seesCase, visibleForm } from '../domain/views/who-sees.js';
import type { CaseStore } from '../storage/case-store.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { LoadedCase } from '../storage/loaded-case.js';
import {
  type Reader,
  STAFF_STATUSES,
  type StaffCaseKey,
  type StaffCaseStore,
  type StaffFilter,
} from '../storage/staff-case-store.js';
import { actingPerson } from './acting-person.js';
import { caseLine, shownApplicant } from './case-answer.js';
import { zCaseId } from './case-bodies.js';
import { findSeen, sees } from './find-case.js';

const staff = ['service:admin'] as const;
const headers = { 'Cache-Control': 'no-store' };
const DAY_MS = 86_400_000;
const MAX_AWAY = 500;
/** Half a year: what is lost for longer is nobody's hope. */
const MATCH_AGE_MS = 180 * DAY_MS;
const MAX_COMPARED = 300;
const MAX_MATCHES = 5;

const zUnit = z.string().min(1).max(100).optional();
/** Days are those on which a case began, in Asia/Shanghai, the last one inclusive. */
export const zStaffFilter = z.object({
  service: zSlug.optional(),
  module: z.enum(campusModules).optional(),
  status: z.enum(STAFF_STATUSES).optional(),
  ...{ college: zUnit, class: zUnit },
  student: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,32}$/)
    .optional(),
  from: zDay.optional(),
  to: zDay.optional(),
});
const zPage = zStaffFilter.extend({
  after: z.string().max(60).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

export const readerOf = (viewer: PersonActor): Reader => ({ people: facesOf(viewer), roles: rolesOf(viewer) });
export const filterOf = ({ from, to, ...rest }: z.output<typeof zStaffFilter>): StaffFilter => ({
  ...rest,
  fromMs: from === undefined ? undefined : startOfDay(from),
  untilMs: to === undefined ? undefined : startOfDay(to) + DAY_MS,
});

/** A case in a list of staff: whose it is as far as the reader may know, and where it stands. */
export function staffLine(loaded: LoadedCase, viewer: PersonActor) {
  const { definition } = loaded.ready;
  const { status, steps } = loaded.state;
  const open = status === 'open' ? Object.entries(steps).find(([, step]) => step.status === 'open')?.[0] : undefined;
  return {
    ...caseLine(loaded),
    about: definition.about,
    applicant: shownApplicant(loaded, viewer),
    step: open === undefined ? null : { id: open, title: stepTitle(definition, open) },
  };
}

/** Cases that somebody of the staff may read, found by service, state, unit, student and day; and who is away. */
export function createStaffCaseRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  cases: CaseStore;
  staffCases: StaffCaseStore;
  clock: Clock;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'get',
      path: '/v1/staff-cases',
      callers: staff,
      query: zPage,
      summary: 'Cases this person may read, the newest first',
    },
    async ({ query, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const { after, limit, ...filter } = query;
      const found = await deps.staffCases.page(readerOf(viewer), filterOf(filter), {
        ...{ after: after === undefined ? undefined : readKey(after), limit, nowMs: deps.clock.nowMs() },
      });
      const last = found.length === limit ? found.at(-1) : undefined;
      const cases = await loadInOrder(deps.cases, found, viewer);
      const body = { cases: cases.map((one) => staffLine(one, viewer)), next: last === undefined ? null : keyOf(last) };
      return { body, headers };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/absences',
      callers: staff,
      summary: 'Who of this person’s class, college or own students is away, and who has not returned',
    },
    async ({ caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const services = (await deps.definitions.inForce()).filter(({ definition }) => returnStepOf(definition));
      const wanted = services.flatMap(({ definition }) =>
        scopesIn(definition, viewer).map((scope) => ({ service: definition.id, scope })),
      );
      const ids = await deps.staffCases.away(wanted, MAX_AWAY);
      const cases = new Map((await deps.cases.findAll(ids)).map((one) => [one.id, one]));
      const today = dayInShanghai(deps.clock.nowMs());
      const absences = ids.flatMap((id) => {
        const loaded = cases.get(id);
        const isUnknown = loaded === undefined || hidesApplicant(loaded.ready.definition, loaded.state, viewer);
        return isUnknown ? [] : [absenceOf(loaded, viewer, today, deps.clock.nowMs())];
      });
      return { body: { absences, more: ids.length === MAX_AWAY }, headers };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/cases/:id/matches',
      callers: staff,
      params: zCaseId,
      summary: 'Open cases of the same service that may belong to this one, the best first',
    },
    async ({ params, caller, context }) => {
      const viewer = await actingPerson(caller, context, deps.delegations);
      const loaded = await findSeen(deps.cases, params.id, viewer);
      return { body: { matches: await matchesOf(loaded, viewer) }, headers };
    },
  );
  return router;

  /** By what this reader sees of both; of nothing else. */
  async function matchesOf(loaded: LoadedCase, viewer: PersonActor) {
    const { match, id: service } = loaded.ready.definition;
    if (match === undefined) return [];
    const formOf = ({ ready, state }: LoadedCase) => visibleForm(ready.definition, state, viewer);
    const [own, nowMs] = [formOf(loaded), deps.clock.nowMs()];
    const filter = { service, status: 'open', fromMs: nowMs - MATCH_AGE_MS };
    const found = await deps.staffCases.page(readerOf(viewer), filter, {
      after: undefined,
      limit: MAX_COMPARED,
      nowMs,
    });
    return (await loadInOrder(deps.cases, found, viewer))
      .flatMap((one) => {
        const fit = one.id === loaded.id ? undefined : fitOf(match, own, formOf(one));
        return fit === undefined ? [] : [{ one, fit }];
      })
      .sort((a, b) => b.fit - a.fit)
      .slice(0, MAX_MATCHES)
      .map(({ one, fit }) => ({
        ...staffLine(one, viewer),
        fields: shownFields(one.ready.definition, one.state, viewer, (field) => field['x-prefill'] === undefined),
        fit: Math.round(fit * 100) / 100,
      }));
  }
}

/** The case opens for who may read it; that somebody is away, and until when, is for all who have charge of him. */
function absenceOf(loaded: LoadedCase, viewer: PersonActor, today: string, nowMs: number) {
  const { definition } = loaded.ready;
  const { name, student_number, college, class: className } = loaded.state.applicant.facts;
  const { from, to } = daysAway(definition, currentForm(loaded.state));
  const step = returnStepOf(definition);
  const open = step === undefined ? undefined : loaded.state.steps[step.id];
  const dueAtMs = open?.status === 'open' ? open.dueAtMs : null;
  // An escalation moves the due time; that the first one passed stays.
  const isLate = open?.status === 'open' && (open.dueAtMs < nowMs || open.deadlineAtMs === null);
  const isOver = to !== null && to < today;
  return {
    case_id: seesCase(definition, loaded.state, viewer) ? loaded.id : null,
    service: { id: definition.id, title: definition.title },
    applicant: { name, student_number, college, class: className },
    ...{ from, to, due_at: dueAtMs === null ? null : new Date(dueAtMs).toISOString() },
    state: isLate || isOver ? 'not-returned' : from !== null && from > today ? 'to-come' : 'away',
  } as const;
}

/** In the order found; what changed in between and is no longer this reader's is left out. */
export async function loadInOrder(
  cases: CaseStore,
  found: readonly StaffCaseKey[],
  viewer: PersonActor,
): Promise<LoadedCase[]> {
  const loaded = new Map((await cases.findAll(found.map(({ id }) => id))).map((one) => [one.id, one]));
  return found.flatMap(({ id }) => {
    const one = loaded.get(id);
    return one !== undefined && sees(viewer)(one) ? [one] : [];
  });
}

const keyOf = ({ startedAtMs, id }: StaffCaseKey): string => `${startedAtMs}.${id}`;
function readKey(text: string): StaffCaseKey {
  const [, startedAtMs, id] = /^(\d{1,15})\.([A-Za-z0-9_-]{22})$/.exec(text) ?? [];
  if (startedAtMs === undefined || id === undefined) throw new Refusal('page-key-invalid');
  return { startedAtMs: Number(startedAtMs), id };
}
