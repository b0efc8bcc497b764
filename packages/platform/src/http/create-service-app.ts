import { randomUUID } from 'node:crypto';
import Koa, { type Context, type Next } from 'koa';
import type { Logger } from '../log/create-logger.js';
import { keepSamples, type MetricSample, renderGauges } from './metric-sample.js';
import { COMMON_PROBLEMS, type ProblemText, Refusal } from './refusal.js';
import { createRequestLog, type RequestLog, SAFE_HEADERS } from './request-log.js';
import { writeProblem } from './write-problem.js';

/** What routers and page servers give; routers type their context more narrowly than they need it. */
// biome-ignore lint/suspicious/noExplicitAny: the router's own context type cannot be named here
export type ServiceMiddleware = (context: Context & any, next: Next) => unknown;

export interface ServiceAppOptions {
  service: string;
  log: Logger;
  problems: Record<string, ProblemText>;
  /** In order; routers' `routes()` and static pages. */
  middlewares: ServiceMiddleware[];
  /** Paths any origin may call without cookies (OpenID4VCI and OpenID4VP), and origins our own pages come from. */
  cors?: { anyOriginPaths: RegExp; origins: string[]; pathsForOrigins: RegExp };
  /** Shared with a route that is answered before this application. */
  requests?: RequestLog;
  /** What `/metrics` shows beside the requests; left out while it cannot be read. */
  readSamples?: () => Promise<readonly MetricSample[]>;
  /** Throws when the service cannot do its work. */
  checkReady: () => Promise<void>;
}

/** A Koa application with what every service shares: request id, log line, problems, health, metrics, safe headers. */
export function createServiceApp(options: ServiceAppOptions): Koa {
  const app = new Koa({ proxy: false });
  const requests = options.requests ?? createRequestLog(options.service, options.log);
  const problems = { ...COMMON_PROBLEMS, ...options.problems };
  const samples = keepSamples(options.readSamples ?? (async () => []));
  app.silent = true;
  app.use(async (context, next) => {
    const startedMs = performance.now();
    const requestId = randomUUID();
    context.state['requestId'] = requestId;
    // On the response itself: Koa's own setter costs several times as much, and these go out with every answer.
    const { res } = context;
    res.setHeader('Lanyard-Request-Id', requestId);
    for (const [name, value] of SAFE_HEADERS) res.setHeader(name, value);
    try {
      if (!applyCors(context, options.cors)) await next();
      if (context.status === 404 && context.body === undefined) throw new Refusal('not-found');
      if (context.status === 405 || context.status === 501) throw new Refusal('method-not-allowed');
    } catch (thrown) {
      writeProblem(context, thrown, problems, options.log);
    }
    requests.note({
      requestId,
      method: context.method,
      // The route's pattern, not the path: paths may hold student numbers.
      route: String((context as { _matchedRoute?: unknown })._matchedRoute ?? '-'),
      status: context.status,
      ms: performance.now() - startedMs,
      quiet: context.path.startsWith('/healthz'),
    });
  });
  app.use(async (context, next) => {
    if (context.path === '/healthz') context.body = { status: 'up' };
    else if (context.path === '/readyz') {
      try {
        await options.checkReady();
      } catch (cause) {
        throw new Refusal('dependency-unavailable', { cause });
      }
      context.body = { status: 'ready' };
    } else if (context.path === '/metrics') {
      context.type = 'text/plain; version=0.0.4';
      context.body = requests.render() + renderGauges(options.service, await samples());
    } else await next();
  });
  for (const middleware of options.middlewares) app.use(middleware as Koa.Middleware);
  app.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE')
      options.log.error('app.error', { detail: error.message });
  });
  return app;
}

/** Answers a pre-flight request itself (true); else only sets headers. Never with credentials. */
function applyCors(context: Koa.Context, cors: ServiceAppOptions['cors']): boolean {
  const origin = context.get('Origin');
  if (cors === undefined || origin === '') return false;
  const open = cors.anyOriginPaths.test(context.path);
  if (!open && !(cors.origins.includes(origin) && cors.pathsForOrigins.test(context.path))) return false;
  context.set('Access-Control-Allow-Origin', open ? '*' : origin);
  if (!open) context.vary('Origin');
  context.set('Access-Control-Expose-Headers', 'DPoP-Nonce, WWW-Authenticate, Date, Lanyard-Request-Id');
  if (context.method !== 'OPTIONS' || context.get('Access-Control-Request-Method') === '') return false;
  context.set('Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE');
  context.set('Access-Control-Allow-Headers', 'Authorization, Content-Type, DPoP, Idempotency-Key');
  context.set('Access-Control-Max-Age', '600');
  context.status = 204;
  return true;
}
