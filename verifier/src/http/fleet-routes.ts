import { type Authenticate, actorOf, type Clock, createRoutes, Refusal } from '@lanyard/platform';
import { type AgentSettings, DocumentError, parseAgentSettings } from '@lanyard/protocol';
import { z } from 'zod';
import { type AgentHealth, HEALTHS, healthOf } from '../domain/fleet/agent-health.js';
import { zAgentReport } from '../domain/fleet/agent-report.js';
import type { AgentStore } from '../storage/agent-store.js';
import type { CertificateStore } from '../storage/certificate-store.js';
import type { FleetAgent, FleetStore } from '../storage/fleet-store.js';
import type { ScopeSettings, SettingsStore } from '../storage/settings-store.js';

export interface FleetDeps {
  authenticate: Authenticate;
  agents: AgentStore;
  fleet: FleetStore;
  settings: SettingsStore;
  certificates: CertificateStore;
  clock: Clock;
  /** Packages carry changed settings at once. */
  onChange: () => void;
}

const staff = ['operator', 'service:admin'] as const;
const HISTORY = 50;
const zAgentId = z.object({ id: z.string().regex(/^[a-z0-9-]{1,64}$/) });
const zScope = z.string().regex(/^(fleet|(checkpoint|agent):[a-z0-9-]{1,64})$/);
const zPage = z.object({
  /** `checkpoint/agent` of the last one seen. */
  after: z.string().max(130).default(''),
  limit: z.coerce.number().int().min(1).max(500).default(200),
  checkpoint: z.string().max(64).optional(),
  attention: z.enum(['0', '1']).default('0'),
});
const zSettings = z.strictObject({
  scope: zScope,
  settings: z.record(z.string().max(40), z.unknown()),
  seen_revision: z.number().int().min(0),
});

/** Reports of agents, what staff see of the fleet, and settings from afar. */
export function createFleetRoutes(deps: FleetDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  const health = async (agent: FleetAgent): Promise<AgentHealth> => {
    const merged = await deps.settings.mergedFor(agent);
    return healthOf(
      { lastSeenMs: agent.lastSeenAt?.getTime(), report: agent.report },
      { nowMs: deps.clock.nowMs(), wantedVersion: merged?.settings.wanted_version, settings: merged },
    );
  };
  route(
    {
      method: 'post',
      path: '/v1/agent-reports',
      callers: ['agent'],
      body: zAgentReport,
      maxBodyBytes: 8_192,
      summary: 'How an agent is; takes the place of its report before',
    },
    async ({ body, caller }) => {
      const agent = caller.kind === 'agent' ? await deps.agents.find(caller.id) : undefined;
      if (agent === undefined || agent.withdrawnAt !== null) throw new Refusal('agent-withdrawn');
      const merged = await deps.settings.mergedFor(agent);
      const derived = healthOf(
        { lastSeenMs: deps.clock.nowMs(), report: body },
        { nowMs: deps.clock.nowMs(), wantedVersion: merged?.settings.wanted_version, settings: merged },
      );
      await deps.fleet.take(agent.id, body, derived);
      return { status: 204 };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/fleet',
      callers: staff,
      query: zPage,
      summary: 'Agents in service by checkpoint, each with its health; how many there are of each',
    },
    async ({ query }) => {
      const counts: Record<string, number> = Object.fromEntries(HEALTHS.map((one) => [one, 0]));
      const found = [];
      // Health is derived from the time, so no index could find who needs attention.
      for (const agent of await deps.fleet.inService()) {
        const derived = await health(agent);
        counts[derived.health] = (counts[derived.health] ?? 0) + 1;
        if (query.attention === '1' && derived.health === 'ok') continue;
        if (query.checkpoint !== undefined && agent.checkpointId !== query.checkpoint) continue;
        if (keyOf(agent) > query.after) found.push({ agent, derived });
      }
      const page = found.slice(0, query.limit);
      const last = page.at(-1);
      return {
        body: {
          counts,
          agents: page.map(({ agent, derived }) => agentAnswer(agent, derived)),
          next: found.length > page.length && last !== undefined ? keyOf(last.agent) : null,
        },
      };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/fleet/:id',
      callers: staff,
      params: zAgentId,
      summary: 'One agent: its last report, how its health changed, its certificate, its settings',
    },
    async ({ params }) => {
      const agent = await deps.fleet.find(params.id);
      if (agent === undefined) throw new Refusal('agent-not-found');
      const [derived, history, ends, merged] = await Promise.all([
        health(agent),
        deps.fleet.history(agent.id, HISTORY),
        deps.certificates.newestEnds([agent.id]),
        deps.settings.mergedFor(agent),
      ]);
      return {
        body: {
          ...agentAnswer(agent, derived),
          report: agent.report ?? null,
          certificate_until: ends.get(agent.id)?.toISOString() ?? null,
          history: history.map((change) => ({ ...change, at: change.at.toISOString() })),
          settings: { revision: merged?.revision ?? 0, merged: merged?.settings ?? {} },
        },
      };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/agent-settings',
      callers: staff,
      query: z.object({ scope: zScope }),
      summary: 'What a scope sets of its agents',
    },
    async ({ query }) => ({ body: settingsAnswer(query.scope, await deps.settings.find(query.scope)) }),
  );
  route(
    {
      method: 'post',
      path: '/v1/agent-settings',
      callers: staff,
      body: zSettings,
      maxBodyBytes: 8_192,
      summary: 'Sets what agents of a scope apply from their next package on',
    },
    async ({ body, caller }) => {
      const set = await deps.settings.set({
        ...{ scope: body.scope, settings: parse(body.settings), seen: body.seen_revision, actor: actorOf(caller) },
      });
      deps.onChange();
      return { status: 201, body: settingsAnswer(set.scope, set) };
    },
  );
  return router;
}

const keyOf = ({ checkpointId, id }: FleetAgent): string => `${checkpointId}/${id}`;

/** @throws Refusal `agent-settings-invalid` */
function parse(value: unknown): AgentSettings {
  try {
    return parseAgentSettings(value);
  } catch (cause) {
    if (cause instanceof DocumentError)
      throw new Refusal('agent-settings-invalid', { detail: cause.message.slice(0, 120), cause });
    throw cause;
  }
}

function agentAnswer(agent: FleetAgent, { health, reasons }: AgentHealth) {
  const { report } = agent;
  return {
    ...{ id: agent.id, checkpoint_id: agent.checkpointId, name: agent.name, health, reasons },
    enrolled_at: agent.enrolledAt.toISOString(),
    withdrawn_at: agent.withdrawnAt?.toISOString() ?? null,
    last_seen_at: agent.lastSeenAt?.toISOString() ?? null,
    reported_at: agent.reportedAt?.toISOString() ?? null,
    version: report?.version ?? null,
    package_sequence: report?.package.sequence ?? agent.packageSequence,
    package_age_seconds: report?.package.age_seconds ?? null,
    journal_waiting: report?.journal.waiting ?? null,
    journal_oldest_seconds: report?.journal.oldest_seconds ?? null,
    clock: report === undefined ? null : report.clock,
    readers: report?.readers?.state ?? null,
    settings_revision: report?.settings.revision ?? null,
  };
}

function settingsAnswer(scope: string, found: ScopeSettings | undefined) {
  return {
    scope,
    revision: found?.revision ?? 0,
    settings: found?.settings ?? {},
    set_by: found?.setBy ?? null,
    at: found?.at.toISOString() ?? null,
  };
}
