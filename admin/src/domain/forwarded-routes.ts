import type { Role } from '@lanyard/idp/api';
import { type ConsolePerson, rolesOf, scopedRolesOf } from './console-person.js';

/** `agent`: the one with the card desk on this machine; agents listen on the loopback only. */
export type ForwardedService = 'issuer' | 'verifier' | 'idp' | 'campus' | 'agent';

/** A route of another service that a signed-in person may use through the console. */
export interface ForwardedRoute {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  service: ForwardedService;
  /** `:x` stands for one path segment. */
  path: string;
  /** Who may use it; a role counts for the whole university, a counsellor's for the students of their own. */
  roles: readonly Role[];
  /** A decision of a second person: the operator's link stands for nobody in particular. */
  accountsOnly?: true;
  /** The service has to know which account acts, by its staff number. */
  actorByNumber?: true;
  /** The service is told whose students these are, by the staff number of the session. */
  ownStudents?: true;
  /** For everybody with a role, for whatever part of the university: the service is told all of them and decides. */
  anyRole?: true;
  /** The service is told all roles, whatever the role that opens the route. */
  tellsRoles?: true;
  /** Asked by a page without anybody doing something: keeps no session alive. */
  background?: true;
  /** Bodies beyond JSON's usual size: a roster, a portrait. Of a named one the file's name goes on too. */
  upload?: { type: string; maxBytes: number; named?: true };
  /** Long polls may take this long. */
  timeoutMs?: number;
}

const OPERATOR: readonly Role[] = ['operator'];
const READS_STUDENTS: readonly Role[] = ['registrar', 'card-officer', 'operator'];
const REGISTER: readonly Role[] = ['registrar', 'operator'];
const CARDS: readonly Role[] = ['card-officer', 'operator'];
const AUDIT: readonly Role[] = ['security-auditor', 'data-protection-officer', 'operator'];
const SECURITY: readonly Role[] = ['security-auditor', 'operator'];
const PARTIES: readonly Role[] = ['partner-manager', 'operator'];
/** Who may ask to read passages; three of them approve, each by the route of their office. */
const OPENERS: readonly Role[] = ['data-protection-officer', 'security-auditor', 'registrar', 'operator'];
const APPROVERS = ['data-protection-officer', 'security-auditor', 'registrar'] as const;
const DPO: readonly Role[] = ['data-protection-officer'];
/** Of the offices that answer what students say, and of who watches over them. */
const TREND_READERS: readonly Role[] = ['student-affairs-officer', 'community-lead', 'data-protection-officer'];
const PERSON = { accountsOnly: true } as const;
const COUNSELLOR: readonly Role[] = ['counsellor'];
const OWN = { accountsOnly: true, ownStudents: true } as const;
const HELPER = { accountsOnly: true, actorByNumber: true } as const;
const STAFF = { ...HELPER, anyRole: true } as const;
/** Also by the operator's link, which stands for no person. */
const DESIGNER = { actorByNumber: true, tellsRoles: true } as const;

const NUMBER = '/v1/students/:number';
const ROSTER = { type: 'text/csv', maxBytes: 2 ** 30 };
const PICTURES = { type: 'application/zip', maxBytes: 256 * 1024 * 1024 };
const PICTURE = { type: 'application/octet-stream', maxBytes: 8 * 1024 * 1024 };
const ATTACHED = { type: 'application/octet-stream', maxBytes: 5 * 1024 * 1024, named: true } as const;
const TABLE = { type: 'text/csv', maxBytes: 64 * 1024 * 1024 };

type Options = Omit<ForwardedRoute, 'method' | 'service' | 'path' | 'roles'>;
function forward(
  line: `${ForwardedRoute['method']} ${ForwardedService} /v1/${string}`,
  roles: readonly Role[],
  options: Options = {},
): ForwardedRoute {
  const [method, service, path] = line.split(' ') as [ForwardedRoute['method'], ForwardedService, string];
  return { method, service, path, roles, ...options };
}

