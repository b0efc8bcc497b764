import { prepareDatabases } from '../installation/prepare-databases.js';
import { type Command, WrongCall } from './command.js';

export const dbPrepare: Command = {
  usage: 'db prepare   (with DATABASE_URL)',
  async run(context) {
    const url = context.environment['DATABASE_URL'];
    if (url === undefined) throw new WrongCall('DATABASE_URL is missing; the embedded PostgreSQL is prepared by "up"');
    const prepared = await prepareDatabases(url, context.environment);
    return {
      data: { prepared: Object.keys(prepared) },
      text: `schemas, roles and migrations are there: ${Object.keys(prepared).join(', ')}`,
    };
  },
};
