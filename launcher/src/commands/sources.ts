import { CommandRefusal } from '../client/call-service.js';
import { type Command, type CommandContext, need, readJsonFile, table, WrongCall } from './command.js';

/** A source that answers checks of cases. */
interface Source {
  id: string;
  withdrawn: boolean;
  open: number;
}
/** A source that says where students live. */
interface ResidenceSource {
  id: string;
  withdrawn: boolean;
  watermark: string | null;
  taken_at: string | null;
  unknown: number;
  buildings: { building: string; source: number; register: number }[] | null;
}
const pathOf = (id: string) => `/v1/sources/${encodeURIComponent(id)}`;

/**
 * The file holds `{"id": "library", "jwk": {…}}`, the public half of the key alone; with `"residences": true` the source
 * also says where students live.
 */
export const sourceAdd: Command = {
  usage: 'source add FILE',
  async run(context) {
    const { id, residences, ...registration } = readJsonFile(need(context, 0, 'FILE')) as Record<string, unknown>;
    if (typeof id !== 'string') throw new WrongCall('the file names no id');
    if (residences !== undefined && typeof residences !== 'boolean') throw new WrongCall('residences is true or false');
    const put = { method: 'PUT', body: registration };
    const source = await context.client.call<{ id: string }>('campus', pathOf(id), put);
    if (residences === true) await context.client.call('issuer', pathOf(id), put);
    const also = residences === true ? ', and say where students live' : '';
    return { data: source, text: `${source.id} may read and answer its own checks${also}` };
  },
};

export const sourceList: Command = {
  usage: 'source list',
  async run(context) {
    const { sources } = await context.client.call<{ sources: Source[] }>('campus', '/v1/sources');
    const residences = await context.client.call<{ sources: ResidenceSource[] }>('issuer', '/v1/sources');
    const rows = sources.map((one) => [one.id, String(one.open), one.withdrawn ? 'withdrawn' : 'in use']);
    const lines = residences.sources.flatMap((one) => [
      `${one.id} has said where students live up to ${one.watermark ?? 'nothing yet'}; ${one.unknown} unknown numbers`,
      ...(one.buildings ?? []).map(
        (at) => `  ${at.building}: ${at.source} by ${one.id}, ${at.register} in the register`,
      ),
    ]);
    return {
      data: { sources, residences: residences.sources },
      text: [table([['source', 'open checks', 'key'], ...rows]), ...lines].join('\n'),
    };
  },
};

/** Ends the key at both services; at one of them it may never have been. */
export const sourceWithdraw: Command = {
  usage: 'source withdraw ID',
  async run(context) {
    const id = need(context, 0, 'ID');
    const ended = [await withdrawAt(context, 'campus', id), await withdrawAt(context, 'issuer', id)];
    const refusal = ended.find((one) => one !== undefined);
    if (refusal !== undefined && ended.every((one) => one !== undefined)) throw refusal;
    return { data: { id, withdrawn: true }, text: `${id} is withdrawn; its key is dead` };
  },
};

async function withdrawAt(
  { client }: CommandContext,
  service: 'campus' | 'issuer',
  id: string,
): Promise<CommandRefusal | undefined> {
  try {
    await client.call(service, `${pathOf(id)}/withdraw`, { method: 'POST' });
    return undefined;
  } catch (error) {
    if (error instanceof CommandRefusal && error.code === 'source-not-found') return error;
    throw error;
  }
}

/** Who lives in a building is known to doors by this class; 0 takes it away. */
export const buildingClass: Command = {
  usage: 'building class NAME N',
  async run(context) {
    const building = need(context, 0, 'NAME');
    const policy_class = Number(need(context, 1, 'N'));
    if (!Number.isInteger(policy_class)) throw new WrongCall('N is a policy class, 0 to 255');
    const answer = await context.client.call<{ changed: number }>('issuer', '/v1/building-classes', {
      method: 'PUT',
      body: { building, policy_class },
    });
    return { data: answer, text: `${answer.changed} residents of ${building} have class ${policy_class}` };
  },
};
