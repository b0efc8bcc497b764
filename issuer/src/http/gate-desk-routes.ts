import { type Authenticate, actorOf, type Clock, createRoutes, type Database, Refusal } from '@lanyard/platform';
import { createPaperPass } from '@lanyard/protocol';
import { z } from 'zod';
import type { Signers } from '../adapters/signers.js';
import { STUDENT_PASS } from '../domain/credentials/configurations.js';
import { readHolder } from '../storage/cards/card-tap-store.js';
import { findOpenList, type OpenLists } from '../storage/credentials/credential-store.js';
import { recordPaperPass, revokePaperPasses } from '../storage/credentials/paper-pass-store.js';
import type { LookStore } from '../storage/students/look-store.js';
import type { PortraitStore } from '../storage/students/portrait-store.js';

export interface GateDeskDeps {
  database: Database;
  authenticate: Authenticate;
  looks: LookStore;
  portraits: PortraitStore;
  signers: Signers;
  openLists: OpenLists;
  universityCode: string;
  clock: Clock;
}

const verifier = ['service:verifier'] as const;
const zRowParams = z.object({ row: z.coerce.number().int().min(0).max(4_294_967_295) });
const zLookId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);

/** What the verifier's staff page asks for somebody who has nothing to show at a gate or window. */
export function createGateDeskRoutes(deps: GateDeskDeps) {
  const { database, looks, clock } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/people-searches',
      callers: verifier,
      body: z.strictObject({ q: z.string().trim().min(2).max(64) }),
      maxBodyBytes: 1_024,
      summary: 'Students by whole number or name, at most eight, each audited as looked at',
    },
    async ({ body, caller }) => ({
      body: await looks.search(body.q, actorOf(caller)),
      headers: { 'Cache-Control': 'no-store' },
    }),
  );
  route(
    {
      method: 'post',
      path: '/v1/people/:row/looks',
      callers: verifier,
      params: zRowParams,
      summary: 'The student of a row, for a window whose reader has proved him; audited',
    },
    async ({ params, caller }) => ({
      body: await looks.lookAtRow(params.row, actorOf(caller)),
      headers: { 'Cache-Control': 'no-store' },
    }),
  );
  route(
    {
      method: 'get',
      path: '/v1/people/:row/state',
      callers: verifier,
      params: zRowParams,
      summary: 'What a policy looks at of a row, as it is now; nobody is named',
    },
    async ({ params }) => {
      const holder = await readHolder(database, { row: params.row }, new Date(clock.nowMs()));
      if (holder === undefined) throw new Refusal('student-not-found');
      const { row, state, policy_class } = holder;
      return { body: { row, state, policy_class }, headers: { 'Cache-Control': 'no-store' } };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/people-looks/:look',
      callers: verifier,
      params: z.object({ look: zLookId }),
      summary: 'The row behind a look of the same person, for fifteen minutes',
    },
    async ({ params, caller }) => {
      const { row } = await looks.open(database, params.look, actorOf(caller));
      return { body: { row }, headers: { 'Cache-Control': 'no-store' } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/paper-passes',
      callers: verifier,
      body: z.strictObject({ look: zLookId, reason: z.string().trim().min(2).max(200) }),
      maxBodyBytes: 2_048,
      summary: 'A pass on paper for twelve hours, one a day for each student, with the portrait to print beside it',
    },
    async ({ body, caller }) => {
      const actor = actorOf(caller);
      const listId = await findOpenList(database, deps.openLists, {
        ...{ configurationId: STUDENT_PASS, copies: 1, nowMs: clock.nowMs() },
      });
      const signer = deps.signers.active('pass');
      const recorded = await database.transaction(async (transaction) => {
        const { studentId } = await looks.open(transaction, body.look, actor);
        const pass = { studentId, listId, signerKid: signer.kid, reason: body.reason, actor, clock };
        return recordPaperPass(transaction, pass);
      });
      const portrait = await deps.portraits.read(database, recorded.portraitId);
      if (portrait === undefined) throw new Refusal('portrait-missing');
      const claims = { ...recorded.claims, universityCode: deps.universityCode };
      return {
        status: 201,
        headers: { 'Cache-Control': 'no-store' },
        body: {
          code: createPaperPass(claims, signer),
          name: recorded.name,
          portrait: portrait.toString('base64'),
          valid_until: new Date(claims.expiresSeconds * 1000).toISOString(),
        },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/students/:number/paper-passes/revoke',
      callers: ['operator', 'service:admin'],
      params: z.object({ number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) }),
      summary: 'Takes the paper passes of a student back',
    },
    async ({ params, caller }) => {
      const change = { studentNumber: params.number, actor: actorOf(caller), clock };
      return { body: { revoked: await database.transaction((transaction) => revokePaperPasses(transaction, change)) } };
    },
  );
  return router;
}
