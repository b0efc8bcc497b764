import { CommandRefusal } from '../client/call-service.js';
import { type Command, type CommandContext, need, table, WrongCall } from './command.js';
import { type BulkRun, followRun, runText } from './follow-run.js';
import { readFile } from './life.js';

interface ImportAnswer {
  id: string;
  state: string;
  rows: number;
  importable: number;
  rejected: number;
  run_id?: number;
  findings: { line: number; verdict: string; code: string; same_as_line?: number }[];
  difference: { new: number; changed: number; unchanged: number; absent: number };
}

export const rosterImport: Command = {
  usage: 'roster import FILE [--dry-run] [--all-or-nothing]',
  switches: ['dry-run', 'all-or-nothing'],
  async run(context) {
    const bytes = readFile(need(context, 0, 'FILE'));
    const dryRun = context.options['dry-run'] === true;
    const query = new URLSearchParams({
      dry_run: String(dryRun),
      all_or_nothing: String(context.options['all-or-nothing'] === true),
      respond: 'async',
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
    const run = answer.run_id === undefined ? undefined : await followRun(context, answer.run_id);
    const state = run?.state ?? answer.state;
    return {
      data: { ...answer, state, ...(run === undefined ? {} : { run }) },
      text: [
        `${answer.rows} rows, ${answer.importable} importable, ${answer.rejected} rejected; new ${d.new}, changed ${d.changed}, unchanged ${d.unchanged}. ${dryRun ? 'Dry run: nothing was changed.' : `State: ${state}.`}`,
        ...(run === undefined ? [] : [runText(run)]),
        ...(lines.length > 0 ? [table([['line', 'verdict', 'code'], ...lines])] : []),
      ].join('\n'),
    };
  },
};

interface UndoAnswer {
  id: number | null;
  withdrawn: number;
  restored: number;
  kept: number;
  kept_students: { line: number; student_number: string; code: string }[];
  plan: string;
}

export const rosterUndo: Command = {
  usage: 'roster undo IMPORT [--dry-run]',
  switches: ['dry-run'],
  async run(context) {
    const path = `/v1/roster-imports/${encodeURIComponent(need(context, 0, 'IMPORT'))}/undo`;
    const plan = await context.client.call<UndoAnswer>('issuer', `${path}?dry_run=true`, { body: {} });
    const kept = plan.kept_students.map((row) => [String(row.line), row.student_number, row.code]);
    const shown = [
      `${plan.withdrawn} withdrawn, ${plan.restored} restored, ${plan.kept} kept.`,
      ...(kept.length === 0 ? [] : [table([['line', 'student', 'kept because'], ...kept])]),
    ];
    if (context.options['dry-run'] === true)
      return { data: plan, text: [...shown, 'Dry run: nothing was changed.'].join('\n') };
    context.say(shown.join('\n'));
    const made = await context.client.call<UndoAnswer>('issuer', path, { body: { plan: plan.plan } });
    if (made.id === null) throw new WrongCall('the issuer answered no run');
    const run = await followRun(context, made.id);
    return { data: { ...made, run }, text: [...shown, runText(run)].join('\n') };
  },
};

interface BatchAnswer {
  id: number;
  accepted: number;
  refused: number;
  findings: { line: number; code: string }[];
}

export const portraitsImport: Command = {
  usage: 'portraits import FILE.zip',
  async run(context) {
    const answer = await context.client.call<BatchAnswer>('issuer', '/v1/portrait-batches', {
      ...{ bytes: readFile(need(context, 0, 'FILE.zip')), type: 'application/zip', timeoutMs: 600_000 },
    });
    const run = await followRun(context, answer.id);
    const rows = [
      ...answer.findings.map((one) => [`file ${one.line}`, one.code]),
      ...(await refusedRows(context, run)).map((one) => [one.student_number, one.code]),
    ];
    return {
      data: { ...answer, run },
      text: [
        `${answer.accepted} pictures taken, ${answer.refused} files not; they await review.`,
        runText(run),
        ...(rows.length === 0 ? [] : [table([['file or student', 'code'], ...rows])]),
      ].join('\n'),
    };
  },
};

async function refusedRows(context: CommandContext, run: BulkRun): Promise<{ student_number: string; code: string }[]> {
  if (run.refused === 0) return [];
  const page = await context.client.call<{ rows: { student_number: string; code: string }[] }>(
    'issuer',
    `/v1/bulk-runs/${run.id}/refused`,
  );
  return page.rows;
}
