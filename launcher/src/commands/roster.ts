import { readFileSync } from 'node:fs';
import { CommandRefusal } from '../client/call-service.js';
import { type Command, need, table, WrongCall } from './command.js';

interface ImportAnswer {
  id: string;
  state: string;
  rows: number;
  importable: number;
  rejected: number;
  findings: { line: number; verdict: string; code: string; same_as_line?: number }[];
  difference: { new: number; changed: number; unchanged: number; absent: number };
}

export const rosterImport: Command = {
  usage: 'roster import FILE [--dry-run] [--all-or-nothing]',
  switches: ['dry-run', 'all-or-nothing'],
  async run(context) {
    const path = need(context, 0, 'FILE');
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch {
      throw new WrongCall(`${path} cannot be read`);
    }
    const dryRun = context.options['dry-run'] === true;
    const query = new URLSearchParams({
      dry_run: String(dryRun),
      all_or_nothing: String(context.options['all-or-nothing'] === true),
    });
    const answer = await context.client.call<ImportAnswer>('issuer', `/v1/roster-imports?${query}`, {
      bytes,
      type: 'text/csv',
      timeoutMs: 600_000,
    });
    if (answer.state === 'waiting-for-second-person') {
      throw new CommandRefusal(
        'waiting-for-second-person',
        'This import changes many students: a second person has to approve it.',
        answer,
      );
    }
    const lines = answer.findings.map((finding) => [String(finding.line), finding.verdict, finding.code]);
    const d = answer.difference;
    return {
      data: answer,
      text: [
        `${answer.rows} rows, ${answer.importable} importable, ${answer.rejected} rejected; new ${d.new}, changed ${d.changed}, unchanged ${d.unchanged}. ${dryRun ? 'Dry run: nothing was changed.' : `State: ${answer.state}.`}`,
        ...(lines.length > 0 ? [table([['line', 'verdict', 'code'], ...lines])] : []),
      ].join('\n'),
    };
  },
};
