import { type Command, need, option, table, WrongCall } from './command.js';
import { saveBundle } from './save-bundle.js';

export const checkpointList: Command = {
  usage: 'checkpoint list',
  async run(context) {
    const answer = await context.client.call<{ checkpoints: { id: string; name_zh: string; name_en: string }[] }>(
      'verifier',
      '/v1/checkpoints',
    );
    return {
      data: answer,
      text: table([['id', 'name', ''], ...answer.checkpoints.map((c) => [c.id, c.name_zh, c.name_en])]),
    };
  },
};

/** A counter of a partner's discount, or a checkpoint like others again. */
export const checkpointCounter: Command = {
  usage: 'checkpoint counter CHECKPOINT PARTNER [--entitlement ID]   (PARTNER off ends it)',
  valued: ['entitlement'],
  async run(context) {
    const id = need(context, 0, 'CHECKPOINT');
    const partner = need(context, 1, 'PARTNER');
    const path = `/v1/checkpoints/${encodeURIComponent(id)}/counter`;
    if (partner === 'off')
      return { data: await context.client.call('verifier', path, { method: 'DELETE' }), text: `${id} is no counter` };
    const entitlement = option(context, 'entitlement') ?? 'rail-student-discount';
    const data = await context.client.call('verifier', path, { method: 'PUT', body: { partner, entitlement } });
    return { data, text: `${id} is a counter of ${partner}: ${entitlement}` };
  },
};

export const agentEnrol: Command = {
  usage: 'agent enrol CHECKPOINT',
  async run(context) {
    const id = encodeURIComponent(need(context, 0, 'CHECKPOINT'));
    const answer = await context.client.call<{ code: string; expires_at: string }>(
      'verifier',
      `/v1/checkpoints/${id}/enrolments`,
      { method: 'POST', body: {} },
    );
    return { data: answer, text: `enrolment code ${answer.code}, once, until ${answer.expires_at}` };
  },
};

interface FleetEntry {
  id: string;
  checkpoint_id: string;
  health: string;
  reasons: string[];
  version: string | null;
  last_seen_at: string | null;
  package_age_seconds: number | null;
  journal_waiting: number | null;
}

export const agentList: Command = {
  usage: 'agent list [--attention] [--checkpoint ID]',
  valued: ['checkpoint'],
  switches: ['attention'],
  async run(context) {
    const checkpoint = option(context, 'checkpoint');
    const agents: FleetEntry[] = [];
    let counts: Record<string, number> = {};
    for (let after: string | null = ''; after !== null; ) {
      const query = new URLSearchParams({
        ...{ after, limit: '500', attention: context.options['attention'] === true ? '1' : '0' },
        ...(checkpoint === undefined ? {} : { checkpoint }),
      });
      const page: { counts: Record<string, number>; agents: FleetEntry[]; next: string | null } =
        await context.client.call('verifier', `/v1/fleet?${query}`);
      agents.push(...page.agents);
      ({ counts, next: after } = page);
    }
    const rows = agents.map((agent) => [
      ...[agent.id, agent.checkpoint_id, agent.health, agent.version ?? '-', agent.last_seen_at ?? '-'],
      ...[String(agent.package_age_seconds ?? '-'), String(agent.journal_waiting ?? '-'), agent.reasons.join(' ')],
    ]);
    const head = ['id', 'checkpoint', 'health', 'version', 'last seen', 'package age s', 'journal', 'why'];
    return { data: { counts, agents }, text: table([head, ...rows]) };
  },
};

export const agentBundle: Command = {
  usage: 'agent bundle ID [--out FILE]',
  valued: ['out'],
  run: (context) => saveBundle(context, 'agents'),
};

export const gateDecide: Command = {
  usage: 'gate decide CODE --checkpoint ID',
  valued: ['checkpoint'],
  async run(context) {
    const code = need(context, 0, 'CODE');
    const checkpoint = option(context, 'checkpoint');
    if (checkpoint === undefined) throw new WrongCall('--checkpoint is missing');
    const answer = await context.client.call<{ verdict: string; reason?: string }>('verifier', '/v1/verifications', {
      body: { code, checkpoint },
    });
    return {
      data: answer,
      text: `${answer.verdict}${answer.reason ? ` (${answer.reason})` : ''}`,
      failed: answer.verdict !== 'accepted',
    };
  },
};

export const gateWithdraw: Command = {
  usage: 'gate withdraw ID',
  async run(context) {
    const id = encodeURIComponent(need(context, 0, 'ID'));
    const answer = await context.client.call<{ agent_id: string }>('verifier', `/v1/agents/${id}/withdraw`, {
      method: 'POST',
      body: {},
    });
    return { data: answer, text: `agent ${answer.agent_id} is withdrawn: its key is refused from now on` };
  },
};
