import type Router from '@koa/router';
import { type Authenticate, actorOf, createRoutes, readBody, zDay } from '@lanyard/platform';
import { z } from 'zod';
import { readFactRows, SEMESTER_FACT_COLUMNS } from '../domain/bulk/semester-fact-rows.js';
import { STANDINGS } from '../domain/semester/semester.js';
import type { SemesterStore } from '../storage/semester/semester-store.js';
import { type HolderTokenDeps, requireHolder } from './holder-token.js';
import { zFlag } from './life-routes.js';
import { readUploadedTable, type TableUploadDeps } from './table-upload.js';

export interface SemesterDeps extends TableUploadDeps {
  authenticate: Authenticate;
  semesters: SemesterStore;
  begin: () => void;
}

const staff = ['operator', 'service:admin'] as const;
const MAX_FILE_BYTES = 32 << 20;
const zDryRun = z.object({ dry_run: zFlag });
export const zSemesterId = z.object({ id: z.string().regex(/^\d{4}-\d{4}-[123]$/) });
const zText = z.string().min(1).max(100).optional();
const zFilter = z.strictObject({
  ...{ college: zText, class: zText, counsellor_staff_number: zText },
  student_numbers: z.array(z.string().min(1).max(32)).min(1).max(100_000).optional(),
});
const zQueryFilter = { college: zText, class: zText, counsellor_staff_number: zText };
const zSemester = z
  .strictObject({
    opens: zDay,
    closes: zDay,
    registered_until: zDay,
    needs_fee: z.boolean().default(true),
    presence: z.enum(['none', 'holder', 'staff']).default('holder'),
  })
  .refine(
    (one) => one.opens <= one.closes && one.closes < one.registered_until,
    'opens, closes, registered_until in this order',
  );

/** Semester registration for staff: the window, facts, what is missing, registering many. */
export function createSemesterRoutes(deps: SemesterDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route({ method: 'get', path: '/v1/semesters', callers: staff, summary: 'Windows, newest first' }, async () => ({
    body: await deps.semesters.list(),
  }));
  route(
    {
      method: 'put',
      path: '/v1/semesters/:id',
      callers: staff,
      params: zSemesterId,
      body: zSemester,
      summary: 'Sets a window of semester registration and its rule',
    },
    async ({ params, body, caller }) => ({
      body: await deps.semesters.put(
        {
          ...{ id: params.id, opens: body.opens, closes: body.closes, registeredUntil: body.registered_until },
          ...{ needsFee: body.needs_fee, presence: body.presence },
        },
        actorOf(caller),
      ),
    }),
  );
  route(
    {
      method: 'get',
      path: '/v1/semesters/:id',
      callers: staff,
      params: zSemesterId,
      query: z.object(zQueryFilter),
      summary: 'A window and where students stand, by college',
    },
    async ({ params, query }) => ({ body: await deps.semesters.show(params.id, query) }),
  );
  const zStudents = z.object({
    ...zQueryFilter,
    standing: z.enum(STANDINGS),
    after: z.string().max(32).default(''),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  });
  route(
    {
      method: 'get',
      path: '/v1/semesters/:id/students',
      callers: staff,
      params: zSemesterId,
      query: zStudents,
      summary: 'Students that stand somewhere: who has still to pay',
    },
    async ({ params, query }) => {
      const { standing, after, limit, ...filter } = query;
      return { body: await deps.semesters.listStudents(params.id, filter, { standing, after, limit }) };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/semesters/:id/facts',
      callers: staff,
      params: zSemesterId,
      query: zDryRun,
      summary: 'Fees and presence from a file (CSV or .xlsx)',
    },
    async ({ params, query, caller, context }) => {
      const limited = { ...deps, maxBytes: MAX_FILE_BYTES };
      const table = await readUploadedTable(context.req, SEMESTER_FACT_COLUMNS, ['number'], limited);
      const read = readFactRows(table.rows);
      const { facts } = read;
      const findings = [...read.findings, ...table.findings];
      const { changed, unknown } = await deps.semesters.takeFacts(params.id, facts, {
        ...{ actor: actorOf(caller), dryRun: query.dry_run },
      });
      const all = [...findings, ...unknown.map((line) => ({ line, code: 'student-not-found' }))];
      const counts = { rows: facts.length + findings.length, taken: facts.length - unknown.length };
      return { body: { ...counts, changed, findings: all.sort((a, b) => a.line - b.line).slice(0, 200) } };
    },
  );
  const zConfirmation = z
    .strictObject({
      filter: zFilter,
      present: z.boolean().optional(),
      fee: z.enum(['paid', 'deferred', 'unpaid']).optional(),
    })
    .refine((one) => one.present !== undefined || one.fee !== undefined, 'present or fee')
    .refine((one) => Object.values(one.filter).some((value) => value !== undefined), 'a filter names somebody');
  route(
    {
      method: 'post',
      path: '/v1/semesters/:id/confirmations',
      callers: staff,
      params: zSemesterId,
      body: zConfirmation,
      maxBodyBytes: 8 << 20,
      summary: 'Presence or fee of all that a filter names',
    },
    async ({ params, body, caller }) => ({
      body: await deps.semesters.confirm(params.id, body.filter, body, actorOf(caller)),
    }),
  );
  route(
    {
      method: 'post',
      path: '/v1/semesters/:id/registrations',
      callers: staff,
      params: zSemesterId,
      query: zDryRun,
      body: z.strictObject({ filter: zFilter.default({}) }),
      maxBodyBytes: 8 << 20,
      summary: 'Registers all who meet the rule: what it would do, or a run that does it',
    },
    async ({ params, query, body, caller }) => {
      const options = { actor: actorOf(caller), dryRun: query.dry_run };
      const made = await deps.semesters.register(params.id, body.filter, options);
      if (made.state === 'applying') deps.begin();
      return { status: made.state === 'dry-run' ? 200 : 202, body: made };
    },
  );
  return router;
}

/** The student's own registration, over the line of the wallet (DPoP-bound). */
export function addRegistrationRoutes(router: Router, deps: HolderTokenDeps & { semesters: SemesterStore }): void {
  router.get('/v1/holder/registration', async (context) => {
    const holder = await requireHolder(context, deps, true);
    context.set('Cache-Control', 'no-store');
    const found = await deps.semesters.ofStudent(deps.db, holder.studentId);
    context.body = { registration: found?.answer ?? null };
  });
  router.post('/v1/holder/registration', async (context) => {
    const holder = await requireHolder(context, deps, true);
    await readBody(context.req, 1024);
    context.set('Cache-Control', 'no-store');
    context.body = { registration: await deps.semesters.confirmByHolder(holder.studentId, holder.walletId) };
  });
}
