import { type Command, need, readJsonFile } from './command.js';

interface Messenger {
  name: string;
  url: string;
  recipient: string;
  purpose: string | null;
}
const told = ({ name, url, recipient, purpose }: Messenger): string =>
  `${name}: ${url}, people by ${recipient}${purpose === null ? '' : ` (${purpose})`}`;

/** The file holds `{"name", "url", "secret": "whsec_…", "recipient": "pairwise"}`; its secret is never answered again. */
export const messengerSet: Command = {
  usage: 'messenger set FILE',
  async run(context) {
    const body = readJsonFile(need(context, 0, 'FILE'));
    const answer = await context.client.call<Messenger>('campus', '/v1/messenger', { method: 'PUT', body });
    return { data: answer, text: told(answer) };
  },
};

export const messengerShow: Command = {
  usage: 'messenger show',
  async run(context) {
    const answer = await context.client.call<Messenger>('campus', '/v1/messenger');
    return { data: answer, text: told(answer) };
  },
};

export const messengerRemove: Command = {
  usage: 'messenger remove',
  async run(context) {
    await context.client.call('campus', '/v1/messenger', { method: 'DELETE' });
    return { data: { removed: true }, text: 'nothing is sent to a messenger any more' };
  },
};
