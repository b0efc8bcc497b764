import { type Authenticate, actorOf, type Caller, createRoutes, Refusal, type WakeBell } from '@lanyard/platform';
import type { JsonObject } from '@lanyard/protocol';
import { z } from 'zod';
import { titlesOf } from '../domain/verifications/verification.js';
import { callerOf, type MakeDeps, makePresentation } from './make-presentation.js';
import { OAuthRefusal } from './oauth-refusal.js';
import { presentationAnswer } from './presentation-answer.js';
import { zPresentationRequest } from './presentation-request-body.js';
import { readPageAnswer } from './read-answer.js';
import { STAFF_CALLER, type StaffAuthentication } from './staff-session.js';
import { type TakeAnswerDeps, takeAnswer } from './take-answer.js';

export interface DcApiDeps extends MakeDeps, TakeAnswerDeps {
  authenticate: Authenticate;
  staffAuthentication: StaffAuthentication;
  bell: WakeBell;
}

const MAX_ANSWER_BYTES = 524_288;
const NO_STORE = { 'Cache-Control': 'no-store' };
const zId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });
const zData = z.record(z.string().max(64), z.json());
const zAnswer = z.strictObject({ origin: z.string().max(512), data: zData });
const zStaffRequest = z.strictObject({ purpose: z.string().min(1).max(64) });
const zStaffAnswer = z.strictObject({ data: zData });

/**
 * The Digital Credentials API (OpenID4VP 1.0 Appendix A): the caller's page asks the browser and brings the answer back.
 * The staff page does so itself, under its session alone.
 */
export function createDcApiRoutes(deps: DcApiDeps) {
  const ownOrigin = new URL(deps.verifierUrl).origin;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/presentation-requests/:id/dc-answer',
      callers: ['operator', 'service:idp', 'service:admin'],
      params: zId,
      body: zAnswer,
      maxBodyBytes: MAX_ANSWER_BYTES,
      summary: 'What a wallet gave the page of the caller',
    },
    async ({ params: { id }, body, caller }) => ({ headers: NO_STORE, body: await take(id, body, caller, deps) }),
  );

  const forStaff = createRoutes(deps.staffAuthentication.authenticate);
  forStaff.route(
    {
      method: 'post',
      path: '/v1/staff/dc-requests',
      callers: [STAFF_CALLER],
      body: zStaffRequest,
      maxBodyBytes: 1_024,
      summary: 'A request for the page of staff to hand to the browser',
    },
    async ({ body: { purpose }, caller }) => {
      const asked = zPresentationRequest.parse({ purpose, flow: 'dc-api', origin: ownOrigin });
      return { status: 201, headers: NO_STORE, body: await makePresentation(deps, asked, caller) };
    },
  );
  forStaff.route(
    {
      method: 'post',
      path: '/v1/staff/dc-requests/:id/answer',
      callers: [STAFF_CALLER],
      params: zId,
      body: zStaffAnswer,
      maxBodyBytes: MAX_ANSWER_BYTES,
      summary: 'What a wallet gave the page of staff',
    },
    async ({ params: { id }, body: { data }, caller }) => {
      const answer = await take(id, { origin: ownOrigin, data }, caller, deps);
      return { headers: NO_STORE, body: { ...answer, ...titlesOf(answer.reason) } };
    },
  );

  return [router, forStaff.router];
}

interface PageAnswer {
  id: string;
  state: 'answered';
  verdict: string;
  reason?: string;
}

/** @throws Refusal `presentation-request-not-found`, `presentation-request-over`, `presentation-answer-refused` */
async function take(
  id: string,
  answer: z.output<typeof zAnswer>,
  caller: Caller,
  deps: DcApiDeps,
): Promise<PageAnswer> {
  const presentation = await deps.presentations.findForPage(id, callerOf(caller));
  if (presentation === undefined) throw new Refusal('presentation-request-not-found');
  if (presentation === 'over') throw new Refusal('presentation-request-over');
  if (answer.origin !== presentation.origin) throw refused('origin-wrong');
  const received = await readPageAnswer(answer.data as JsonObject, presentation).catch((thrown: unknown) => {
    throw thrown instanceof OAuthRefusal ? refused(thrown.check, thrown) : thrown;
  });
  const taken = await takeAnswer(received, presentation, deps, actorOf(caller));
  if (taken === undefined) throw new Refusal('presentation-request-over');
  deps.bell.ring();
  const told = await deps.presentations.read(id, actorOf(caller));
  return { id, state: 'answered', ...presentationAnswer(presentation.query, told) } as PageAnswer;
}

/** The caller may read the failed check: it is a service of ours, not the wallet. */
function refused(check: string, cause?: unknown): Refusal {
  return new Refusal('presentation-answer-refused', { fields: { check }, cause });
}
