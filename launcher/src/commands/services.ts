import type { OperatorClient } from '../client/call-service.js';
import { type Command, need, readJsonFile, table } from './command.js';

interface Version {
  id: string;
  version: number;
}

/** Imports a service and, unless told otherwise, publishes it where the tests in its file pass. */
export async function importService(client: OperatorClient, definition: unknown, publish = true): Promise<Version> {
  const version = await client.call<Version>('campus', '/v1/service-definitions', { body: definition });
  const path = `/v1/service-definitions/${encodeURIComponent(version.id)}/${version.version}/publish`;
  if (publish) await client.call('campus', path, { method: 'POST' });
  return version;
}

export const serviceImport: Command = {
  usage: 'service import FILE [--no-publish]',
  switches: ['no-publish'],
  async run(context) {
    const publish = context.options['no-publish'] !== true;
    const { id, version } = await importService(context.client, readJsonFile(need(context, 0, 'FILE')), publish);
    return {
      data: { id, version, published: publish },
      text: `${id} ${version}: ${publish ? 'tests passed, published' : 'imported'}.`,
    };
  },
};

export const serviceList: Command = {
  usage: 'service list',
  async run(context) {
    const answer = await context.client.call<{ definitions: (Version & { published_at: string | null })[] }>(
      'campus',
      '/v1/service-definitions',
    );
    const rows = answer.definitions.map((one) => [one.id, String(one.version), one.published_at ?? 'not published']);
    return { data: answer, text: table([['service', 'version', 'published'], ...rows]) };
  },
};
