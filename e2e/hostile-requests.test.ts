import { createCallerToken, systemClock } from '@lanyard/platform';
import type { Sign } from '@lanyard/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE_SEGMENTS, HOSTILE_VALUES, hostileBodies, sampleOf } from './support/hostile.js';
import { inLanes } from './support/in-lanes.js';
import { type Installation, startInstallation } from './support/installation.js';
import { serviceKey } from './support/service-key.js';
import { openStudent, type Student } from './support/student.js';

const SERVICES = ['campus', 'verifier', 'idp', 'issuer'] as const;
type Service = (typeof SERVICES)[number];
const STUDENT = '9202512000002';
/** The services whose calls are made here, and the module that the student has entered. */
const KEYS = ['admin', 'campus', 'issuer', 'verifier', 'idp'] as const;
const PLAYED = [...KEYS, 'campus-web'];
const DOOR = '/m/daily-affairs';
/** Who holds much reaches much. */
const ROLES = [
  'registrar',
  'window-clerk',
  'counsellor',
  'community-lead',
  'student-affairs-officer',
  'security-officer',
]
  .map((role) => encodeURIComponent(`${role}@university`))
  .join(',');
const AT_ONCE = 8;
const SLOW_MS = 10_000;

/** Bodies whose schema says less than what is wanted, by route. */
const WRITTEN: Readonly<Record<string, object>> = {
  'post /v1/cases': {
    service: 'leave',
    form: { kind: 'personal', from: '2027-03-01', to: '2027-03-05', days: 5, reason: '回家看望外婆' },
  },
  'put /v1/drafts/{service}': { form: { kind: 'illness', days: 2, from: '2027-03-01' }, version: null },
  'post /v1/presentation-requests': {
    dcql_query: {
      credentials: [
        {
          ...{ id: 'id', format: 'dc+sd-jwt', meta: { vct_values: ['urn:example:student'] } },
          claims: [{ path: ['enrolment_status'], values: ['enrolled'] }],
        },
      ],
    },
    purpose_text: { zh: '核验', en: 'Check' },
  },
};

interface Operation {
  readonly 'x-callers': readonly string[];
  readonly parameters?: readonly { name: string; in: 'path' | 'query'; schema: object }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: object } } };
}
interface ApiText {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

let installation: Installation;
let student: Student;
let keys: Map<string, Sign>;
beforeAll(async () => {
  installation = await startInstallation();
  student = await openStudent(installation, STUDENT, { idp: installation.run.services.idp });
  await student.browser.open(`${addressOf('campus')}${DOOR}/sign-in/start?next=${encodeURIComponent(DOOR)}`);
  keys = new Map(KEYS.map((name) => [name, serviceKey(installation, name)]));
}, 240_000);
afterAll(() => installation?.stop());

const addressOf = (service: Service) => installation.run.services[service];
const apiTextOf = (service: Service) => installation.operator<ApiText>(service, '/v1/openapi.json');

interface Player {
  /** Before the path of a route. */
  readonly prefix: string;
  readonly headers: () => Record<string, string>;
}
/** Who may call a route, as far as somebody here can play him; undefined for agents, and guards at their page. */
function playerOf(service: Service, callers: readonly string[]): Player | undefined {
  const [rule] = callers.filter((one) => one === 'open' || PLAYED.some((name) => one === `service:${name}`));
  if (rule === 'open') return { prefix: '', headers: () => ({ Origin: addressOf(service) }) };
  if (rule === 'service:campus-web') {
    const Origin = addressOf('campus');
    const Cookie = student.browser.cookieFor(`${Origin}${DOOR}/`);
    return { prefix: DOOR, headers: () => ({ Cookie, Origin }) };
  }
  if (rule !== undefined) return { prefix: '', headers: () => asService(rule.slice('service:'.length), service) };
  if (callers.includes('operator'))
    return { prefix: '', headers: () => ({ Authorization: `Bearer ${installation.token}` }) };
  return undefined;
}
function asService(caller: string, audience: Service): Record<string, string> {
  const sign = keys.get(caller);
  if (sign === undefined) throw new Error(`nobody plays ${caller}`);
  const token = createCallerToken({ caller, audience, sign, nowSeconds: systemClock.nowSeconds() });
  const isStaff = caller === 'admin';
  return {
    Authorization: `Bearer ${token}`,
    'Lanyard-Actor': isStaff ? 'account:s001' : `student:${STUDENT}`,
    ...(isStaff && audience === 'campus' ? { 'Lanyard-Roles': ROLES } : {}),
  };
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly type?: string;
}
/** Each parameter by its worst, each value of the body by its worst, and bodies that are none. */
function* requestsTo(method: string, path: string, { parameters = [], requestBody }: Operation): Generator<Request> {
  const schemaOf = new Map(parameters.map(({ name, schema }) => [name, schema]));
  const fill = (change: Record<string, string> = {}) =>
    path.replace(
      /\{(\w+)\}/g,
      (_, name: string) => change[name] ?? encodeURIComponent(String(sampleOf(schemaOf.get(name) ?? {}))),
    );
  const sample =
    requestBody === undefined
      ? undefined
      : (WRITTEN[`${method} ${path}`] ?? sampleOf(requestBody.content['application/json'].schema));
  const whole = method === 'get' || sample === undefined ? {} : { body: JSON.stringify(sample) };
  for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g))
    for (const segment of HOSTILE_SEGMENTS) yield { method, path: fill({ [name]: segment }), ...whole };
  for (const { name } of parameters.filter((one) => one.in === 'query'))
    for (const value of HOSTILE_VALUES) yield { method, path: `${fill()}?${name}=${value}`, ...whole };
  if (method === 'get') yield { method, path: `${fill()}?a=1&a=2` };
  else if (sample === undefined)
    for (const type of ['application/json', 'text/csv', 'image/jpeg', 'application/x-www-form-urlencoded'])
      for (const body of ['', '{', '\0', 'a=b']) yield { method, path: fill(), body, type };
  else for (const body of hostileBodies(sample)) yield { method, path: fill(), body };
}

