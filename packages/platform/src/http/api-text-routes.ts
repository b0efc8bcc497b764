import { type Authenticate, createRoutes } from './create-routes.js';
import { openApiOf } from './open-api.js';

/** Who calls by a token of the operator, who by one that a caller signs for each call. */
const SCHEMES = {
  operator: { type: 'http', scheme: 'bearer', description: 'LANYARD_HOME/operator.token' },
  caller: { type: 'http', scheme: 'bearer', description: 'A caller token, lanyard-caller+jwt (docs/services.md)' },
} as const;

/**
 * `GET /v1/openapi.json`: the guarded routes of a service as OpenAPI 3.1, for whoever runs it. `x-callers` names who is
 * let in. Routes that speak a protocol of their own (OAuth, OpenID4VCI, CAS) are in their specifications.
 */
export function createApiTextRoutes(parts: {
  authenticate: Authenticate;
  service: string;
  serverUrl: string;
  routers: readonly object[];
}) {
  const { router, route } = createRoutes(parts.authenticate);
  const text = () =>
    openApiOf(parts.routers, {
      ...{ title: `Lanyard ${parts.service}`, version: '1.0.0', serverUrl: parts.serverUrl, examples: {} },
      description: 'Refusals are problems with a stable code. Listings page by key.',
      securitySchemes: SCHEMES,
      securityOf: ({ callers }) =>
        callers.includes('open') ? undefined : callers.includes('operator') ? 'operator' : 'caller',
      extensionsOf: ({ callers }) => ({ 'x-callers': callers }),
    });
  route(
    {
      ...{ method: 'get', path: '/v1/openapi.json', callers: ['operator'] },
      summary: 'What this service takes, as OpenAPI 3.1',
    },
    () => ({ body: text() }),
  );
  return router;
}
