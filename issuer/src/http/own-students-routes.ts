import { type Authenticate, type Caller, createRoutes, Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import { z } from 'zod';
import { STANDINGS } from '../domain/semester/semester.js';
import type { BulkRunStore, OwnStudents } from '../storage/bulk/bulk-run-store.js';
import type { SemesterStore } from '../storage/semester/semester-store.js';
import { zFlag } from './life-routes.js';
import { personOf } from './rights/opening-routes.js';
import { zSemesterId } from './semester-routes.js';

export interface OwnStudentsDeps {
  authenticate: Authenticate;
  semesters: SemesterStore;
  runs: BulkRunStore;
  begin: () => void;
}

const admin = ['service:admin'] as const;
const zClass = z.string().min(1).max(100).optional();
const zNumbers = z.array(z.string().min(1).max(32)).min(1).max(2_000).optional();
const zFilter = z.strictObject({ class: zClass, student_numbers: zNumbers });
const zRun = z.object({ id: z.coerce.number().int().positive() });
const RUNS_SHOWN = 20;

/**
 * Semester registration by counsellors. Routes of their own, so that none can be reached without a scope: whose students
 * they are comes from the console's header, never from what a browser sent, and every query is bound to it.
 */
export function createOwnStudentsRoutes(deps: OwnStudentsDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  const { semesters, runs } = deps;
  const within = async (own: OwnStudents, filter: z.infer<typeof zFilter>) => {
    const count =
      filter.student_numbers === undefined ? 0 : await semesters.countNotOwn(own.staffNumber, filter.student_numbers);
    if (count > 0) throw new Refusal('students-not-own', { fields: { count } });
    return { ...filter, counsellor_staff_number: own.staffNumber };
  };
  route(
    {
      method: 'get',
      path: '/v1/own-students/semesters',
      callers: admin,
      summary: 'Windows, newest first, for counsellors',
    },
    async ({ caller, context }) => {
      ownOf(caller, context);
      return { body: await semesters.list() };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/own-students/semesters/:id',
      callers: admin,
      params: zSemesterId,
      query: z.object({ class: zClass }),
      summary: 'A window and where the counsellor\u2019s own students stand',
    },
    async ({ params, query, caller, context }) => ({
      body: await semesters.show(params.id, await within(ownOf(caller, context), query)),
    }),
  );
  route(
    {
      method: 'get',
      path: '/v1/own-students/semesters/:id/students',
      callers: admin,
      params: zSemesterId,
      query: z.object({
        class: zClass,
        standing: z.enum(STANDINGS),
        after: z.string().max(32).default(''),
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
      summary: 'Own students that stand somewhere',
    },
    async ({ params, query: { class: className, ...page }, caller, context }) => ({
      body: await semesters.listStudents(params.id, await within(ownOf(caller, context), { class: className }), page),
    }),
  );
  route(
    {
      method: 'post',
      path: '/v1/own-students/semesters/:id/confirmations',
      callers: admin,
      params: zSemesterId,
      // Presence only: fees are the registrar's.
      body: z.strictObject({ filter: zFilter, present: z.boolean() }),
      query: z.object({ dry_run: zFlag }),
      summary: 'Presence of own students: all, a class, or those named',
    },
    async ({ params, query, body, caller, context }) => {
      const own = ownOf(caller, context);
      const filter = await within(own, body.filter);
      if (query.dry_run) return { body: await semesters.show(params.id, filter) };
      return { body: await semesters.confirm(params.id, filter, { present: body.present }, own.actor) };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/own-students/semesters/:id/registrations',
      callers: admin,
      params: zSemesterId,
      query: z.object({ dry_run: zFlag }),
      body: z.strictObject({ filter: zFilter.default({}) }),
      summary: 'Registers own students who meet the rule: what it would do, or a run that does it',
    },
    async ({ params, query, body, caller, context }) => {
      const own = ownOf(caller, context);
      const options = { actor: own.actor, dryRun: query.dry_run, own };
      const made = await semesters.register(params.id, await within(own, body.filter), options);
      if (made.state === 'applying') deps.begin();
      return { status: made.state === 'dry-run' ? 200 : 202, body: made };
    },
  );
  route(
    { method: 'get', path: '/v1/own-students/bulk-runs', callers: admin, summary: 'The counsellor\u2019s own runs' },
    async ({ caller, context }) => ({ body: await runs.listOwn(ownOf(caller, context), RUNS_SHOWN) }),
  );
  route(
    {
      method: 'get',
      path: '/v1/own-students/bulk-runs/:id',
      callers: admin,
      params: zRun,
      summary: 'One of these runs and how far it is',
    },
    async ({ params, caller, context }) => ({ body: await runs.find(params.id, ownOf(caller, context)) }),
  );
  route(
    {
      method: 'post',
      path: '/v1/own-students/bulk-runs/:id/undo',
      callers: admin,
      params: zRun,
      body: z.strictObject({}),
      summary: 'Undoes one of these runs',
    },
    async ({ params, caller, context }) => {
      const own = ownOf(caller, context);
      await runs.undo(params.id, undefined, own.actor, own);
      deps.begin();
      return { status: 202, body: await runs.find(params.id, own) };
    },
  );
  return router;
}

/** Whose students may be touched. @throws Refusal `person-needed`, `staff-number-missing` */
function ownOf(caller: Caller, context: Context): OwnStudents {
  const actor = personOf(caller);
  const staffNumber = context.get('Lanyard-Staff-Number');
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(staffNumber)) throw new Refusal('staff-number-missing');
  return { actor, staffNumber };
}
