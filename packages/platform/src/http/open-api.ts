import { z } from 'zod';
import { type AnyGuard, guardsOf } from './create-routes.js';

/** What an OpenAPI text says besides the routes themselves. */
export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly serverUrl: string;
  /** Examples by `METHOD path`, as the routes write it: a body and its answer. */
  readonly examples: Readonly<Record<string, { readonly body?: unknown; readonly answer?: unknown }>>;
  /** How callers authenticate, by the name under which `security` refers to it. */
  readonly securitySchemes: Readonly<Record<string, object>>;
  /** The scheme of a route, undefined for an open one. */
  readonly securityOf: (guard: AnyGuard) => string | undefined;
  /** Members of an operation that OpenAPI does not know, by names that begin with `x-`. */
  readonly extensionsOf?: (guard: AnyGuard) => Readonly<Record<`x-${string}`, unknown>>;
}

/** OpenAPI 3.1 of the guarded routes of routers, from the schemas they are checked by; refusals are RFC 9457 problems. */
export function openApiOf(routers: readonly object[], info: OpenApiInfo): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const guard of routers.flatMap(guardsOf)) {
    const path = guard.path.replace(/:([a-zA-Z_]+)/g, '{$1}');
    const operations = paths[path] ?? {};
    operations[guard.method] = operationOf(guard, info);
    paths[path] = operations;
  }
  return {
    openapi: '3.1.0',
    info: { title: info.title, version: info.version, description: info.description },
    servers: [{ url: info.serverUrl }],
    paths,
    components: { securitySchemes: info.securitySchemes, schemas: { Problem: PROBLEM } },
  };
}

function operationOf(guard: AnyGuard, info: OpenApiInfo): object {
  const example = info.examples[`${guard.method.toUpperCase()} ${guard.path}`];
  const scheme = info.securityOf(guard);
  const parameters = [...parametersOf(guard.params, 'path'), ...parametersOf(guard.query, 'query')];
  return {
    summary: guard.summary,
    ...info.extensionsOf?.(guard),
    security: scheme === undefined ? [] : [{ [scheme]: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(guard.body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': content(guard.body, 'input', example?.body) } },
        }),
    responses: {
      '2XX': {
        description: 'Done',
        ...(guard.response === undefined
          ? {}
          : { content: { 'application/json': content(guard.response, 'output', example?.answer) } }),
      },
      '4XX': {
        description: 'Refused, with a stable code',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

const content = (schema: z.ZodType, io: 'input' | 'output', example: unknown) => ({
  schema: jsonSchema(schema, io),
  ...(example === undefined ? {} : { example }),
});

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: one,
  }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'title_zh', 'status', 'code'],
  properties: {
    type: { type: 'string', description: 'urn:lanyard:problem:CODE' },
    title: { type: 'string' },
    title_zh: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable: switch on it' },
    detail: { type: 'string' },
  },
} as const;
