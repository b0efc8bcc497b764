import { type Command, need, readJsonFile, table, WrongCall } from './command.js';

interface Source {
  id: string;
  withdrawn: boolean;
  open: number;
}

/** The file holds `{"id": "library", "jwk": {…}}`, the public half of the key alone. */
export const sourceAdd: Command = {
  usage: 'source add FILE',
  async run(context) {
    const { id, ...registration } = readJsonFile(need(context, 0, 'FILE')) as { id?: unknown };
    if (typeof id !== 'string') throw new WrongCall('the file names no id');
    const path = `/v1/sources/${encodeURIComponent(id)}`;
    const source = await context.client.call<{ id: string }>('campus', path, { method: 'PUT', body: registration });
    return { data: source, text: `${source.id} may read and answer its own checks` };
  },
};

export const sourceList: Command = {
  usage: 'source list',
  async run(context) {
    const answer = await context.client.call<{ sources: Source[] }>('campus', '/v1/sources');
    const rows = answer.sources.map((one) => [one.id, String(one.open), one.withdrawn ? 'withdrawn' : 'in use']);
    return { data: answer, text: table([['source', 'open checks', 'key'], ...rows]) };
  },
};

export const sourceWithdraw: Command = {
  usage: 'source withdraw ID',
  async run(context) {
    const id = need(context, 0, 'ID');
    await context.client.call('campus', `/v1/sources/${encodeURIComponent(id)}/withdraw`, { method: 'POST' });
    return { data: { id, withdrawn: true }, text: `${id} is withdrawn; its key is dead` };
  },
};
