import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FORWARDED_ROUTES, findForwardedRoute } from '../../src/domain/forwarded-routes.js';

describe('forwarded routes', () => {
  it.each([
    ['GET', '/api/issuer/v1/students', '/v1/students'],
    ['GET', '/api/issuer/v1/students/202301000013', '/v1/students/:number'],
    ['POST', '/api/issuer/v1/students/202301000013/suspend', '/v1/students/:number/suspend'],
    ['POST', '/api/issuer/v1/roster-imports', '/v1/roster-imports'],
    ['GET', '/api/verifier/v1/live', '/v1/live'],
  ])('knows %s %s', (method, path, route) => {
    expect(findForwardedRoute(method, path)?.path).toBe(route);
  });

  it.each([
    ['another method', 'DELETE', '/api/issuer/v1/students/202301000013'],
    ['a write where only reading is listed', 'POST', '/api/issuer/v1/summary'],
    ['a route that only the operator may call', 'POST', '/api/issuer/v1/semester-registrations'],
    ['approval, which is not for the first person', 'POST', '/api/issuer/v1/roster-imports/1/approve'],
    ['a route of the other service', 'GET', '/api/verifier/v1/students'],
    ['a service that is not listed', 'GET', '/api/wallet/v1/students'],
    ['an empty segment', 'GET', '/api/issuer/v1/students/'],
    ['one segment too many', 'GET', '/api/issuer/v1/students/1/2'],
    ['a way up', 'GET', '/api/issuer/v1/students/../audit'],
    ['an encoded way up', 'GET', '/api/issuer/v1/students/%2e%2e'],
    ['an encoded slash', 'GET', '/api/issuer/v1/students/1%2fportrait'],
    ['a query within the path', 'GET', '/api/issuer/v1/students?x'],
    ['an unlisted prefix', 'GET', '/api/issuer/v2/students'],
    ['a path of more than 200 characters', 'GET', `/api/issuer/v1/students/${'1'.repeat(300)}`],
  ])('refuses %s', (_what, method, path) => {
    expect(findForwardedRoute(method, path)).toBeUndefined();
  });

  it('never leaves /v1/ of the service named, whatever the path', () => {
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'PUT', 'PATCH'), fc.string(), (method, rest) => {
        const found = findForwardedRoute(method, `/api/issuer/v1/${rest}`);
        if (found === undefined) return;
        expect(FORWARDED_ROUTES).toContain(found);
        expect(found.service).toBe('issuer');
        expect(rest).not.toMatch(/\.\.|[%?#\\]/);
      }),
    );
  });

  it('gives every upload a type and a limit', () => {
    for (const route of FORWARDED_ROUTES.filter((entry) => entry.upload !== undefined)) {
      expect(route.upload?.type).toMatch(/^(text\/csv|image\/jpeg)$/);
      expect(route.upload?.maxBytes).toBeLessThanOrEqual(2 ** 30);
    }
  });
});
