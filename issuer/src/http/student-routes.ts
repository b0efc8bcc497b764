import {
  type Authenticate,
  actorOf,
  createRoutes,
  type Database,
  onceByKey,
  Refusal,
  readBody,
  zDay,
} from '@lanyard/platform';
import { decodeBase64url, ENROLMENT_STATES } from '@lanyard/protocol';
import { z } from 'zod';
import type { Signers } from '../adapters/signers.js';
import { HOLD_REASON_CODES } from '../domain/credentials/hold.js';
import { PORTRAIT_REJECTION_CODES } from '../domain/portraits/portrait-rules.js';
import type { createHoldStore } from '../storage/people/hold-store.js';
import type { PortraitStore } from '../storage/students/portrait-store.js';
import type { PortraitSubmissionStore } from '../storage/students/portrait-submission-store.js';
import type { StudentStore } from '../storage/students/student-store.js';
import { warningsAnswer } from './signer-routes.js';

export interface StudentDeps {
  database: Database;
  authenticate: Authenticate;
  students: StudentStore;
  holds: ReturnType<typeof createHoldStore>;
  portraits: PortraitStore;
  submissions: PortraitSubmissionStore;
  signers: Signers;
}

const staff = ['operator', 'service:admin'] as const;
const zNumber = z.object({ number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) });
const zNumbers = z.array(z.string().min(1).max(32)).min(1).max(100_000);
const zHold = z.object({
  reason_code: z.enum(HOLD_REASON_CODES),
  document_number: z.string().min(1).max(64).optional(),
});
const zList = z.object({
  q: z.string().max(64).optional(),
  college: z.string().max(100).optional(),
  class: z.string().max(100).optional(),
  enrolment_status: z.enum(ENROLMENT_STATES.map((state) => state.code)).optional(),
  portrait: z.literal('none').optional(),
  after: z.string().max(32).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const MAX_PORTRAIT_BYTES = 64 * 1024;

/** The register for staff: search, one student, holds, registrations, portraits. */
export function createStudentRoutes(deps: StudentDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'get', path: '/v1/students', callers: staff, query: zList, summary: 'Students, page by key' },
    async ({ query }) => ({ body: await deps.students.list(query) }),
  );
  route({ method: 'get', path: '/v1/summary', callers: staff, summary: 'Counts for the first page' }, async () => ({
    body: {
      ...(await deps.students.summary()),
      signer_warnings: warningsAnswer(deps.signers),
    },
  }));
  route(
    { method: 'get', path: '/v1/students/:number', callers: staff, params: zNumber, summary: 'One student' },
    async ({ params, caller }) => ({
      body: await deps.students.show(params.number, actorOf(caller)),
    }),
  );
  for (const verb of ['suspend', 'reinstate', 'revoke'] as const) {
    route(
      {
        method: 'post',
        path: `/v1/students/:number/${verb}`,
        callers: staff,
        params: zNumber,
        body: zHold,
        summary: `${verb} a student ID`,
      },
      async ({ params, body, caller, context }) => {
        const actor = actorOf(caller);
        const key = context.get('Idempotency-Key') || undefined;
        const request = { caller: actor, key, body: { verb, number: params.number, ...body } };
        // A repeat with the same key gets the first answer instead of a conflict with itself.
        return onceByKey(deps.database, request, async (transaction) => ({
          status: 200,
          body: await deps.holds.change(transaction, {
            ...{ studentNumber: params.number, verb, reasonCode: body.reason_code },
            ...{ documentNumber: body.document_number, actor },
          }),
        }));
      },
    );
  }
  const zRegistration = z.object({ registered_until: zDay.nullable() });
  route(
    {
      method: 'put',
      path: '/v1/students/:number/semester-registration',
      callers: staff,
      params: zNumber,
      body: zRegistration,
      summary: 'Semester registration of one student',
    },
    async ({ params, body, caller }) => ({
      body: {
        changed: await deps.students.registerSemester({
          studentNumbers: [params.number],
          registeredUntil: body.registered_until,
          actor: actorOf(caller),
        }),
      },
    }),
  );
  const zRegistrations = z.object({
    student_numbers: z.union([z.literal('all'), zNumbers]),
    registered_until: zDay.nullable(),
  });
  route(
    {
      method: 'post',
      path: '/v1/semester-registrations',
      callers: staff,
      body: zRegistrations,
      maxBodyBytes: 8 << 20,
      summary: 'Semester registration of many',
    },
    async ({ body, caller }) => ({
      body: {
        changed: await deps.students.registerSemester({
          studentNumbers: body.student_numbers,
          registeredUntil: body.registered_until,
          actor: actorOf(caller),
        }),
      },
    }),
  );
  const zClasses = z.object({ policy_class: z.number().int().min(0).max(255), student_numbers: zNumbers });
  route(
    {
      method: 'post',
      path: '/v1/policy-classes',
      callers: staff,
      body: zClasses,
      maxBodyBytes: 8 << 20,
      summary: 'Policy class of many',
    },
    async ({ body, caller }) => ({
      body: {
        changed: await deps.students.setPolicyClass({
          studentNumbers: body.student_numbers,
          policyClass: body.policy_class,
          actor: actorOf(caller),
        }),
      },
    }),
  );
  addPortraitRoutes(deps, route);
  return router;
}

