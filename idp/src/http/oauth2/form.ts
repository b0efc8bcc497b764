import { parseFormBody, Refusal, readBody } from '@lanyard/platform';
import type { Context } from 'koa';

const MAX_BYTES = 8 * 1024;

/** Fields of a form; undefined where the body is none, is too long, or sends a field twice. */
export async function readForm(context: Context): Promise<Record<string, string> | undefined> {
  if (!context.is('application/x-www-form-urlencoded')) return undefined;
  try {
    return parseFormBody(await readBody(context.req, MAX_BYTES));
  } catch (thrown) {
    if (thrown instanceof Refusal) return undefined;
    throw thrown;
  }
}
