import { type Authenticate, actorOf, type Caller, createRoutes, Refusal } from '@lanyard/platform';
import { type CheckpointPolicy, DocumentError, encodeBase64url, parseCheckpointPolicy } from '@lanyard/protocol';
import { z } from 'zod';
import type { Counter } from '../domain/checkpoints/counter.js';
import { findEntitlement } from '../domain/entitlements/rail-student-discount.js';
import { zPartnerId } from '../domain/partners/partner.js';
import type { AgentStore } from '../storage/agent-store.js';
import type { Checkpoint, CheckpointStore } from '../storage/checkpoint-store.js';
import type { PartnerStore } from '../storage/partner-store.js';
import { requirePurpose } from './partners/make-check.js';

export interface CheckpointDeps {
  authenticate: Authenticate;
  checkpoints: CheckpointStore;
  agents: AgentStore;
  partners: Pick<PartnerStore, 'find'>;
  /** A changed policy goes out to agents at once. */
  onChange: () => void;
}

const staff = ['operator', 'service:admin'] as const;
export const zCheckpointId = z.object({ id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/) });
const zCounter = z.strictObject({
  partner: zPartnerId,
  entitlement: z.string().refine((id) => findEntitlement(id) !== undefined, { message: 'no such entitlement' }),
});
const zPut = z.strictObject({
  name_zh: z.string().trim().min(1).max(64),
  name_en: z.string().trim().min(1).max(64),
  policy: z.unknown(),
  counter: zCounter.nullable().optional(),
});
const zPage = z.object({
  after: z.string().max(64).default(''),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

/** Checkpoints, their policies, and codes for enrolling agents at them. */
export function createCheckpointRoutes(deps: CheckpointDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    { method: 'get', path: '/v1/checkpoints', callers: staff, query: zPage, summary: 'Checkpoints by id' },
    async ({ query }) => {
      const checkpoints = await deps.checkpoints.list(query.after, query.limit);
      const next = checkpoints.length === query.limit ? checkpoints.at(-1)?.id : null;
      return { body: { checkpoints: checkpoints.map(answerOf), next } };
    },
  );
  route(
    { method: 'get', path: '/v1/checkpoints/:id', callers: staff, params: zCheckpointId, summary: 'One checkpoint' },
    async ({ params }) => ({ body: answerOf(await requireCheckpoint(deps.checkpoints, params.id)) }),
  );
  route(
    {
      method: 'put',
      path: '/v1/checkpoints/:id',
      callers: ['operator'],
      params: zCheckpointId,
      body: zPut,
      summary: 'Makes or changes a checkpoint',
    },
    async ({ params, body, caller }) => {
      const { counter } = body;
      if (counter !== undefined && counter !== null) await requireCounterPartner(deps.partners, counter);
      const { checkpoint, made } = await deps.checkpoints.put(
        { id: params.id, nameZh: body.name_zh, nameEn: body.name_en, policy: parsePolicy(body.policy), counter },
        actorOf(caller),
      );
      deps.onChange();
      return { status: made ? 201 : 200, body: answerOf(checkpoint) };
    },
  );
  const counterRoute = { path: '/v1/checkpoints/:id/counter', callers: staff, params: zCheckpointId } as const;
  async function setCounter(id: string, counter: Counter | undefined, caller: Caller) {
    const checkpoint = await deps.checkpoints.setCounter(id, counter, actorOf(caller));
    deps.onChange();
    return { body: answerOf(checkpoint) };
  }
  route(
    {
      method: 'put',
      ...counterRoute,
      body: zCounter,
      summary: "Makes a checkpoint the counter of a partner's discount",
    },
    async ({ params, body, caller }) => {
      await requireCounterPartner(deps.partners, body);
      return setCounter(params.id, body, caller);
    },
  );
  route(
    { method: 'delete', ...counterRoute, summary: 'Ends a counter; the checkpoint stays as it is' },
    ({ params, caller }) => setCounter(params.id, undefined, caller),
  );
  route(
    {
      method: 'post',
      path: '/v1/checkpoints/:id/enrolments',
      callers: staff,
      params: zCheckpointId,
      summary: 'A one-time code with which an agent enrols',
    },
    async ({ params, caller }) => {
      await requireCheckpoint(deps.checkpoints, params.id);
      const { code, expiresAt } = await deps.agents.createCode(params.id, actorOf(caller));
      return {
        status: 201,
        headers: { 'Cache-Control': 'no-store' },
        body: { code, expires_at: expiresAt.toISOString() },
      };
    },
  );
  return router;
}

/** @throws Refusal `checkpoint-not-found` */
export async function requireCheckpoint(checkpoints: CheckpointStore, id: string): Promise<Checkpoint> {
  const checkpoint = await checkpoints.find(id);
  if (checkpoint === undefined) throw new Refusal('checkpoint-not-found');
  return checkpoint;
}

/**
 * The partner a counter works for: a reader reads real people, so none of the sandbox.
 * @throws Refusal `partner-not-found`, `counter-of-sandbox`, `purpose-not-agreed`
 */
async function requireCounterPartner(partners: CheckpointDeps['partners'], counter: Counter): Promise<void> {
  const partner = await partners.find(counter.partner);
  if (partner === undefined) throw new Refusal('partner-not-found');
  if (partner.sandbox) throw new Refusal('counter-of-sandbox');
  requirePurpose(partner, findEntitlement(counter.entitlement)?.purpose ?? '');
}

function parsePolicy(value: unknown): CheckpointPolicy {
  try {
    return parseCheckpointPolicy(value);
  } catch (cause) {
    if (cause instanceof DocumentError)
      throw new Refusal('checkpoint-policy-invalid', { detail: cause.message.slice(0, 120), cause });
    throw cause;
  }
}

function answerOf(checkpoint: Checkpoint) {
  return {
    id: checkpoint.id,
    number: encodeBase64url(checkpoint.number),
    name_zh: checkpoint.nameZh,
    name_en: checkpoint.nameEn,
    policy: checkpoint.policy,
    counter: checkpoint.counter ?? null,
  };
}
