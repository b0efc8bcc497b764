import { join } from 'node:path';
import { createCallerToken, openClientKey, openSealedStore } from '@lanyard/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOSTILE_SEGMENTS, HOSTILE_VALUES, hostileBodies, sampleOf } from './support/hostile.js';
import { type Installation, startInstallation } from './support/installation.js';
import { openStudent, type Student } from './support/student.js';

const SERVICES = ['campus', 'verifier', 'idp', 'issuer'] as const;
type Service = (typeof SERVICES)[number];
const STUDENT = '9202512000002';
/** Everything but the counselling of one's own: who holds much reaches much. */
const ROLES = ['registrar', 'window-clerk', 'counsellor', 'designer', 'student-affairs-officer', 'security-officer']
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
beforeAll(async () => {
  installation = await startInstallation();
  student = await openStudent(installation, STUDENT, { idp: installation.run.services.idp });
  await student.browser.open(
    `${installation.run.services.campus}/m/daily-affairs/sign-in/start?next=%2Fm%2Fdaily-affairs`,
  );
}, 240_000);
afterAll(() => installation?.stop());

const addressOf = (service: Service) =>
  service === 'idp' ? `http://localhost:${installation.portBase + 1}` : installation.run.services[service];

const apiTextOf = (service: Service): Promise<ApiText> =>
  service === 'idp' ? installation.idp('/v1/openapi.json') : installation.operator(service, '/v1/openapi.json');

type Headers = Record<string, string>;
/** What somebody shows who may call a route; undefined where nobody here can play that caller. */
function callerOf(
  service: Service,
  callers: readonly string[],
): { prefix: string; headers: () => Headers } | undefined {
  for (const rule of callers) {
    if (rule === 'open') return { prefix: '', headers: () => ({ Origin: addressOf(service) }) };
    if (rule === 'service:campus-web') {
      const prefix = '/m/daily-affairs';
      const cookie = () => student.browser.cookieFor(`${addressOf('campus')}${prefix}/`);
      return { prefix, headers: () => ({ Cookie: cookie(), Origin: new URL(addressOf('campus')).origin }) };
    }
    const name = rule.startsWith('service:') ? rule.slice('service:'.length) : '';
    const sign = signers.get(name) ?? keyOf(name);
    if (sign === undefined) continue;
    signers.set(name, sign);
    const nowSeconds = () => Math.floor(Date.now() / 1_000);
    return {
      prefix: '',
      headers: () => ({
        Authorization: `Bearer ${createCallerToken({ caller: name, audience: service, sign, nowSeconds: nowSeconds() })}`,
        'Lanyard-Actor': name === 'admin' ? 'account:s001' : `student:${STUDENT}`,
        ...(name === 'admin' && service === 'campus' ? { 'Lanyard-Roles': ROLES } : {}),
      }),
    };
  }
  if (callers.includes('operator'))
    return { prefix: '', headers: () => ({ Authorization: `Bearer ${installation.token}` }) };
  return undefined;
}
const signers = new Map<string, NonNullable<ReturnType<typeof keyOf>>>();
function keyOf(name: string) {
  if (!['admin', 'campus', 'issuer', 'verifier', 'idp'].includes(name)) return undefined;
  const folder = join(installation.home, name);
  return openClientKey(openSealedStore(join(folder, 'store'), join(folder, 'key'))).sign;
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
  for (const headers of [{}, { Authorization: 'Bearer x' }, callerOf(service, ['service:admin'])?.headers() ?? {}])
    expect([401, 403]).toContain((await fetch(`${addressOf(service)}/v1/openapi.json`, { headers })).status);
});

describe('whatever somebody sends who may call', () => {
  it.each(SERVICES)(
    'is never a fault of ours [%s]',
    async (service) => {
      const { paths } = await apiTextOf(service);
      const work = Object.entries(paths).flatMap(([path, operations]) =>
        Object.entries(operations).flatMap(([method, operation]) => {
          const caller = callerOf(service, operation['x-callers']);
          return caller === undefined
            ? []
            : [...requestsTo(method, path, operation)].map((one) => ({ ...one, caller, route: `${method} ${path}` }));
        }),
      );
      const routes = new Set(work.map(({ route }) => route));
      expect(routes.size, 'routes of this service').toBeGreaterThan(20);
      const faults = new Map<string, string>();
      const lanes = Array.from({ length: AT_ONCE }, async () => {
        for (let one = work.pop(); one !== undefined; one = work.pop()) {
          const { method, path, body, type = 'application/json', caller, route } = one;
          const beganMs = performance.now();
          const answer = await fetch(addressOf(service) + caller.prefix + path, {
            method: method.toUpperCase(),
            headers: { ...caller.headers(), ...(body === undefined ? {} : { 'Content-Type': type }) },
            ...(body === undefined ? {} : { body }),
            redirect: 'manual',
          });
          await answer.arrayBuffer();
          const ms = performance.now() - beganMs;
          if (answer.status >= 500 || ms > SLOW_MS)
            faults.set(`${route} ${answer.status}`, `${path.slice(0, 120)} ${body?.slice(0, 300) ?? ''}`);
        }
      });
      await Promise.all(lanes);
      expect(Object.fromEntries(faults)).toEqual({});
    },
    240_000,
  );
});
