import { type Authenticate, type Caller, type Clock, createRoutes, Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import type { z } from 'zod';
import type { WindowScanner } from '../adapters/code-scanners.js';
import type { ReferenceLists } from '../adapters/reference-lists.js';
import type { Register } from '../adapters/register.js';
import type { TakenTap, WindowTaps } from '../adapters/window-taps.js';
import { act } from '../domain/cases/act.js';
import type { Action, PersonActor } from '../domain/cases/action.js';
import type { Acted, ReadyDefinition } from '../domain/cases/live-case.js';
import { prefilled } from '../domain/definitions/check-form.js';
import { zSlug } from '../domain/definitions/texts.js';
import { withChoices } from '../domain/definitions/with-choices.js';
import { type Applicant, isSamePerson, parsePersonId } from '../domain/people/person.js';
import { shownFields } from '../domain/views/shown-fields.js';
import { hidesApplicant, seesCase } from '../domain/views/who-sees.js';
import { offers, type ServiceWindow, worksAt } from '../domain/windows/service-window.js';
import type { ActivityStore } from '../storage/activity-store.js';
import type { CarryOutRequest } from '../storage/carry-out-request.js';
import type { CaseStore } from '../storage/case-store.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { LoadedCase } from '../storage/loaded-case.js';
import type { WindowAct, WindowRequest, WindowRequestStore } from '../storage/window-request-store.js';
import type { WindowStore } from '../storage/window-store.js';
import type { Visit, WindowVisitStore } from '../storage/window-visit-store.js';
import { actingPerson } from './acting-person.js';
import { caseLine } from './case-answer.js';
import { dangerAnswer } from './danger-answer.js';
import { findApplicant } from './find-applicant.js';
import { requireListed } from './require-listed.js';
import { zAsked, zCode, zConfirmingTap, zShown, zTapsQuery, zVisitId, zWindowId } from './window-bodies.js';

const staff = ['service:admin'] as const;
const headers = { 'Cache-Control': 'no-store' };
const MAX_BYTES = 64 * 1024;
const MAX_CASES = 100;

/**
 * A student in front of a clerk. A code or a tap opens a visit; in it the clerk writes for the student, and nothing of
 * it is a case before the student has agreed.
 */
export function createWindowVisitRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  windows: WindowStore;
  visits: WindowVisitStore;
  requests: WindowRequestStore;
  cases: CaseStore;
  register: Register;
  activities: ActivityStore;
  scanner: WindowScanner;
  taps: WindowTaps;
  carryOut: CarryOutRequest;
  lists: ReferenceLists;
  clock: Clock;
}) {
  const { windows, visits, requests, definitions, cases, clock } = deps;
  const { router, route } = createRoutes(deps.authenticate);

  async function clerkOf(caller: Caller, context: Context): Promise<{ clerk: PersonActor; actor: string }> {
    const clerk = await actingPerson(caller, context, deps.delegations);
    return { clerk, actor: (caller.kind === 'service' ? caller.actor : undefined) ?? 'service:campus' };
  }
  /** @throws Refusal `window-not-found` for who does not work there, too */
  async function windowOf(id: string, clerk: PersonActor) {
    const window = await windows.find(id);
    if (!worksAt(window, clerk)) throw new Refusal('window-not-found');
    return window;
  }
  async function openVisit(id: string, clerk: PersonActor) {
    const visit = await visits.findOpen(id, clerk.person);
    return { visit, window: await windowOf(visit.window, clerk) };
  }
  async function read(window: ServiceWindow, shown: z.output<typeof zShown>, actor: string): Promise<TakenTap> {
    if ('tap' in shown) return deps.taps.take(shown.tap, { reader: readerOf(window) }, actor);
    return { ...(await deps.scanner.scan(shown.code, actor)), readBy: 'scan' };
  }
  /** A service of this window for this clerk. @throws Refusal `service-not-found` */
  async function offered(service: string, window: Awaited<ReturnType<typeof windowOf>>, clerk: PersonActor) {
    const ready = await definitions.findInForce(service);
    if (!offers(window, ready.definition, clerk)) throw new Refusal('service-not-found');
    return ready;
  }
  const applicantOf = ({ student }: Visit, { definition }: ReadyDefinition): Promise<Applicant> =>
    findApplicant(student, definition.form, deps);
  /** Of whom he serves, and only where he may know that it is his. @throws Refusal `case-not-found` */
  async function caseOf(id: string, visit: Visit, services: readonly string[], clerk: PersonActor) {
    const loaded = await cases.find(id);
    const isHis = loaded.state.applicant.person === visit.student && services.includes(loaded.state.definition.id);
    if (!isHis || !mayKnow(loaded, clerk)) throw new Refusal('case-not-found');
    return loaded;
  }

  route(
    {
      ...{ method: 'get', path: '/v1/windows/:id/taps', callers: staff, params: zWindowId, query: zTapsQuery },
      summary: 'Taps at the window’s reader that no clerk has taken yet; nobody is named',
    },
    async ({ params, query, caller, context, signal }) => {
      const { clerk } = await clerkOf(caller, context);
      const reader = readerOf(await windowOf(params.id, clerk));
      const { taps, last } = await deps.taps.waiting({ reader, after: query.after, waitSeconds: query.wait }, signal);
      const lines = taps.map(({ id, n, readBy, at }) => ({ id, n, read_by: readBy, at }));
      return { body: { taps: lines, last }, headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/windows/:id/visits', callers: staff, params: zWindowId, body: zShown },
      maxBodyBytes: 4_096,
      summary: 'Opens the visit of whoever shows his code or has tapped at a window; what is used or old opens nothing',
    },
    async ({ params, body, caller, context }) => {
      const { clerk, actor } = await clerkOf(caller, context);
      const window = await windowOf(params.id, clerk);
      const { readBy, student_number: number, portrait, ...verdict } = await read(window, body, actor);
      const student = number === null ? undefined : parsePersonId(`student:${number}`);
      if (verdict.verdict !== 'accepted' || student === undefined)
        return { body: { ...verdict, visit: null, portrait: null }, headers };
      if (isSamePerson(clerk.person, student)) throw new Refusal('visit-with-oneself');
      const {
        name,
        student_number,
        college,
        class: className,
      } = await deps.register.findFacts(student.slice('student:'.length));
      const visit = await visits.open({
        ...{ window: window.id, clerk: clerk.person, student, readBy },
        person: { name, student_number, college, class: className },
      });
      return { status: 201, body: { ...verdict, portrait, visit: await answerOf(visit, clerk) }, headers };
    },
  );
  route(
    {
      ...{ method: 'get', path: '/v1/window-visits/:id', callers: staff, params: zVisitId },
      summary: 'Who is served, what is offered here, his open cases that this clerk may see, what waits for his word',
    },
    async ({ params, caller, context }) => {
      const { clerk } = await clerkOf(caller, context);
      return { body: await answerOf(await visits.find(params.id, clerk.person), clerk), headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/window-visits/:id/end', callers: staff, params: zVisitId },
      summary: 'Ends a visit; what waits for the student’s word still waits',
    },
    async ({ params, caller, context }) => {
      const { clerk } = await clerkOf(caller, context);
      await visits.end(params.id, clerk.person);
      return { headers };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/window-visits/:id/services/:service',
      callers: staff,
      params: zVisitId.extend({ service: zSlug }),
      summary: 'The form of a service with what the house knows of this student',
    },
    async ({ params, caller, context }) => {
      const { clerk } = await clerkOf(caller, context);
      const { visit, window } = await openVisit(params.id, clerk);
      const ready = await offered(params.service, window, clerk);
      const { definition } = ready;
      const known = prefilled(definition.form, await applicantOf(visit, ready));
      const { id, version, module, title, summary } = definition;
      const form = await withChoices(definition.form, deps.lists);
      const danger = dangerAnswer(definition);
      return { body: { id, version, module, title, summary, form, known, danger }, headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/window-visits/:id/requests', callers: staff, params: zVisitId, body: zAsked },
      maxBodyBytes: MAX_BYTES,
      summary: 'Writes for the student: checked as his own would be, and kept until he agrees, 15 minutes at most',
    },
    async ({ params, body, caller, context }) => {
      const { clerk } = await clerkOf(caller, context);
      const { visit, window } = await openVisit(params.id, clerk);
      const { ready, loaded, asked } =
        body.verb === 'submit'
          ? { ready: await offered(body.service, window, clerk), loaded: undefined, asked: body }
          : await ofCase(await caseOf(body.case, visit, window.services, clerk), body);
      if ('form' in asked) await requireListed(ready.definition, asked.form, deps.lists);
      const student = studentActor(visit);
      const tried = tryOut(
        ready,
        loaded,
        student,
        asked.verb === 'submit' ? { ...asked, applicant: await applicantOf(visit, ready) } : asked,
      );
      const request = await requests.ask(visit, {
        ...{ service: ready.definition.id, version: ready.definition.version },
        act: actOf(asked, loaded),
        fields: shownFields(ready.definition, tried.state, student),
      });
      return { status: 201, body: requestAnswer(request), headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/window-requests/:id/scans', callers: staff, params: zVisitId, body: zCode },
      maxBodyBytes: 4_096,
      summary: 'The student agrees by showing the code of this moment once more',
    },
    async ({ params, body, caller, context }) => {
      const { actor, visit, request } = await waitingRequest(params.id, caller, context);
      const scan = await deps.scanner.scan(body.code, actor);
      return { body: await agree(request, visit, { ...scan, readBy: 'scan' }), headers };
    },
  );
  route(
    {
      ...{ method: 'post', path: '/v1/window-requests/:id/taps', callers: staff },
      ...{ params: zVisitId, body: zConfirmingTap },
      maxBodyBytes: 256,
      summary: 'The student agrees by a tap after it was written; by a card where the window lets cards confirm',
    },
    async ({ params, body, caller, context }) => {
      const { actor, visit, window, request } = await waitingRequest(params.id, caller, context);
      const isCompared = window.cardConfirms && body.portrait_compared;
      const asked = { reader: readerOf(window), readAfter: request.madeAt, withoutCards: !isCompared };
      const tap = await deps.taps.take(body.tap, asked, actor).catch((error: unknown) => {
        // What is missing is the clerk's word, not another window.
        const isForClerk = window.cardConfirms && error instanceof Refusal && error.code === 'card-does-not-confirm';
        throw isForClerk ? new Refusal('portrait-not-compared') : error;
      });
      return { body: await agree(request, visit, tap), headers };
    },
  );

  /** A request that waits, of a visit this clerk has open. @throws Refusal `window-request-not-found`, `window-request-over` */
  async function waitingRequest(id: string, caller: Caller, context: Context) {
    const { clerk, actor } = await clerkOf(caller, context);
    const { visit, window } = await openVisit(await requests.visitOf(id), clerk).catch(hideForeign);
    const request = await requests.find(id, { visit: visit.id });
    if (request.state !== 'waiting') throw new Refusal('window-request-over');
    return { actor, visit, window, request };
  }
  /** Who was read once more, and the case where it was he who is served. @throws Refusal `window-request-of-another` */
  async function agree(request: WindowRequest, visit: Visit, read: TakenTap) {
    const { student_number: number, portrait: _, readBy, ...verdict } = read;
    if (verdict.verdict !== 'accepted') return { ...verdict, case: null };
    if (number === null || parsePersonId(`student:${number}`) !== visit.student)
      throw new Refusal('window-request-of-another');
    const ready = await definitions.findVersion(request.service, request.version);
    const applicant = request.verb === 'submit' ? await applicantOf(visit, ready) : undefined;
    const done = await deps.carryOut(request.id, visit.student, readBy, applicant);
    return { ...verdict, case: caseLine(done) };
  }

  /** What a clerk sees of a visit; after its end who it was and what came of it, and nothing to do. */
  async function answerOf(visit: Visit, clerk: PersonActor) {
    const window = await windowOf(visit.window, clerk);
    const written = (await requests.ofVisit(visit.id)).map(requestAnswer);
    const base = {
      ...{ id: visit.id, window: { id: window.id, title: window.title }, person: visit.person },
      ...{ read_by: visit.readBy, at: visit.at, ends_at: visit.endsAt },
      ...{ state: visit.isOpen ? 'open' : 'over', requests: written },
    };
    if (!visit.isOpen) return { ...base, services: [], cases: [], drafts: [] };
    const hiddenServices = await definitions.hiddenFrom(clerk);
    const own = await cases.ofApplicant(visit.student, { after: undefined, limit: MAX_CASES, hiddenServices });
    const open = own.filter(
      (loaded) =>
        loaded.state.status !== 'closed' &&
        window.services.includes(loaded.state.definition.id) &&
        mayKnow(loaded, clerk),
    );
    const services = (await definitions.inForce()).filter(({ definition }) => offers(window, definition, clerk));
    const offeredIds = services.map(({ definition }) => definition.id);
    return {
      ...base,
      services: services.map(({ definition: { id, title, summary, module } }) => ({ id, title, summary, module })),
      cases: open.map(caseLine),
      drafts: (await requests.draftsOf(visit)).filter(({ service }) => offeredIds.includes(service)),
    };
  }

  /** As the student’s own would be taken: what he may not do, nobody does for him. @throws Refusal of the domain’s codes */
  function tryOut(
    ready: ReadyDefinition,
    loaded: LoadedCase | undefined,
    student: PersonActor,
    action: Extract<Action, { verb: 'submit' | 'resubmit' | 'withdraw' }>,
  ): Extract<Acted, { ok: true }> {
    const nowMs = clock.nowMs();
    const acted = act(ready, loaded?.state, student, action, { nowMs, dueAfter: () => nowMs });
    if (acted.ok) return acted;
    throw new Refusal(acted.code, acted.errors === undefined ? {} : { fields: { errors: acted.errors } });
  }
  return router;
}

type AskedOfCase = { verb: 'resubmit'; form: Record<string, unknown> } | { verb: 'withdraw'; reason: string };
type Asked = { verb: 'submit'; service: string; form: Record<string, unknown> } | AskedOfCase;

function ofCase(loaded: LoadedCase, asked: AskedOfCase) {
  return { ready: loaded.ready, loaded, asked };
}

function actOf(asked: Asked, loaded: LoadedCase | undefined): WindowAct {
  if (asked.verb === 'submit') return { verb: 'submit', form: asked.form };
  if (loaded === undefined) throw new TypeError('an act on a case has one');
  return asked.verb === 'resubmit'
    ? { verb: 'resubmit', caseId: loaded.id, form: asked.form }
    : { verb: 'withdraw', caseId: loaded.id, reason: asked.reason };
}

/** @throws Refusal `window-without-reader` */
function readerOf({ reader }: ServiceWindow): string {
  if (reader === null) throw new Refusal('window-without-reader');
  return reader;
}

const studentActor = ({ student }: Visit): PersonActor => ({
  kind: 'person',
  ...{ person: student, roles: [], standsInFor: [] },
});

/** Who it is from must not come out by who stands at the window: what he wrote without his name stays without it. */
const mayKnow = ({ ready: { definition }, state }: LoadedCase, clerk: PersonActor): boolean =>
  seesCase(definition, state, clerk) && !hidesApplicant(definition, state, clerk);

/** Another clerk's visit is not there, nor is what was written in it. */
function hideForeign(error: unknown): never {
  throw error instanceof Refusal && error.code === 'visit-not-found' ? new Refusal('window-request-not-found') : error;
}

export const requestAnswer = (request: WindowRequest) => ({
  ...{ id: request.id, verb: request.verb, service: request.service, state: request.state, case: request.caseId },
  ...{ confirmed_by: request.confirmedBy, made_at: request.madeAt, expires_at: request.expiresAt },
});
