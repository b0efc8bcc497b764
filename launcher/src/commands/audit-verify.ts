import type { ServiceName } from '../installation/read-installation.js';
import { type Command, table } from './command.js';

interface Check {
  ok: boolean;
  rows: number;
  unsealed: number;
  erased: number;
  heads: number;
  broken?: { sequence: number; fault: string };
}

export const auditVerify: Command = {
  usage: 'audit verify',
  async run(context) {
    const services: ServiceName[] = ['issuer', 'verifier', 'idp', 'campus'];
    const checks = await Promise.all(
      services.map(async (service) => ({
        service,
        ...(await context.client.call<Check>(service, '/v1/audit/verification')),
      })),
    );
    const rows = checks.map((c) => [
      c.service,
      c.ok ? 'whole' : `broken at ${c.broken?.sequence} (${c.broken?.fault})`,
      String(c.rows),
      String(c.unsealed),
      String(c.heads),
    ]);
    const ok = checks.every((check) => check.ok);
    return {
      data: { ok, services: checks },
      text: table([['service', 'chain', 'rows', 'not yet sealed', 'signed heads'], ...rows]),
      failed: !ok,
    };
  },
};
