import knex from 'knex';
import type { Context } from 'koa';
import type { Logger } from '../log/create-logger.js';
import { COMMON_PROBLEMS, type ProblemText, Refusal } from './refusal.js';

/** An answer of RFC 9457, ready to be sent. */
export interface ProblemAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The one place that turns what was thrown into an answer (RFC 9457 with `code`), and says so in the log. */
export function problemAnswer(
  thrown: unknown,
  table: Record<string, ProblemText>,
  log: Logger,
  requestId: string,
): ProblemAnswer {
  const refusal = toRefusal(thrown);
  const text = table[refusal.code] ?? COMMON_PROBLEMS.internal;
  if (text.status >= 500) {
    const detail = describe(refusal.cause ?? thrown);
    log.error('request.failed', { request_id: requestId, code: refusal.code, detail });
  } else if (refusal.logDetail !== undefined) {
    log.warn('request.refused', { request_id: requestId, code: refusal.code, detail: refusal.logDetail });
  }
  return {
    status: text.status,
    headers: {
      'Content-Type': 'application/problem+json',
      ...(text.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
      ...(refusal.code === 'busy' ? { 'Retry-After': '2' } : {}),
    },
    body: JSON.stringify({
      type: `urn:lanyard:problem:${refusal.code}`,
      title: text.en,
      title_zh: text.zh,
      status: text.status,
      code: refusal.code,
      ...(refusal.detail === undefined ? {} : { detail: refusal.detail }),
      ...refusal.fields,
    }),
  };
}

/** {@link problemAnswer} as Koa's answer. */
export function writeProblem(context: Context, thrown: unknown, table: Record<string, ProblemText>, log: Logger): void {
  const answer = problemAnswer(thrown, table, log, String(context.state['requestId'] ?? ''));
  context.status = answer.status;
  context.set(answer.headers);
  context.body = answer.body;
}

function toRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  // Koa and its parsers throw http-errors with `expose` for what the client did (a bad percent escape, say).
  if (thrown instanceof Error && 'expose' in thrown && thrown.expose === true)
    return new Refusal('input-invalid', { cause: thrown });
  // Text that PostgreSQL cannot store (a NUL, an unpaired surrogate) came from the client.
  if (thrown instanceof Error && 'code' in thrown && (thrown.code === '22021' || thrown.code === '22P05')) {
    return new Refusal('input-invalid', { cause: thrown });
  }
  // No connection came free in time: nothing has begun, so the client may simply come again.
  if (thrown instanceof knex.KnexTimeoutError) return new Refusal('busy', { cause: thrown });
  if (thrown instanceof URIError) return new Refusal('input-invalid', { cause: thrown });
  return new Refusal('internal', { cause: thrown });
}

function describe(cause: unknown): string {
  return cause instanceof Error
    ? `${cause.name}: ${cause.message} ${cause.stack?.split('\n').slice(1, 4).join(' ') ?? ''}`
    : String(cause);
}
