import { readFileSync } from 'node:fs';
import { type Command, need } from './command.js';

interface StaffImport {
  rows: number;
  people: number;
  rejected: number;
  findings: { line: number; code: string }[];
  difference: { added: number; changed: number; unchanged: number; closed: number };
  dry_run: boolean;
}

export const staffImport: Command = {
  usage: 'staff import FILE [--dry-run]',
  switches: ['dry-run'],
  async run(context) {
    const dryRun = context.options['dry-run'] === true;
    const answer = await context.client.call<StaffImport>('idp', `/v1/staff-imports?dry_run=${dryRun}`, {
      bytes: readFileSync(need(context, 0, 'FILE')),
      type: 'text/csv',
    });
    const { added, changed, unchanged, closed } = answer.difference;
    return {
      data: answer,
      text: [
        `${answer.people} people in ${answer.rows} rows: ${added} added, ${changed} changed, ${unchanged} unchanged, ${closed} closed`,
        ...answer.findings.map((finding) => `  line ${finding.line}: ${finding.code}`),
      ].join('\n'),
    };
  },
};
