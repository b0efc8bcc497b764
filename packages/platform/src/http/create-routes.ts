import Router from '@koa/router';
import type { Context } from 'koa';
import type { z } from 'zod';
import { type Caller, type CallerRule, isAllowed } from './caller.js';
import { parseJsonBody, readBody } from './read-body.js';
import { Refusal } from './refusal.js';

/** What a route takes, who may call it, what it answers. */
export interface RouteGuard<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  method: 'get' | 'post' | 'put' | 'delete';
  path: string;
  callers: readonly CallerRule[];
  params?: P;
  query?: Q;
  body?: B;
  /** Without `body`: the handler reads the stream itself, within its own limits. */
  maxBodyBytes?: number;
  summary: string;
  response?: z.ZodType;
}

export interface RouteInput<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  caller: Caller;
  context: Context;
  /** Aborted when the client goes away: long polls end with it. */
  signal: AbortSignal;
}

export interface RouteAnswer {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** A guard whatever it takes. */
export type AnyGuard = RouteGuard<z.ZodType, z.ZodType, z.ZodType>;
const guardsByRouter = new WeakMap<object, readonly AnyGuard[]>();
/** The guarded routes of a router; none where it was made by hand. */
export const guardsOf = (router: object): readonly AnyGuard[] => guardsByRouter.get(router) ?? [];

export type Authenticate = (context: Context) => Promise<Caller> | Caller;

/** Collects guarded routes; {@link guardsOf} the router is what an OpenAPI text is made from. */
export function createRoutes(authenticate: Authenticate) {
  const router = new Router();
  const guards: AnyGuard[] = [];
  guardsByRouter.set(router, guards);
  function route<P extends z.ZodType = z.ZodAny, Q extends z.ZodType = z.ZodAny, B extends z.ZodType = z.ZodAny>(
    guard: RouteGuard<P, Q, B>,
    handle: (input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>) => Promise<RouteAnswer> | RouteAnswer,
  ): void {
    guards.push(guard as unknown as AnyGuard);
    router[guard.method](guard.path, async (context: Context) => {
      const caller = await authenticate(context);
      if (!isAllowed(caller, guard.callers))
        throw new Refusal(caller.kind === 'open' ? 'not-authenticated' : 'not-allowed');
      const answer = await handle({
        params: parse(guard.params, (context as Context & { params?: unknown }).params ?? {}, 'params'),
        query: parse(guard.query, singleValues(context), 'query'),
        body: guard.body
          ? parse(guard.body, await readJson(context, guard.maxBodyBytes), 'body')
          : (undefined as z.output<B>),
        caller,
        context,
        get signal() {
          return signalOf(context);
        },
      });
      if (answer.headers) context.set(answer.headers);
      context.status = answer.status ?? (answer.body === undefined ? 204 : 200);
      if (answer.body !== undefined) context.body = answer.body;
    });
  }
  return { router, route };
}

/** Made only for handlers that ask for it: most answer at once. */
function signalOf(context: Context): AbortSignal {
  const gone = new AbortController();
  context.res.once('close', () => gone.abort());
  return gone.signal;
}

async function readJson(context: Context, maxBytes: number | undefined): Promise<unknown> {
  if (!context.is('application/json')) throw new Refusal('body-type-unsupported');
  return parseJsonBody(await readBody(context.req, maxBytes));
}

function singleValues(context: Context): Record<string, string> {
  const values: Record<string, string> = Object.create(null);
  if (context.querystring === '') return values;
  for (const [name, value] of new URLSearchParams(context.querystring)) {
    if (name in values)
      throw new Refusal('input-invalid', { fields: { errors: [{ at: `query.${name}`, message: 'sent twice' }] } });
    values[name] = value;
  }
  return values;
}

function parse<S extends z.ZodType>(schema: S | undefined, value: unknown, place: string): z.output<S> {
  if (schema === undefined) return value as z.output<S>;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues
    .slice(0, 20)
    .map((issue) => ({ at: [place, ...issue.path].join('.'), message: issue.message }));
  throw new Refusal('input-invalid', { fields: { errors } });
}
