import { createRoutes, Refusal, ServiceCallError, type WakeBell } from '@lanyard/platform';
import type { Context } from 'koa';
import { z } from 'zod';
import type { IssuerClient } from '../adapters/issuer-client.js';
import type { PortraitTokens } from '../adapters/portrait-tokens.js';
import { mayGuard, mayPrint } from '../domain/staff/desk-roles.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';
import type { GateStore } from '../storage/gate-store.js';
import type { StaffSession } from '../storage/staff-store.js';
import { requireCheckpoint } from './checkpoint-routes.js';
import { personAnswer } from './found-person.js';
import { STAFF_CALLER, type StaffAuthentication } from './staff-session.js';

export interface GuardDeps {
  staffAuthentication: StaffAuthentication;
  checkpoints: CheckpointStore;
  gates: GateStore;
  issuer: Pick<IssuerClient, 'findPeople' | 'openLook' | 'makePaperPass'>;
  portraitTokens: PortraitTokens;
  bell: WakeBell;
}

const NO_STORE = { 'Cache-Control': 'no-store' };
const zCheckpointId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
const zLook = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const zReason = z.string().trim().min(2).max(200);

/**
 * What a signed-in guard or clerk does for somebody who has nothing to show: find by number or name, compare the
 * portrait, let in with a reason, forgive a wrong side, print a pass for the day. Each look and each release is audited.
 */
export function createGuardRoutes(deps: GuardDeps) {
  const { router, route } = createRoutes(deps.staffAuthentication.authenticate);

  async function requireSession(context: Context): Promise<StaffSession> {
    const session = await deps.staffAuthentication.findSession(context);
    if (session === undefined) throw new Refusal('not-authenticated');
    return session;
  }
  /** @throws Refusal `look-not-found` for a look of another person, or one that is over */
  const openLook = (look: string, actor: string) =>
    deps.issuer.openLook(look, actor).catch((cause: unknown) => {
      if (cause instanceof ServiceCallError && cause.status === 404) throw new Refusal('look-not-found', { cause });
      throw cause;
    });
  route(
    {
      method: 'post',
      path: '/v1/staff/people-searches',
      callers: [STAFF_CALLER],
      body: z.strictObject({ q: z.string().trim().min(2).max(64) }),
      maxBodyBytes: 1_024,
      summary: 'Students by number or name, at most eight; each one shown is an audited look',
    },
    async ({ body, context }) => {
      const session = await requireSession(context);
      if (!mayGuard(session.roles) && !mayPrint(session.roles)) throw new Refusal('staff-role-missing');
      const { people, more } = await deps.issuer.findPeople(body.q, session.actor);
      return {
        body: { people: people.map((person) => personAnswer(person, session, deps.portraitTokens)), more },
        headers: NO_STORE,
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/staff/releases',
      callers: [STAFF_CALLER],
      body: z.strictObject({ checkpoint: zCheckpointId, look: zLook, reason: zReason }),
      maxBodyBytes: 2_048,
      summary: 'Lets a person in by hand; the gate opens where it is online',
    },
    async ({ body, context }) => {
      const session = await requireSession(context);
      if (!mayGuard(session.roles)) throw new Refusal('staff-role-missing');
      const checkpoint = await requireCheckpoint(deps.checkpoints, body.checkpoint);
      if (!checkpoint.policy.guard_release) throw new Refusal('release-not-allowed');
      const { row } = await openLook(body.look, session.actor);
      const online = await deps.gates.hasOnlineAgent(checkpoint.id);
      await deps.gates.release({
        ...{ checkpointId: checkpoint.id, rowNumber: row, lookId: body.look, reason: body.reason },
        actor: session.actor,
      });
      deps.bell.ring();
      return { status: 201, body: { gate: online ? 'ordered' : 'offline' }, headers: NO_STORE };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/staff/forgivings',
      callers: [STAFF_CALLER],
      body: z.strictObject({ checkpoint: zCheckpointId, look: zLook }),
      maxBodyBytes: 1_024,
      summary: 'Has the gate forget on which side of its zone the person is',
    },
    async ({ body, context }) => {
      const session = await requireSession(context);
      if (!mayGuard(session.roles)) throw new Refusal('staff-role-missing');
      const checkpoint = await requireCheckpoint(deps.checkpoints, body.checkpoint);
      const { row } = await openLook(body.look, session.actor);
      if (row === null) throw new Refusal('person-not-in-packages');
      await deps.gates.forgive({ checkpointId: checkpoint.id, rowNumber: row, actor: session.actor });
      deps.bell.ring();
      return { status: 201, body: {}, headers: NO_STORE };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/staff/paper-passes',
      callers: [STAFF_CALLER],
      body: z.strictObject({ look: zLook, reason: zReason }),
      maxBodyBytes: 2_048,
      summary: 'A pass on paper for twelve hours, one a day, with the portrait',
    },
    async ({ body, context }) => {
      const session = await requireSession(context);
      if (!mayPrint(session.roles)) throw new Refusal('staff-role-missing');
      try {
        const made = await deps.issuer.makePaperPass(body.look, body.reason, session.actor);
        return { status: 201, body: made, headers: NO_STORE };
      } catch (cause) {
        const code =
          cause instanceof ServiceCallError ? PAPER_REFUSALS.find((known) => known === cause.code) : undefined;
        if (code !== undefined) throw new Refusal(code, { cause });
        throw cause;
      }
    },
  );
  return router;
}

/** Refusals of the issuer that a clerk can act on; they have texts of their own here. */
const PAPER_REFUSALS = ['look-not-found', 'paper-pass-today', 'portrait-missing', 'credential-state-conflict'] as const;
