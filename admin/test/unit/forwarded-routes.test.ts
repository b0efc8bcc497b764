import type { Role } from '@lanyard/idp/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actorFor, type ConsolePerson } from '../../src/domain/console-person.js';
import { consoleRoles } from '../../src/domain/console-roles.js';
import {
  FORWARDED_ROUTES,
  type ForwardedRoute,
  findForwardedRoute,
  mayUse,
  routesOf,
} from '../../src/domain/forwarded-routes.js';

describe('forwarded routes', () => {
  it.each([
    ['GET', '/api/issuer/v1/students', '/v1/students'],
    ['GET', '/api/issuer/v1/students/202301000013', '/v1/students/:number'],
    ['POST', '/api/issuer/v1/students/202301000013/suspend', '/v1/students/:number/suspend'],
    ['POST', '/api/issuer/v1/roster-imports', '/v1/roster-imports'],
    ['GET', '/api/verifier/v1/live', '/v1/live'],
    ['POST', '/api/campus/v1/attachments', '/v1/attachments'],
    ['DELETE', '/api/campus/v1/attachments/x', '/v1/attachments/:id'],
  ])('knows %s %s', (method, path, route) => {
    expect(findForwardedRoute(method, path)?.path).toBe(route);
  });

  it.each([
    ['another method', 'DELETE', '/api/issuer/v1/students/202301000013'],
    ['a file of a case taken away', 'DELETE', '/api/campus/v1/cases/x/attachments/y'],
    ['a write where only reading is listed', 'POST', '/api/issuer/v1/summary'],
    ['a route that only the operator may call', 'POST', '/api/issuer/v1/semester-registrations'],
    ['a route of the identity layer that is for people themselves', 'POST', '/api/idp/v1/wallet-claims'],
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
      expect(route.upload?.type).toMatch(/^(text\/csv|image\/jpeg|application\/(zip|octet-stream))$/);
      expect(route.upload?.maxBytes).toBeLessThanOrEqual(2 ** 30);
    }
  });
});

const account = (...roles: Role[]): ConsolePerson => ({
  kind: 'account',
  actor: 'account:0',
  subject: 's',
  sid: 'x',
  name: '张三',
  staffNumber: 'A99001',
  idToken: 'a.b.c',
  roles,
});
const may = (person: ConsolePerson, method: string, path: string) => {
  const route = findForwardedRoute(method, path);
  return route !== undefined && mayUse(person, route);
};

