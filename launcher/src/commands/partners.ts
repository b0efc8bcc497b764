import { readFileSync } from 'node:fs';
import { type Command, need, option, readJsonFile, table, WrongCall } from './command.js';
import { saveBundle } from './save-bundle.js';

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

export const partnerBundle: Command = {
  usage: 'partner bundle ID [--out FILE]',
  valued: ['out'],
  run: (context) => saveBundle(context, 'partners'),
};

export const partnerCertificate: Command = {
  usage: 'partner certificate ID FILE',
  async run(context) {
    const [id, file] = [need(context, 0, 'ID'), need(context, 1, 'FILE')];
    const registered = await context.client.call<{ id: string; not_after: string }>(
      'verifier',
      `/v1/partners/${encodeURIComponent(id)}/certificates`,
      { method: 'POST', body: { pem: readFileSync(file, 'utf8') } },
    );
    return { data: registered, text: `${id} may show ${registered.id}, until ${registered.not_after}` };
  },
};

interface Event {
  id: string;
  kind: string;
  at: string;
  state: string;
  attempts: number;
  last_code: string | null;
}

export const partnerEvents: Command = {
  usage: 'partner events ID [--retry EVENT]',
  valued: ['retry'],
  async run(context) {
    const path = `/v1/partners/${encodeURIComponent(need(context, 0, 'ID'))}/events`;
    const retry = option(context, 'retry');
    if (retry !== undefined) {
      await context.client.call('verifier', `${path}/${encodeURIComponent(retry)}/retry`, { method: 'POST' });
      return { data: { id: retry, state: 'waiting' }, text: `${retry} is tried again at once` };
    }
    const answer = await context.client.call<{ events: Event[] }>('verifier', path);
    const rows = answer.events.map((one) => [
      ...[one.id, one.kind, one.at, one.state, String(one.attempts), one.last_code ?? ''],
    ]);
    return { data: answer, text: table([['id', 'kind', 'at', 'state', 'tried', 'last'], ...rows]) };
  },
};
