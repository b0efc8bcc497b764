import { readFileSync } from 'node:fs';
import type { OperatorClient } from '../client/call-service.js';
import type { Installation } from '../installation/read-installation.js';

/** The call itself is wrong: exit 2 with the usage. */
export class WrongCall extends Error {}

export interface CommandContext {
  installation: Installation;
  client: OperatorClient;
  positional: string[];
  options: Record<string, string | boolean>;
  environment: NodeJS.ProcessEnv;
  /** Progress for a person; silent with --json. */
  say: (line: string) => void;
}

/** What a command answers: `data` is printed with --json, `text` without. `failed` makes exit 1. */
export interface CommandAnswer {
  data: unknown;
  text: string;
  failed?: boolean;
}

export interface Command {
  usage: string;
  /** Options that take a value; all others are switches. */
  valued?: string[];
  switches?: string[];
  run(context: CommandContext): Promise<CommandAnswer>;
}

export function need(context: CommandContext, index: number, name: string): string {
  const value = context.positional[index];
  if (value === undefined || value === '') throw new WrongCall(`${name} is missing`);
  return value;
}

export function option(context: CommandContext, name: string): string | undefined {
  const value = context.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** @throws WrongCall where there is no JSON in it */
export function readJsonFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new WrongCall(`${path} is no readable JSON file`, { cause });
  }
}

/** Lines of aligned columns for a terminal. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column] ?? ''))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - displayWidth(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Chinese characters take two cells of a terminal. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text)
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
      character,
    )
      ? 2
      : 1;
  return width;
}
