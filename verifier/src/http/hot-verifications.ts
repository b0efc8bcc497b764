import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type BearerAuthentication,
  isAllowed,
  type Logger,
  type ProblemText,
  parseJsonBody,
  problemAnswer,
  Refusal,
  type RequestLog,
  readBody,
  SAFE_HEADERS,
} from '@lanyard/platform';
import { zVerificationRequest } from '../domain/verifications/verification.js';
import {
  VERIFICATION_CALLERS,
  VERIFICATION_MAX_BYTES,
  VERIFICATION_PATH,
  type VerificationDeps,
  verifyAll,
} from './verification-routes.js';

export interface HotDeps extends VerificationDeps {
  bearer: BearerAuthentication;
  problems: Record<string, ProblemText>;
  requests: RequestLog;
  log: Logger;
}

const ANSWER_HEADERS = {
  ...Object.fromEntries(SAFE_HEADERS),
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
};

/**
 * `POST /v1/verifications` of callers with a bearer, on node:http before Koa: the same schema, refusals, counts and log
 * line, for half the cost around the check (decision 0008). Sessions of the staff page go the ordinary way.
 */
export function createHotVerifications(deps: HotDeps): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    if (request.url !== VERIFICATION_PATH || request.method !== 'POST') return false;
    if (request.headers.authorization?.startsWith('Bearer ') !== true) return false;
    void answer(deps, request, response);
    return true;
  };
}

async function answer(deps: HotDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedMs = performance.now();
  const requestId = randomUUID();
  let status = 200;
  let headers: Record<string, string> = ANSWER_HEADERS;
  let body: string;
  try {
    body = JSON.stringify(await verify(deps, request));
  } catch (thrown) {
    const problem = problemAnswer(thrown, deps.problems, deps.log, requestId);
    ({ status, body } = problem);
    headers = { ...ANSWER_HEADERS, ...problem.headers };
  }
  response.writeHead(status, {
    ...headers,
    'Lanyard-Request-Id': requestId,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
  const ms = performance.now() - startedMs;
  deps.requests.note({ requestId, method: 'POST', route: VERIFICATION_PATH, status, ms });
}

async function verify(deps: HotDeps, request: IncomingMessage): Promise<unknown> {
  const { headers } = request;
  const caller = await deps.bearer({ get: (name) => String(headers[name.toLowerCase()] ?? '') });
  if (!isAllowed(caller, VERIFICATION_CALLERS)) {
    throw new Refusal(caller.kind === 'open' ? 'not-authenticated' : 'not-allowed');
  }
  if (headers['content-type']?.startsWith('application/json') !== true) throw new Refusal('body-type-unsupported');
  const parsed = zVerificationRequest.safeParse(parseJsonBody(await readBody(request, VERIFICATION_MAX_BYTES)));
  if (!parsed.success) {
    const errors = parsed.error.issues
      .slice(0, 20)
      .map((issue) => ({ at: ['body', ...issue.path].join('.'), message: issue.message }));
    throw new Refusal('input-invalid', { fields: { errors } });
  }
  const { answers } = await verifyAll(deps, parsed.data, caller);
  return Array.isArray(parsed.data) ? answers : answers[0];
}
