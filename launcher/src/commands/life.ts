import { readFileSync } from 'node:fs';
import { type Command, type CommandContext, need, option, table, WrongCall } from './command.js';
import { followRun, runText } from './follow-run.js';

interface Effects {
  student_id: string;
  alumni_id: string;
  sign_in: string;
  gates: string;
}
interface Preview {
  version: number;
  carried_out: string;
  enrolment_status: { from: string; to: string };
  effects: { from: Effects; to: Effects };
  quiet: boolean;
}
interface Made {
  id: number;
  version: number;
  enrolment_status: string;
  carried_out: string;
}

const base = (context: CommandContext) =>
  `/v1/students/${encodeURIComponent(need(context, 0, 'NUMBER'))}/status-changes`;
const given = (context: CommandContext, names: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(names).flatMap(([name, member]) => {
      const value = option(context, name);
      return value === undefined ? [] : [[member, value]];
    }),
  );
const FACTS = { name: 'name', college: 'college', major: 'major', class: 'class' };

/** Shows what would happen, and with it decides on the version that was shown. */
async function makeChange(context: CommandContext, path: string, body: Record<string, unknown>) {
  const { call } = context.client;
  const preview = await call<Preview>('issuer', `${path}?dry_run=true`, { body });
  const { from, to } = preview.effects;
  const lines = [
    ['enrolment status', preview.enrolment_status.from, preview.enrolment_status.to],
    ...(['student_id', 'alumni_id', 'sign_in', 'gates'] as const).map((name) => [name, from[name], to[name]]),
  ];
  const shown = table([['', 'before', 'after'], ...lines]);
  if (context.options['dry-run'] === true) return { data: preview, text: `${shown}\nDry run: nothing was changed.` };
  context.say(shown);
  const made = await call<Made>('issuer', path, { body: { ...body, version: preview.version } });
  return { data: made, text: `Change ${made.id}: ${made.enrolment_status}, carried out ${made.carried_out}.` };
}

export const studentChange: Command = {
  usage:
    'student change NUMBER --kind KIND --date DATE [--document NUMBER] [--until DATE] [--reason CODE] [--name N | --college C --major M --class K] [--dry-run]',
  valued: ['kind', 'date', 'document', 'until', 'reason', ...Object.keys(FACTS)],
  switches: ['dry-run'],
  run(context) {
    if (option(context, 'kind') === undefined || option(context, 'date') === undefined)
      throw new WrongCall('--kind and --date are needed');
    const facts = given(context, FACTS);
    return makeChange(context, base(context), {
      ...given(context, { kind: 'kind', date: 'effective_date', document: 'document_number', until: 'until' }),
      ...given(context, { reason: 'reason_code' }),
      ...(Object.keys(facts).length === 0 ? {} : { facts }),
    });
  },
};

export const studentReverse: Command = {
  usage: 'student reverse NUMBER CHANGE [--document NUMBER] [--reason CODE] [--dry-run]',
  valued: ['document', 'reason'],
  switches: ['dry-run'],
  run: (context) =>
    makeChange(
      context,
      `${base(context)}/${encodeURIComponent(need(context, 1, 'CHANGE'))}/reverse`,
      given(context, { document: 'document_number', reason: 'reason_code' }),
    ),
};

interface HistoryRow {
  id: number;
  kind: string;
  state: string;
  effective_date: string;
  from_status: string | null;
  to_status: string | null;
  document_number: string | null;
}

export const studentHistory: Command = {
  usage: 'student history NUMBER',
  async run(context) {
    const answer = await context.client.call<{ changes: HistoryRow[] }>('issuer', base(context));
    const rows = answer.changes.map((one) => [
      ...[String(one.id), one.effective_date, one.kind, one.state, one.from_status ?? '-', one.to_status ?? '-'],
      one.document_number ?? '-',
    ]);
    return { data: answer, text: table([['id', 'date', 'kind', 'state', 'from', 'to', 'document'], ...rows]) };
  },
};

interface BatchAnswer {
  id: number | null;
  accepted: number;
  refused: number;
  state_changes: number;
  revocations: number;
  findings: { line: number; code: string }[];
}

export const studentChanges: Command = {
  usage: 'student changes FILE [--dry-run]',
  switches: ['dry-run'],
  async run(context) {
    const dryRun = context.options['dry-run'] === true;
    const answer = await context.client.call<BatchAnswer>('issuer', `/v1/status-change-batches?dry_run=${dryRun}`, {
      ...{ bytes: readFile(need(context, 0, 'FILE')), type: 'text/csv', timeoutMs: 600_000 },
    });
    const found = answer.findings.map((one) => [String(one.line), one.code]);
    const lines = [
      `${answer.accepted} accepted, ${answer.refused} refused; ${answer.state_changes} statuses, ${answer.revocations} revocations.`,
      ...(found.length === 0 ? [] : [table([['line', 'code'], ...found])]),
    ];
    if (answer.id === null) return { data: answer, text: [...lines, 'Dry run: nothing was changed.'].join('\n') };
    const run = await followRun(context, answer.id);
    return { data: { ...answer, run }, text: [...lines, runText(run)].join('\n') };
  },
};

/** @throws WrongCall where there is nothing to read */
export function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new WrongCall(`${path} cannot be read`, { cause });
  }
}
