/** A route of another service that a signed-in person may use through the console. */
export interface ForwardedRoute {
  method: 'GET' | 'POST' | 'PUT';
  service: 'issuer' | 'verifier';
  /** `:x` stands for one path segment. */
  path: string;
  /** Bodies beyond JSON's usual size: a roster, a portrait. */
  upload?: { type: string; maxBytes: number };
  /** Long polls may take this long. */
  timeoutMs?: number;
}

const NUMBER = '/v1/students/:number';

/** The closed list: what is not here is not reachable from a browser. */
export const FORWARDED_ROUTES: readonly ForwardedRoute[] = [
  { method: 'GET', service: 'issuer', path: '/v1/summary' },
  { method: 'GET', service: 'issuer', path: '/v1/students' },
  { method: 'GET', service: 'issuer', path: NUMBER },
  { method: 'GET', service: 'issuer', path: `${NUMBER}/portrait` },
  { method: 'PUT', service: 'issuer', path: `${NUMBER}/portrait`, upload: { type: 'image/jpeg', maxBytes: 65_536 } },
  { method: 'PUT', service: 'issuer', path: `${NUMBER}/semester-registration` },
  { method: 'POST', service: 'issuer', path: `${NUMBER}/suspend` },
  { method: 'POST', service: 'issuer', path: `${NUMBER}/reinstate` },
  { method: 'POST', service: 'issuer', path: `${NUMBER}/revoke` },
  { method: 'POST', service: 'issuer', path: '/v1/credential-offers' },
  { method: 'GET', service: 'issuer', path: '/v1/roster-imports' },
  {
    method: 'POST',
    service: 'issuer',
    path: '/v1/roster-imports',
    upload: { type: 'text/csv', maxBytes: 2 ** 30 },
    timeoutMs: 600_000,
  },
  {
    method: 'POST',
    service: 'issuer',
    path: '/v1/roster-bad-rows',
    upload: { type: 'text/csv', maxBytes: 2 ** 30 },
    timeoutMs: 600_000,
  },
  { method: 'POST', service: 'issuer', path: '/v1/roster-imports/:id/decline' },
  { method: 'GET', service: 'issuer', path: '/v1/audit' },
  { method: 'GET', service: 'issuer', path: '/v1/audit/verification', timeoutMs: 60_000 },
  { method: 'GET', service: 'verifier', path: '/v1/checkpoints' },
  { method: 'GET', service: 'verifier', path: '/v1/checkpoints/:id' },
  { method: 'GET', service: 'verifier', path: '/v1/checkpoints/:id/counts' },
  { method: 'POST', service: 'verifier', path: '/v1/checkpoints/:id/enrolments' },
  { method: 'GET', service: 'verifier', path: '/v1/agents' },
  { method: 'POST', service: 'verifier', path: '/v1/agents/:id/withdraw' },
  { method: 'GET', service: 'verifier', path: '/v1/live', timeoutMs: 35_000 },
  { method: 'GET', service: 'verifier', path: '/v1/reasons' },
  { method: 'POST', service: 'verifier', path: '/v1/staff-links' },
  { method: 'GET', service: 'verifier', path: '/v1/audit' },
  { method: 'GET', service: 'verifier', path: '/v1/audit/verification', timeoutMs: 60_000 },
];

/** The route behind `/api/<service>/v1/…`; the path is matched after decoding nothing: odd segments match nothing. */
export function findForwardedRoute(method: string, path: string): ForwardedRoute | undefined {
  const match = /^\/api\/(issuer|verifier)(\/v1\/[A-Za-z0-9/._~-]{1,200})$/.exec(path);
  if (match === null || path.includes('..')) return undefined;
  const [, service, rest = ''] = match;
  const segments = rest.split('/');
  return FORWARDED_ROUTES.find((route) => {
    const wanted = route.path.split('/');
    return (
      route.method === method &&
      route.service === service &&
      wanted.length === segments.length &&
      wanted.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))
    );
  });
}
