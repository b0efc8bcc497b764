import { type Command, type CommandContext, need, option, table, WrongCall } from './command.js';
import { followRun, runText } from './follow-run.js';
import { readFile } from './life.js';

const STANDINGS = ['registered', 'ready', 'fee-unpaid', 'not-present', 'not-enrolled'] as const;
type Counts = Record<(typeof STANDINGS)[number], number>;
interface Standings {
  total: Counts;
  by_college: ({ college: string } & Counts)[];
}

const path = (context: CommandContext) => `/v1/semesters/${encodeURIComponent(need(context, 0, 'SEMESTER'))}`;
const standingsText = ({ total, by_college }: Standings): string =>
  table([
    ['college', ...STANDINGS],
    ...by_college.map((row) => [row.college, ...STANDINGS.map((one) => String(row[one]))]),
    ['all', ...STANDINGS.map((one) => String(total[one]))],
  ]);

export const semesterOpen: Command = {
  usage: 'semester open SEMESTER --opens DATE --closes DATE --until DATE [--presence none|holder|staff] [--no-fee]',
  valued: ['opens', 'closes', 'until', 'presence'],
  switches: ['no-fee'],
  async run(context) {
    for (const name of ['opens', 'closes', 'until'])
      if (option(context, name) === undefined) throw new WrongCall(`--${name} is needed`);
    const answer = await context.client.call<{ id: string; window: string }>('issuer', path(context), {
      method: 'PUT',
      body: {
        ...{ opens: option(context, 'opens'), closes: option(context, 'closes') },
        ...{ registered_until: option(context, 'until'), needs_fee: context.options['no-fee'] !== true },
        presence: option(context, 'presence') ?? 'holder',
      },
    });
    return { data: answer, text: `${answer.id}: ${answer.window}.` };
  },
};

export const semesterStatus: Command = {
  usage: 'semester status SEMESTER',
  async run(context) {
    const answer = await context.client.call<Standings>('issuer', path(context));
    return { data: answer, text: standingsText(answer) };
  },
};

export const semesterFacts: Command = {
  usage: 'semester facts SEMESTER FILE [--dry-run]',
  switches: ['dry-run'],
  async run(context) {
    const dryRun = context.options['dry-run'] === true;
    const answer = await context.client.call<{
      rows: number;
      taken: number;
      changed: number;
      findings: { line: number; code: string }[];
    }>('issuer', `${path(context)}/facts?dry_run=${dryRun}`, {
      ...{ bytes: readFile(need(context, 1, 'FILE')), type: 'text/csv', timeoutMs: 120_000 },
    });
    const found = answer.findings.map((one) => [String(one.line), one.code]);
    return {
      data: answer,
      text: [
        `${answer.rows} rows, ${answer.taken} taken, ${answer.changed} changed.`,
        ...(found.length === 0 ? [] : [table([['line', 'code'], ...found])]),
      ].join('\n'),
    };
  },
};

/** Registers all who meet the rule, and says how far it is. */
export const semesterConfirm: Command = {
  usage: 'semester confirm SEMESTER [--college NAME] [--class NAME] [--dry-run]',
  valued: ['college', 'class'],
  switches: ['dry-run'],
  async run(context) {
    const filter = Object.fromEntries(
      ['college', 'class'].flatMap((name) => {
        const value = option(context, name);
        return value === undefined ? [] : [[name, value]];
      }),
    );
    const dryRun = context.options['dry-run'] === true;
    const answer = await context.client.call<Standings & { id: number | null }>(
      'issuer',
      `${path(context)}/registrations?dry_run=${dryRun}`,
      { body: { filter } },
    );
    if (answer.id === null)
      return { data: answer, text: `${standingsText(answer)}\nDry run: ${answer.total.ready} would be registered.` };
    const run = await followRun(context, answer.id);
    return { data: { ...answer, run }, text: runText(run) };
  },
};

export const runUndo: Command = {
  usage: 'run undo ID [--document NUMBER]',
  valued: ['document'],
  async run(context) {
    const id = need(context, 0, 'ID');
    if (!/^\d{1,15}$/.test(id)) throw new WrongCall('ID is a number');
    const document = option(context, 'document');
    await context.client.call('issuer', `/v1/bulk-runs/${id}/undo`, {
      body: document === undefined ? {} : { document_number: document },
    });
    const run = await followRun(context, Number(id));
    return { data: run, text: runText(run) };
  },
};