describe('roles in the console', () => {
  it.each<[Role, string, string]>([
    ['registrar', 'POST', '/api/issuer/v1/roster-imports'],
    ['registrar', 'POST', '/api/issuer/v1/roster-imports/1/approve'],
    ['registrar', 'PUT', '/api/issuer/v1/students/1/portrait'],
    ['registrar', 'POST', '/api/idp/v1/claim-codes'],
    ['card-officer', 'POST', '/api/issuer/v1/students/1/suspend'],
    ['card-officer', 'POST', '/api/issuer/v1/credential-offers'],
    ['security-auditor', 'GET', '/api/idp/v1/audit'],
    ['security-auditor', 'POST', '/api/idp/v1/session-searches'],
    ['security-auditor', 'GET', '/api/idp/v1/logout-deliveries'],
    ['data-protection-officer', 'GET', '/api/issuer/v1/audit'],
    ['partner-manager', 'POST', '/api/idp/v1/relying-parties'],
    ['partner-manager', 'PUT', '/api/verifier/v1/partners/rail'],
    ['partner-manager', 'POST', '/api/verifier/v1/partners/rail/bundle'],
    ['partner-manager', 'POST', '/api/verifier/v1/partners/rail/events/abc/retry'],
    ['operator', 'PUT', '/api/verifier/v1/checkpoints/window-1/counter'],
    ['operator', 'DELETE', '/api/verifier/v1/checkpoints/window-1/counter'],
    ['operator', 'POST', '/api/idp/v1/staff-imports'],
    ['operator', 'POST', '/api/idp/v1/staff-claim-codes'],
    ['operator', 'POST', '/api/issuer/v1/students/1/revoke'],
    ['counsellor', 'POST', '/api/issuer/v1/own-students/semesters/2026-2027-1/registrations'],
    ['counsellor', 'POST', '/api/issuer/v1/own-students/bulk-runs/1/undo'],
  ])('let a %s %s %s', (role, method, path) => {
    expect(may(account(role), method, path)).toBe(true);
  });
  it.each<[Role, string, string]>([
    ['registrar', 'POST', '/api/issuer/v1/students/1/suspend'],
    ['registrar', 'POST', '/api/idp/v1/relying-parties'],
    ['counsellor', 'POST', '/api/issuer/v1/semesters/2026-2027-1/registrations'],
    ['counsellor', 'POST', '/api/issuer/v1/bulk-runs/1/undo'],
    ['counsellor', 'GET', '/api/issuer/v1/students'],
    ['registrar', 'POST', '/api/issuer/v1/own-students/semesters/2026-2027-1/registrations'],
    ['guard', 'GET', '/api/verifier/v1/partners'],
    ['registrar', 'POST', '/api/verifier/v1/partners/rail/bundle'],
    ['security-auditor', 'GET', '/api/verifier/v1/partners/rail/events'],
    ['partner-manager', 'PUT', '/api/verifier/v1/checkpoints/window-1/counter'],
    ['card-officer', 'DELETE', '/api/verifier/v1/checkpoints/window-1/counter'],
    ['operator', 'PUT', '/api/verifier/v1/checkpoints/window-1'],
    ['registrar', 'POST', '/api/idp/v1/staff-imports'],
    ['registrar', 'POST', '/api/idp/v1/staff-claim-codes'],
    ['card-officer', 'POST', '/api/issuer/v1/roster-imports'],
    ['card-officer', 'POST', '/api/issuer/v1/roster-imports/1/approve'],
    ['card-officer', 'PUT', '/api/issuer/v1/students/1/portrait'],
    ['security-auditor', 'POST', '/api/idp/v1/sessions/abcdefghij/end'],
    ['security-auditor', 'GET', '/api/issuer/v1/students'],
    ['data-protection-officer', 'POST', '/api/idp/v1/session-searches'],
    ['partner-manager', 'GET', '/api/issuer/v1/students'],
    ['partner-manager', 'GET', '/api/idp/v1/audit'],
  ])('do not let a %s %s %s', (role, method, path) => {
    expect(may(account(role), method, path)).toBe(false);
  });
  it.each<Role>(['guard', 'window-clerk', 'department-officer'])('give a %s nothing here', (role) => {
    expect(routesOf(account(role))).toEqual([]);
    expect(consoleRoles([{ role, scopeKind: 'university', scopeValue: '' }])).toEqual([]);
  });
  it('add up', () => {
    const both = account('registrar', 'card-officer');
    expect(may(both, 'POST', '/api/issuer/v1/roster-imports')).toBe(true);
    expect(may(both, 'POST', '/api/issuer/v1/students/1/suspend')).toBe(true);
  });
  it('let the operator link do all but what needs a second person', () => {
    const closed = FORWARDED_ROUTES.filter((route) => !mayUse({ kind: 'operator-link' }, route));
    expect(closed.every((route) => route.accountsOnly === true)).toBe(true);
    expect(may({ kind: 'operator-link' }, 'POST', '/api/issuer/v1/roster-imports/1/approve')).toBe(false);
    expect(may(account('operator'), 'POST', '/api/issuer/v1/roster-imports/1/approve')).toBe(true);
  });
  it.each([
    ['a college', 'registrar', 'college'],
    ['a class', 'registrar', 'class'],
    ['a campus', 'card-officer', 'campus'],
    ['a counsellor of everybody', 'counsellor', 'university'],
    ['a counsellor of a class', 'counsellor', 'class'],
    ['a role nobody knows', 'rector', 'university'],
  ])('count only for the whole university [%s]', (_what, role, scopeKind) => {
    expect(consoleRoles([{ role, scopeKind, scopeValue: '文学院' }])).toEqual([]);
  });
  it('count for a counsellor within the students of their own, by routes that are told whose', () => {
    expect(consoleRoles([{ role: 'counsellor', scopeKind: 'assigned', scopeValue: '' }])).toEqual(['counsellor']);
    const open = FORWARDED_ROUTES.filter((route) => route.roles.includes('counsellor'));
    expect(open.length).toBeGreaterThan(0);
    for (const route of open) {
      expect(route).toMatchObject({ roles: ['counsellor'], ownStudents: true, accountsOnly: true });
      expect(route.path).toMatch(/^\/v1\/own-students\//);
    }
    expect(FORWARDED_ROUTES.filter((route) => route.ownStudents === true)).toEqual(open);
  });
  it('act under a name that is no number, but where the service has to find the account', () => {
    expect(actorFor(account('registrar'), false)).toBe('account:0');
    expect(actorFor(account('registrar'), true)).toBe('account:a99001');
    expect(actorFor({ kind: 'operator-link' }, true)).toBe('operator');
    const byNumber = FORWARDED_ROUTES.filter((route) => route.actorByNumber === true);
    const finds = ({ service, path }: ForwardedRoute) => service === 'campus' || path.startsWith('/v1/recoveries');
    // The link may design services, which its name says.
    expect(byNumber.every((route) => finds(route) && (route.accountsOnly || route.tellsRoles))).toBe(true);
  });
  it('of any part of the university open the five modules, and nothing else; the operator’s link does not', () => {
    const officer = { ...account(), scopedRoles: ['department-officer@college:文学院'] } as ConsolePerson;
    expect(routesOf(officer).length).toBeGreaterThan(5);
    expect(routesOf(officer).every((route) => route.includes(' campus '))).toBe(true);
    expect(may(account(), 'GET', '/api/campus/v1/inbox')).toBe(false);
    expect(may({ kind: 'operator-link' }, 'GET', '/api/campus/v1/inbox')).toBe(false);
  });
  it('count once', () => {
    const role = { role: 'registrar', scopeKind: 'university', scopeValue: '' };
    expect(consoleRoles([role, role])).toEqual(['registrar']);
  });
});
