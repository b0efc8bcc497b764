import { type Command, need, option, table, WrongCall } from './command.js';

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
