import { afterAll, beforeAll, expect, it } from 'vitest';
import { workbookToCsv } from '../../../issuer/src/domain/workbook/workbook-to-csv.js';
import type { CaseState } from '../../src/domain/cases/case-state.js';
import { attendedServices } from '../../src/domain/definitions/check-form.js';
import type { ServiceDefinition } from '../../src/domain/definitions/definition.js';
import { allSteps } from '../../src/domain/definitions/walk-steps.js';
import { CATALOGUE } from '../support/catalogue.js';
import { ROLES } from '../support/population.js';
import { role, startCampus, type TestCampus } from './support/start-campus.js';

const OTHERS = ['guard', 'operator', 'security-auditor', 'data-protection-officer', 'card-officer', 'window-clerk'];
const EVERY_ROLE = [...new Set([...ROLES, ...OTHERS])].sort();
const HIDDEN = ['party-membership', 'counselling-appointment', 'campus-incident'];
/** Of who complained without a name: nowhere in what a department is told. */
const CANARIES = { number: '90909090', name: '匿影人', college: '匿影学院', class: '匿影2301' };
let campus: TestCampus;
interface Begun {
  definition: ServiceDefinition;
  id: string;
  state: CaseState;
}
const begun: Begun[] = [];

beforeAll(async () => {
  campus = await startCampus();
  const numberOf = (at: number) => `2040${String(at).padStart(8, '0')}`;
  await campus.enrol([CANARIES, ...CATALOGUE.map((_, at) => ({ number: numberOf(at) }))]);
  for (const [at, definition] of CATALOGUE.entries()) {
    // Nobody here has attended anything that could be certified.
    if (attendedServices(definition.form).length > 0) continue;
    const isComplaint = definition.id === 'complaint';
    const number = isComplaint ? CANARIES.number : numberOf(at);
    const test = definition.tests.find((one) => one.expect === 'path');
    const form = { ...test?.form, ...(isComplaint ? { anonymous: true } : {}) };
    for (const step of allSteps(definition.steps))
      if (step.kind === 'quota' && step.places === undefined) {
        const values = Object.fromEntries(step.key_fields.map((field) => [field, (form as never)[field]]));
        const body = { service: definition.id, step: step.id, values, capacity: 10 };
        const owner = campus.staff('q1', role(step.owners[0]?.role ?? ''));
        expect((await owner('/v1/occasions', { method: 'PUT', body })).status).toBe(200);
      }
    const { students, staff_roles: roles } = definition.start;
    const started = students
      ? await campus.student(number)('/v1/cases', { body: { service: definition.id, form } })
      : await campus.staff('s1', role(roles[0] ?? ''))('/v1/cases', {
          body: {
            service: definition.id,
            form,
            ...(definition.about === 'incident' ? {} : { student_number: number }),
          },
        });
    expect([definition.id, started.status]).toEqual([definition.id, 201]);
    const { id } = started.body;
    if (isComplaint) {
      const body = { verb: 'agree', step: 'classify', choice: 'canteen' };
      const community = campus.staff('c1', role('community-officer'));
      expect((await community(`/v1/cases/${id}/actions`, { body })).status).toBe(200);
    }
    begun.push({ definition, id, state: (await campus.rowsOf(id)).state });
  }
}, 180_000);
afterAll(() => campus?.close());

/** What the definitions say, worked out here a second time for a role held for the whole university. */
const sees = ({ visible_to: to }: ServiceDefinition, name: string) => to === 'everyone' || to.roles.includes(name);
const ownersAt = (state: CaseState, ...statuses: string[]): string[] =>
  Object.values(state.steps).flatMap((step) =>
    (step.status === 'open' || step.status === 'done') && statuses.includes(step.status)
      ? step.slots.flatMap(({ owner }) => (owner.kind === 'role' ? [owner.role] : []))
      : [],
  );
const mayRead = ({ definition, state }: Begun, name: string) =>
  sees(definition, name) && [...ownersAt(state, 'open', 'done'), definition.void_by?.role].includes(name);
