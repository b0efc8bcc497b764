import { type Command, need, table } from './command.js';

interface Modules {
  modules: { id: string; title: { zh: string; en: string }; elsewhere: string | null }[];
}
const rowsOf = ({ modules }: Modules) =>
  table([
    ['module', 'title', 'run'],
    ...modules.map(({ id, title, elsewhere }) => [id, `${title.zh} ${title.en}`, elsewhere ?? 'here']),
  ]);

export const moduleList: Command = {
  usage: 'module list',
  async run(context) {
    const answer = await context.client.call<Modules>('campus', '/v1/modules');
    return { data: answer, text: rowsOf(answer) };
  },
};

/** Says that another system runs a module, or that this installation does again. */
export const moduleRun: Command = {
  usage: 'module run MODULE URL|here',
  async run(context) {
    const module = need(context, 0, 'MODULE');
    const where = need(context, 1, 'URL or here');
    const url = where === 'here' ? null : where;
    const path = `/v1/modules/${encodeURIComponent(module)}`;
    const data = await context.client.call('campus', path, { method: 'PUT', body: { url } });
    return { data, text: `${module}: ${url ?? 'run here'}.` };
  },
};
