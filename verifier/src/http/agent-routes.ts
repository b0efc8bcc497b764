import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { type CheckedP256Jwk, encodeBase64url, JwkError, parseP256Jwk, type SignerKey } from '@lanyard/protocol';
import { z } from 'zod';
import type { Agent, AgentStore } from '../storage/agent-store.js';
import type { CheckpointStore } from '../storage/checkpoint-store.js';
import { type CertificateDeps, certifyAgent } from './certificate-routes.js';
import { requireCheckpoint } from './checkpoint-routes.js';
import { zCertificateRequest } from './make-bundle.js';

export interface AgentDeps extends Pick<CertificateDeps, 'authority' | 'certificates' | 'tlsPort'> {
  authenticate: Authenticate;
  agents: AgentStore;
  checkpoints: CheckpointStore;
  universityCode: string;
  checkpointSigners: () => readonly SignerKey[];
  /** Undefined before the issuer was ever reached. */
  peopleSigners: () => readonly SignerKey[] | undefined;
  /** Ends the long polls of agents, so that a withdrawn one notices. */
  onChange: () => void;
  /** Peers of its zone hear of a new agent with their next package; nobody is woken for it. */
  onEnrolled: () => void;
}

const staff = ['operator', 'service:admin'] as const;
const zEnrolment = z.strictObject({
  code: z.string().min(1).max(40),
  public_jwk: z.record(z.string().max(32), z.unknown()),
  name: z.string().trim().min(1).max(64).optional(),
  /** For a client certificate (PKCS#10), where agents have a listener of their own. */
  tls_request: zCertificateRequest.optional(),
});
const zAgentId = z.object({ id: z.string().regex(/^[a-z0-9-]{1,64}$/) });
const zPage = z.object({
  after: z.string().max(64).default(''),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

/** Enrolment of agents by one-time code, what staff see of them, withdrawal. */
export function createAgentRoutes(deps: AgentDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/agent-enrolments',
      callers: ['open', 'operator', 'service:admin', 'agent'],
      body: zEnrolment,
      maxBodyBytes: 4_096,
      summary: 'Enrols an agent with a one-time code',
    },
    async ({ body }) => {
      const key = parseKey(body.public_jwk);
      const peopleSigners = deps.peopleSigners();
      // Before the code is used up: without the issuer's signers there is nothing an agent could pin.
      if (peopleSigners === undefined) throw new Refusal('people-part-unavailable');
      const agent = await deps.agents.enrol({ code: body.code, key, name: body.name });
      deps.onEnrolled();
      const checkpoint = await requireCheckpoint(deps.checkpoints, agent.checkpointId);
      const actor = `agent:${agent.id}`;
      const wanted = deps.tlsPort === undefined ? undefined : body.tls_request;
      const tls = wanted === undefined ? null : await certifyAgent(deps, { id: agent.id, actor }, wanted);
      return {
        status: 201,
        headers: { 'Cache-Control': 'no-store' },
        body: {
          agent_id: agent.id,
          checkpoint_id: checkpoint.id,
          checkpoint_number: encodeBase64url(checkpoint.number),
          university_code: deps.universityCode,
          checkpoint_signers: deps.checkpointSigners().map(signerAnswer),
          people_signers: peopleSigners.map(signerAnswer),
          tls,
        },
      };
    },
  );
  route(
    { method: 'get', path: '/v1/agents', callers: staff, query: zPage, summary: 'Agents by id' },
    async ({ query }) => {
      const agents = await deps.agents.list(query.after, query.limit);
      const next = agents.length === query.limit ? agents.at(-1)?.id : null;
      return { body: { agents: agents.map(agentAnswer), next } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/agents/:id/withdraw',
      callers: staff,
      params: zAgentId,
      summary: 'Ends the credential of an agent',
    },
    async ({ params, caller }) => {
      const agent = await deps.agents.withdraw(params.id, actorOf(caller));
      if (agent === undefined) throw new Refusal('agent-not-found');
      deps.onChange();
      return { body: agentAnswer(agent) };
    },
  );
  return router;
}

function parseKey(jwk: unknown): CheckedP256Jwk {
  try {
    return parseP256Jwk(jwk);
  } catch (cause) {
    if (cause instanceof JwkError) throw new Refusal('agent-key-invalid', { detail: cause.code, cause });
    throw cause;
  }
}

function signerAnswer({ kid, key }: SignerKey) {
  return { kid: encodeBase64url(kid), key: encodeBase64url(key) };
}

function agentAnswer(agent: Agent) {
  return {
    id: agent.id,
    checkpoint_id: agent.checkpointId,
    name: agent.name,
    enrolled_at: agent.enrolledAt.toISOString(),
    withdrawn_at: agent.withdrawnAt?.toISOString() ?? null,
    last_contact_at: agent.lastContactAt?.toISOString() ?? null,
    package_sequence: agent.packageSequence,
    journal_sequence: agent.journalSequence,
  };
}