const isNamed = ({ steps, void_by }: ServiceDefinition, name: string) =>
  JSON.stringify([steps, void_by]).includes(`"role":"${name}"`);

it.each(EVERY_ROLE)('%s sees of each service, case and list what the definitions say, and no more', async (name) => {
  const as = campus.staff(`m-${name}`, role(name));
  const told: string[] = [];
  const get = async (path: string) => {
    const answer = await as(path);
    told.push(JSON.stringify(answer.body));
    return answer;
  };
  const ids = (list: { id: string }[]) => list.map(({ id }) => id).sort();
  const readable = begun.filter((one) => mayRead(one, name));

  const { services } = (await get('/v1/services')).body;
  expect(ids(services)).toEqual(ids(CATALOGUE.filter((one) => sees(one, name))));
  expect(ids((await get('/v1/staff-cases?limit=100')).body.cases)).toEqual(ids(readable));
  const waiting = begun.filter((one) => sees(one.definition, name) && ownersAt(one.state, 'open').includes(name));
  const tasks = (await get('/v1/inbox?limit=200')).body.tasks as { case_id: string }[];
  expect([...new Set(tasks.map(({ case_id: id }) => id))].sort()).toEqual(ids(waiting));
  const counted = (await get('/v1/statistics')).body.services as { service: { id: string } }[];
  expect(ids(counted.map(({ service }) => service))).toEqual(
    ids(CATALOGUE.filter((one) => sees(one, name) && isNamed(one, name))),
  );
  const wanted = (isSeen: boolean) => (isSeen ? 200 : 404);
  await Promise.all(
    begun.map(async (one) => {
      const { definition, id } = one;
      expect((await get(`/v1/services/${definition.id}`)).status).toBe(wanted(sees(definition, name)));
      for (const path of [`/v1/cases/${id}`, `/v1/cases/${id}/history`])
        expect([definition.id, (await get(path)).status]).toEqual([definition.id, wanted(mayRead(one, name))]);
      const isCounted = sees(definition, name) && isNamed(definition, name);
      expect((await get(`/v1/statistics/${definition.id}`)).status).toBe(wanted(isCounted));
    }),
  );
  const absences = (await get('/v1/absences')).body.absences;
  expect(absences).toEqual([]);
  for (const what of ['cases', 'statistics']) {
    const { body, status } = await as('/v1/exports', { body: { what } });
    expect(status).toBe(200);
    let csv = '';
    await workbookToCsv(body, new Set(), (text) => {
      csv += text;
    });
    told.push(csv);
    for (const one of begun.filter(({ definition }) => HIDDEN.includes(definition.id))) {
      expect(csv).not.toContain(one.id);
      expect(csv).not.toContain(one.definition.title.zh);
    }
    if (what === 'cases')
      for (const { id, definition } of readable) expect(csv.includes(id)).toBe(definition.visible_to === 'everyone');
  }
  const all = told.join('\n');
  for (const { definition, id } of begun.filter((one) => !sees(one.definition, name)))
    for (const trace of [id, definition.id, definition.title.zh]) expect(all).not.toContain(trace);
  const complaint = begun.find(({ definition }) => definition.id === 'complaint');
  const isKnown = complaint?.definition.anonymity?.known_to.includes(name) === true && mayRead(complaint, name);
  if (isKnown) expect(all).toContain(CANARIES.number);
  else for (const canary of Object.values(CANARIES)) expect(all).not.toContain(canary);
});

it('finds the complainant by number, college and class for those who may know him alone', async () => {
  const department = campus.staff('l1', role('logistics-officer'));
  const community = campus.staff('c1', role('community-officer'));
  for (const query of [
    `student=${CANARIES.number}`,
    `college=${encodeURIComponent(CANARIES.college)}`,
    `class=${encodeURIComponent(CANARIES.class)}`,
  ]) {
    expect((await department(`/v1/staff-cases?${query}`)).body.cases).toEqual([]);
    expect((await community(`/v1/staff-cases?${query}`)).body.cases).toHaveLength(1);
  }
});