/** The closed list: what is not here is not reachable from a browser. */
export const FORWARDED_ROUTES: readonly ForwardedRoute[] = [
  forward('GET issuer /v1/summary', READS_STUDENTS),
  forward('GET issuer /v1/students', READS_STUDENTS),
  forward(`GET issuer ${NUMBER}`, READS_STUDENTS),
  forward(`GET issuer ${NUMBER}/portrait`, READS_STUDENTS),
  forward(`PUT issuer ${NUMBER}/portrait`, REGISTER, { upload: { type: 'image/jpeg', maxBytes: 65_536 } }),
  forward(`PUT issuer ${NUMBER}/semester-registration`, REGISTER),
  forward(`POST issuer ${NUMBER}/suspend`, CARDS),
  forward(`POST issuer ${NUMBER}/reinstate`, CARDS),
  // For good, so it is nobody's everyday work.
  forward(`POST issuer ${NUMBER}/revoke`, OPERATOR),
  forward(`POST issuer ${NUMBER}/paper-passes/revoke`, CARDS),
  forward('POST issuer /v1/credential-offers', READS_STUDENTS),
  forward('GET issuer /v1/roster-imports', REGISTER),
  forward('POST issuer /v1/roster-imports', REGISTER, { upload: ROSTER, timeoutMs: 600_000 }),
  forward('POST issuer /v1/roster-bad-rows', REGISTER, { upload: ROSTER, timeoutMs: 600_000 }),
  forward('GET issuer /v1/roster-template', REGISTER),
  forward('GET issuer /v1/roster-imports/:id', REGISTER),
  forward('POST issuer /v1/roster-imports/:id/undo', REGISTER, { timeoutMs: 120_000 }),
  forward('GET issuer /v1/approval-rule', REGISTER),
  // Asked for by one, decided by another; a constraint holds it at least as strict as designed.
  forward('PUT issuer /v1/approval-rule', REGISTER),
  forward('POST issuer /v1/approval-rule/changes/:id/approve', REGISTER, PERSON),
  forward('POST issuer /v1/approval-rule/changes/:id/decline', REGISTER),
  forward('GET issuer /v1/portrait-submissions', READS_STUDENTS),
  forward('GET issuer /v1/portrait-submissions/:id/picture', READS_STUDENTS),
  forward('POST issuer /v1/portrait-submissions/:id/decision', READS_STUDENTS),
  forward(`POST issuer ${NUMBER}/portrait-submissions`, READS_STUDENTS, { upload: PICTURE, timeoutMs: 60_000 }),
  forward('POST issuer /v1/portrait-batches', REGISTER, { upload: PICTURES, timeoutMs: 300_000 }),
  // That the second person is another one is the issuer's rule.
  forward('POST issuer /v1/roster-imports/:id/approve', REGISTER, { accountsOnly: true, timeoutMs: 600_000 }),
  forward('POST issuer /v1/roster-imports/:id/decline', REGISTER),
  forward('GET issuer /v1/status-change-kinds', READS_STUDENTS),
  forward(`GET issuer ${NUMBER}/status-changes`, READS_STUDENTS),
  forward(`POST issuer ${NUMBER}/status-changes`, REGISTER),
  forward(`POST issuer ${NUMBER}/status-changes/:id/reverse`, REGISTER),
  forward('POST issuer /v1/status-change-batches', REGISTER, { upload: TABLE, timeoutMs: 300_000 }),
  forward('GET issuer /v1/bulk-runs', REGISTER),
  forward('GET issuer /v1/bulk-runs/:id', REGISTER),
  forward('GET issuer /v1/bulk-runs/:id/refused', REGISTER),
  forward('POST issuer /v1/bulk-runs/:id/approve', REGISTER, { accountsOnly: true }),
  forward('POST issuer /v1/bulk-runs/:id/decline', REGISTER),
  forward('POST issuer /v1/bulk-runs/:id/undo', REGISTER),
  forward('GET issuer /v1/semesters', REGISTER),
  forward('GET issuer /v1/semesters/:id', REGISTER),
  forward('PUT issuer /v1/semesters/:id', REGISTER),
  forward('GET issuer /v1/semesters/:id/students', REGISTER),
  forward('POST issuer /v1/semesters/:id/facts', REGISTER, { upload: TABLE, timeoutMs: 120_000 }),
  forward('POST issuer /v1/semesters/:id/confirmations', REGISTER, { timeoutMs: 60_000 }),
  forward('POST issuer /v1/semesters/:id/registrations', REGISTER, { timeoutMs: 60_000 }),
  forward('GET issuer /v1/own-students/semesters', COUNSELLOR, OWN),
  forward('GET issuer /v1/own-students/semesters/:id', COUNSELLOR, OWN),
  forward('GET issuer /v1/own-students/semesters/:id/students', COUNSELLOR, OWN),
  forward('POST issuer /v1/own-students/semesters/:id/confirmations', COUNSELLOR, OWN),
  forward('POST issuer /v1/own-students/semesters/:id/registrations', COUNSELLOR, OWN),
  forward('GET issuer /v1/own-students/bulk-runs', COUNSELLOR, OWN),
  forward('GET issuer /v1/own-students/bulk-runs/:id', COUNSELLOR, OWN),
  forward('POST issuer /v1/own-students/bulk-runs/:id/undo', COUNSELLOR, OWN),
  forward('GET issuer /v1/cards', READS_STUDENTS),
  forward(`GET issuer ${NUMBER}/cards`, READS_STUDENTS),
  forward(`GET issuer ${NUMBER}/documents`, READS_STUDENTS),
  forward('POST issuer /v1/case-documents/:number/revoke', REGISTER),
  forward('POST issuer /v1/cards/:number/bind', CARDS),
  forward('POST issuer /v1/cards/:number/suspend', CARDS),
  forward('POST issuer /v1/cards/:number/reinstate', CARDS),
  forward('POST issuer /v1/cards/:number/report-lost', CARDS),
  forward('GET issuer /v1/card-batches', CARDS),
  forward('POST issuer /v1/card-batches', CARDS),
  forward('POST issuer /v1/card-batches/:version/close', CARDS),
  forward('GET issuer /v1/card-personalisations', CARDS),
  forward('POST issuer /v1/card-personalisations', CARDS),
  forward('POST issuer /v1/card-personalisations/:id/steps', CARDS),
  forward('GET agent /v1/card-desk', CARDS, { background: true }),
  forward('POST agent /v1/card-desk/commands', CARDS),
  forward('GET issuer /v1/passage-openings', OPENERS, PERSON),
  forward('POST issuer /v1/passage-openings', OPENERS, PERSON),
  ...APPROVERS.map((role) => forward(`POST issuer /v1/passage-openings/:id/approvals/${role}`, [role], PERSON)),
  forward('POST issuer /v1/passage-openings/:id/decline', OPENERS, PERSON),
  forward('POST issuer /v1/passage-openings/:id/open', OPENERS, PERSON),
  forward('GET issuer /v1/passage-openings/:id/passages', OPENERS, { ...PERSON, timeoutMs: 20_000 }),
  forward('GET issuer /v1/corrections', ['registrar'], PERSON),
  forward('POST issuer /v1/corrections/:id/decide', ['registrar'], PERSON),
  forward(`POST issuer ${NUMBER}/exports`, DPO, { ...PERSON, timeoutMs: 60_000 }),
  forward('POST issuer /v1/erasure-proofs', DPO, PERSON),
  forward('GET issuer /v1/audit', AUDIT),
  forward('GET issuer /v1/audit/verification', AUDIT, { timeoutMs: 60_000 }),

  forward('GET verifier /v1/checkpoints', OPERATOR),
  forward('GET verifier /v1/checkpoints/:id', OPERATOR),
  forward('PUT verifier /v1/checkpoints/:id/counter', OPERATOR),
  forward('DELETE verifier /v1/checkpoints/:id/counter', OPERATOR),
  forward('GET verifier /v1/checkpoints/:id/counts', OPERATOR),
  forward('POST verifier /v1/checkpoints/:id/enrolments', OPERATOR),
  forward('GET verifier /v1/agents', OPERATOR),
  forward('POST verifier /v1/agents/:id/withdraw', OPERATOR),
  forward('POST verifier /v1/agents/:id/bundle', OPERATOR),
  forward('GET verifier /v1/fleet', OPERATOR),
  forward('GET verifier /v1/fleet/:id', OPERATOR),
  forward('GET verifier /v1/agent-settings', OPERATOR),
  forward('POST verifier /v1/agent-settings', OPERATOR),
  forward('GET verifier /v1/door-tags', OPERATOR),
  forward('POST verifier /v1/door-tags', OPERATOR),
  forward('POST verifier /v1/door-tags/:number/withdraw', OPERATOR),
  forward('GET verifier /v1/emergency-modes', OPERATOR),
  forward('POST verifier /v1/emergency-modes', OPERATOR),
  forward('POST verifier /v1/emergency-modes/end', OPERATOR),
  forward('GET verifier /v1/emergency-list', OPERATOR),
  forward('POST verifier /v1/emergency-list', OPERATOR),
  forward('POST verifier /v1/emergency-list/end', OPERATOR),
  forward('GET verifier /v1/double-uses', SECURITY),
  forward('GET verifier /v1/guard-releases', SECURITY),
  forward('GET verifier /v1/live', OPERATOR, { background: true, timeoutMs: 35_000 }),
  forward('GET verifier /v1/reasons', OPERATOR),
  forward('POST verifier /v1/staff-links', OPERATOR),
  forward('GET verifier /v1/audit', AUDIT),
  forward('GET verifier /v1/audit/verification', AUDIT, { timeoutMs: 60_000 }),

  forward('GET verifier /v1/partners', PARTIES),
  forward('PUT verifier /v1/partners/:id', PARTIES),
  forward('POST verifier /v1/partners/:id/withdraw', PARTIES),
  forward('POST verifier /v1/partners/:id/bundle', PARTIES),
  forward('GET verifier /v1/partners/:id/certificates', PARTIES),
  forward('POST verifier /v1/partners/:id/certificates/:certificate/withdraw', PARTIES),
  forward('GET verifier /v1/partners/:id/events', PARTIES),
  forward('POST verifier /v1/partners/:id/events/:event/retry', PARTIES),
  forward('GET idp /v1/relying-parties', PARTIES),
  forward('GET idp /v1/relying-parties/:id', PARTIES),
  forward('POST idp /v1/relying-parties', PARTIES),
  forward('POST idp /v1/relying-parties/:id/secret', PARTIES),
  forward('POST idp /v1/relying-parties/:id/disable', PARTIES),
  forward('POST idp /v1/session-searches', SECURITY),
  forward('POST idp /v1/sessions/:id/end', OPERATOR),
  forward('GET idp /v1/logout-deliveries', SECURITY),
  forward('POST idp /v1/logout-deliveries/:id/retry', OPERATOR),
  forward('POST idp /v1/staff-imports', OPERATOR, {
    upload: { type: 'text/csv', maxBytes: 4 * 1024 * 1024 },
    timeoutMs: 60_000,
  }),
  forward('POST idp /v1/account-searches', SECURITY),
  forward('POST idp /v1/claim-codes', REGISTER, { timeoutMs: 60_000 }),
  // Such a code brings the roles of its account.
  forward('POST idp /v1/staff-claim-codes', OPERATOR),
  forward('GET idp /v1/claim-codes/summary', REGISTER),
  forward('GET idp /v1/recoveries', READS_STUDENTS, HELPER),
  forward('POST idp /v1/recoveries', READS_STUDENTS, HELPER),
  forward('POST idp /v1/recoveries/:id/approve', READS_STUDENTS, HELPER),
  forward('GET idp /v1/audit', AUDIT),
  forward('GET idp /v1/audit/verification', AUDIT, { timeoutMs: 60_000 }),
  // The five modules: what somebody may see there follows from all roles, and campus decides it.
  forward('GET campus /v1/services', [], STAFF),
  forward('GET campus /v1/services/:id', [], STAFF),
  forward('GET campus /v1/services/:id/occasions', [], STAFF),
  forward('PUT campus /v1/occasions', [], STAFF),
  forward('GET campus /v1/inbox', [], STAFF),
  forward('POST campus /v1/cases', [], STAFF),
  forward('GET campus /v1/cases/:id', [], STAFF),
  forward('GET campus /v1/cases/:id/history', [], STAFF),
  forward('GET campus /v1/cases/:id/matches', [], STAFF),
  forward('GET campus /v1/cases/:id/talks', [], STAFF),
  forward('POST campus /v1/cases/:id/talks', [], STAFF),
  forward('POST campus /v1/cases/:id/talks/:talk/end', [], STAFF),
  forward('POST campus /v1/cases/:id/actions', [], STAFF),
  forward('GET campus /v1/cases/:id/attachments/:attachment', [], STAFF),
  forward('POST campus /v1/attachments', [], { ...STAFF, upload: ATTACHED, timeoutMs: 60_000 }),
  forward('DELETE campus /v1/attachments/:id', [], STAFF),
  forward('POST campus /v1/cases/:id/publication', [], STAFF),
  forward('GET campus /v1/delegations', [], STAFF),
  forward('POST campus /v1/delegations', [], STAFF),
  forward('POST campus /v1/delegations/:id/end', [], STAFF),
  forward('GET campus /v1/activity-services', [], STAFF),
  forward('GET campus /v1/services/:id/activities', [], STAFF),
  forward('PUT campus /v1/activities/:id', [], STAFF),
  forward('GET campus /v1/activities/:id/attendees', [], STAFF),
  forward('POST campus /v1/activities/:id/scans', [], STAFF),
  forward('POST campus /v1/activities/:id/intervals', [], STAFF),
  forward('GET campus /v1/surveys', [], STAFF),
  forward('POST campus /v1/surveys', [], STAFF),
  forward('GET campus /v1/surveys/:id/results', [], STAFF),
  forward('POST campus /v1/surveys/:id/close', [], STAFF),
  forward('PUT campus /v1/windows/:id', [], STAFF),
  forward('GET campus /v1/window-settings', [], STAFF),
  forward('GET campus /v1/clerk-windows', [], STAFF),
  forward('GET campus /v1/windows/:id/taps', [], { ...STAFF, background: true, timeoutMs: 30_000 }),
  forward('POST campus /v1/windows/:id/visits', [], STAFF),
  forward('GET campus /v1/window-visits/:id', [], STAFF),
  forward('POST campus /v1/window-visits/:id/end', [], STAFF),
  forward('GET campus /v1/window-visits/:id/services/:service', [], STAFF),
  forward('POST campus /v1/window-visits/:id/requests', [], STAFF),
  forward('POST campus /v1/window-requests/:id/scans', [], STAFF),
  forward('POST campus /v1/window-requests/:id/taps', [], STAFF),
  forward('GET campus /v1/windows/:id/queue', [], STAFF),
  forward('POST campus /v1/windows/:id/calls', [], STAFF),
  forward('POST campus /v1/window-tickets/:id/recall', [], STAFF),
  forward('POST campus /v1/window-tickets/:id/absent', [], STAFF),
  forward('POST campus /v1/window-tickets/:id/finish', [], STAFF),
  forward('GET campus /v1/trends', TREND_READERS, { ...HELPER, tellsRoles: true }),
  forward('GET campus /v1/trend-queries', DPO, { ...HELPER, tellsRoles: true }),
  forward('GET campus /v1/staff-cases', [], STAFF),
  forward('GET campus /v1/absences', [], STAFF),
  forward('GET campus /v1/statistics', [], STAFF),
  forward('GET campus /v1/statistics/:id', [], STAFF),
  forward('POST campus /v1/exports', [], { ...STAFF, timeoutMs: 60_000 }),
  forward('GET campus /v1/comment-templates', [], STAFF),
  forward('PUT campus /v1/comment-templates', [], STAFF),
  forward('GET campus /v1/notice-settings', [], STAFF),
  forward('PUT campus /v1/notice-settings', [], STAFF),
  forward('POST campus /v1/mail-address', [], STAFF),
  forward('POST campus /v1/mail-address/confirm', [], STAFF),
  forward('DELETE campus /v1/mail-address', [], STAFF),
  forward('GET campus /v1/notice-deliveries', OPERATOR, DESIGNER),
  forward('POST campus /v1/notice-deliveries/send-again', OPERATOR, DESIGNER),
  forward('GET campus /v1/service-definitions', OPERATOR, DESIGNER),
  forward('POST campus /v1/service-definitions', OPERATOR, DESIGNER),
  forward('POST campus /v1/service-definitions/check', OPERATOR, DESIGNER),
  forward('GET campus /v1/service-definitions/:id/:version', OPERATOR, DESIGNER),
  forward('GET campus /v1/service-definitions/:id/:version/difference', OPERATOR, DESIGNER),
  forward('POST campus /v1/service-definitions/:id/:version/publish', OPERATOR, DESIGNER),
  forward('POST campus /v1/service-definitions/:id/:version/dry-run', OPERATOR, { ...DESIGNER, timeoutMs: 60_000 }),
];

/** Whether this person may use this route. */
export const mayUse = (person: ConsolePerson, route: ForwardedRoute): boolean =>
  (route.accountsOnly !== true || person.kind === 'account') &&
  (route.anyRole === true
    ? scopedRolesOf(person).length > 0
    : rolesOf(person).some((role) => route.roles.includes(role)));

/** What this person may use, by name (`GET issuer /v1/students`), of the services there are: pages show nothing else. */
export const routesOf = (person: ConsolePerson, hasCampus = true): string[] =>
  FORWARDED_ROUTES.filter((route) => mayUse(person, route) && (hasCampus || route.service !== 'campus')).map(
    ({ method, service, path }) => `${method} ${service} ${path}`,
  );

/** The route behind `/api/<service>/v1/…`; the path is matched after decoding nothing: odd segments match nothing. */
export function findForwardedRoute(method: string, path: string): ForwardedRoute | undefined {
  const match = /^\/api\/(issuer|verifier|idp|campus|agent)(\/v1\/[A-Za-z0-9/._~-]{1,200})$/.exec(path);
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
