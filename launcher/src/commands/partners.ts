import { type Command, need, readJsonFile, table, WrongCall } from './command.js';

interface Partner {
  id: string;
  name_zh: string;
  purposes: string[];
  claims: string[];
  checks_per_day: number;
  sandbox: boolean;
  withdrawn?: boolean;
}

export const partnerAdd: Command = {
  usage: 'partner add FILE',
  async run(context) {
    const { id, ...registration } = readJsonFile(need(context, 0, 'FILE')) as { id?: unknown };
    if (typeof id !== 'string') throw new WrongCall('the file names no id');
    const partner = await context.client.call<Partner>('verifier', `/v1/partners/${encodeURIComponent(id)}`, {
      method: 'PUT',
      body: registration,
    });
    const where = partner.sandbox ? 'sandbox: fixed people only' : 'real students';
    const learns = partner.claims.length === 0 ? 'yes or no' : `yes or no, and ${partner.claims.join(', ')}`;
    return { data: partner, text: `${partner.id}  ${partner.purposes.join(', ')}  (${where}), learns ${learns}` };
  },
};

export const partnerList: Command = {
  usage: 'partner list',
  async run(context) {
    const answer = await context.client.call<{ partners: Partner[] }>('verifier', '/v1/partners');
    return {
      data: answer,
      text: table([
        ['id', 'name', 'purposes', 'a day', 'state'],
        ...answer.partners.map((one) => [
          ...[one.id, one.name_zh, one.purposes.join(' '), String(one.checks_per_day)],
          one.withdrawn ? 'withdrawn' : one.sandbox ? 'sandbox' : 'real',
        ]),
      ]),
    };
  },
};

export const partnerWithdraw: Command = {
  usage: 'partner withdraw ID',
  async run(context) {
    const id = need(context, 0, 'ID');
    await context.client.call('verifier', `/v1/partners/${encodeURIComponent(id)}/withdraw`, { method: 'POST' });
    return { data: { id, withdrawn: true }, text: `${id} is withdrawn; its tokens are dead` };
  },
};