function addPortraitRoutes(deps: StudentDeps, route: ReturnType<typeof createRoutes>['route']): void {
  const store = (items: { studentNumber: string; jpeg: Uint8Array }[], actor: string) =>
    deps.database.transaction(async (transaction) => {
      const stored = [];
      for (const item of items)
        stored.push({
          studentNumber: item.studentNumber,
          portraitId: await deps.portraits.write(transaction, item.jpeg),
        });
      await deps.students.setPortraits(transaction, stored, actor);
    });
  const zPortraits = z.object({
    items: z
      .array(z.object({ student_number: z.string().max(32), jpeg: z.string().max(16_384) }))
      .min(1)
      .max(100),
  });
  route(
    {
      method: 'post',
      path: '/v1/portraits',
      callers: ['operator'],
      body: zPortraits,
      maxBodyBytes: 2 << 20,
      summary: 'Portraits of many',
    },
    async ({ body, caller }) => {
      await store(
        body.items.map((item) => ({ studentNumber: item.student_number, jpeg: decodePortrait(item.jpeg) })),
        actorOf(caller),
      );
      return { body: { stored: body.items.length } };
    },
  );
  route(
    {
      method: 'put',
      path: '/v1/students/:number/portrait',
      callers: staff,
      params: zNumber,
      query: z.object({ review: z.enum(['accepted', 'pending']).default('accepted') }),
      summary: 'Portrait of one student, in use at once or after a review',
    },
    async ({ params, query, caller, context }) => {
      if (!context.is('image/jpeg')) throw new Refusal('body-type-unsupported');
      const jpeg = await readBody(context.req, MAX_PORTRAIT_BYTES);
      if (query.review === 'pending') await deps.submissions.submit(params.number, jpeg, actorOf(caller));
      else await store([{ studentNumber: params.number, jpeg }], actorOf(caller));
      return { status: 204 };
    },
  );
  route(
    {
      method: 'put',
      path: '/v1/students/:number/portrait-review',
      callers: staff,
      params: zNumber,
      body: z.strictObject({
        verdict: z.enum(['accepted', 'refused']),
        reason: z.enum(PORTRAIT_REJECTION_CODES).default('not-a-portrait'),
      }),
      summary: 'Ends the review of a portrait',
    },
    async ({ params, body, caller }) => {
      await deps.submissions.decide(
        { studentNumber: params.number },
        body.verdict === 'accepted' ? { verdict: 'accepted' } : { verdict: 'rejected', reason: body.reason },
        actorOf(caller),
      );
      return { status: 204 };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/students/:number/portrait',
      callers: staff,
      params: zNumber,
      summary: 'Portrait of one student',
    },
    async ({ params }) => jpegAnswer(await readPortrait(deps, await deps.students.portraitIdOf(params.number))),
  );
  const zPortraitId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{11}$/) });
  route(
    {
      method: 'get',
      path: '/v1/portraits/:id',
      callers: ['service:verifier'],
      params: zPortraitId,
      summary: 'Portrait by its id',
    },
    async ({ params }) => jpegAnswer(await readPortrait(deps, Buffer.from(params.id, 'base64url'))),
  );
  const zRow = z.object({ row: z.coerce.number().int().min(0).max(4_294_967_295) });
  route(
    {
      method: 'get',
      path: '/v1/people/:row/face',
      callers: ['service:verifier'],
      params: zRow,
      summary: 'Name and portrait id behind a row, for a staff page',
    },
    async ({ params, caller }) => ({
      body: await deps.students.faceOfRow(params.row, actorOf(caller)),
    }),
  );
}

async function readPortrait(deps: StudentDeps, id: Buffer | undefined): Promise<Buffer> {
  const jpeg = id === undefined ? undefined : await deps.portraits.read(deps.database, id);
  if (jpeg === undefined) throw new Refusal('not-found');
  return jpeg;
}

function jpegAnswer(jpeg: Buffer) {
  return { body: jpeg, headers: { 'Content-Type': 'image/jpeg', 'Cache-Control': 'private, no-store' } };
}

function decodePortrait(text: string): Uint8Array {
  try {
    return decodeBase64url(text);
  } catch (cause) {
    throw new Refusal('portrait-invalid', { cause });
  }
}