it.each(SERVICES)('what a service takes is told to the operator alone [%s]', async (service) => {
  const { openapi, paths } = await apiTextOf(service);
  expect(openapi).toBe('3.1.0');
  expect(paths['/v1/openapi.json']?.['get']).toMatchObject({ 'x-callers': ['operator'] });
  for (const headers of [{}, { Authorization: 'Bearer x' }, asService('admin', service)])
    expect([401, 403]).toContain((await fetch(`${addressOf(service)}/v1/openapi.json`, { headers })).status);
});

async function send(address: string, init: RequestInit): Promise<{ status: number }> {
  const answer = await fetch(address, { ...init, redirect: 'manual' });
  await answer.arrayBuffer();
  return answer;
}
describe('whatever somebody sends who may call', () => {
  it.each(SERVICES)(
    'is never a fault of ours [%s]',
    async (service) => {
      const { paths } = await apiTextOf(service);
      const work = Object.entries(paths).flatMap(([path, operations]) =>
        Object.entries(operations).flatMap(([method, operation]) => {
          const player = playerOf(service, operation['x-callers']);
          const requests = player === undefined ? [] : [...requestsTo(method, path, operation)];
          return requests.map((one) => ({ ...one, player, route: `${method} ${path}` }));
        }),
      );
      const taken = new Set<string>();
      const faults = new Map<string, string>();
      await inLanes(work, AT_ONCE, async ({ method, path, body, type = 'application/json', player, route }) => {
        const beganMs = performance.now();
        const { status } = await send(`${addressOf(service)}${player?.prefix}${path}`, {
          method: method.toUpperCase(),
          headers: { ...player?.headers(), ...(body === undefined ? {} : { 'Content-Type': type }) },
          ...(body === undefined ? {} : { body }),
        });
        if (status < 300) taken.add(route);
        if (status >= 500 || performance.now() - beganMs > SLOW_MS)
          faults.set(`${route} ${status}`, `${path.slice(0, 120)} ${body?.slice(0, 300) ?? ''}`);
      });
      expect(Object.fromEntries(faults)).toEqual({});
      expect(new Set(work.map(({ route }) => route)).size, 'routes of this service').toBeGreaterThan(20);
      expect(taken.size, 'routes that took something').toBeGreaterThan(4);
    },
    240_000,
  );
});
