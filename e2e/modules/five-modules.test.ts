import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Installation, startInstallation } from '../support/installation.js';
import { type ModuleClient, startModuleClient } from '../support/module-client.js';
import { openStudent, type Student } from '../support/student.js';

/** The five modules, until they exist. */
const MODULES = [
  { id: 'daily', nameZh: '日常业务', nameEn: 'Daily business' },
  { id: 'aid', nameZh: '奖助体系', nameEn: 'Awards and aid' },
  { id: 'teaching', nameZh: '智慧教育', nameEn: 'Smart teaching' },
  { id: 'innovation', nameZh: '创新创业', nameEn: 'Innovation' },
  { id: 'services', nameZh: '综合服务', nameEn: 'Services' },
];
/** Nobody waits that long; the outbox tries again at most 30 s apart. */
const RETURN_MS = 60_000;
let installation: Installation;
let modules: ModuleClient[];
let student: Student;
let other: Student;

beforeAll(async () => {
  installation = await startInstallation();
  modules = [];
  for (const module of MODULES) modules.push(await startModuleClient(installation, module));
  const idp = installation.run.services.idp;
  student = await openStudent(installation, '9202512000002', { idp });
  other = await openStudent(installation, '9202310000040', { idp });
});
afterAll(async () => {
  for (const module of modules ?? []) await module.close();
  await installation?.stop();
});

const moduleOf = (id: string): ModuleClient => {
  const module = modules.find((one) => one.id === id);
  if (module === undefined) throw new TypeError(id);
  return module;
};
const enter = async (who: Student, module: ModuleClient) => (await who.browser.open(module.page)).text;
const isOpen = async (who: Student, module: ModuleClient) =>
  (await who.browser.send(module.page)).text.startsWith('SIGNED-IN');

describe('one sign-in for five modules', () => {
  it.each(MODULES)('$nameZh is entered, and the person is asked at the first only', async ({ id }) => {
    const text = await enter(student, moduleOf(id));
    expect(JSON.parse(text.replace('SIGNED-IN ', ''))).toMatchObject({
      name: '阿依古丽·买买提',
      account_kind: 'student',
    });
    expect(student.browser.prompts()).toBe(1);
  });

  it('shows no student number where none was granted', async () => {
    expect(await enter(student, moduleOf('aid'))).not.toContain(student.number);
  });

  it('knows the person by another name in each module', async () => {
    const texts = await Promise.all(modules.map((module) => enter(student, module)));
    const subjects = texts.map((text) => (JSON.parse(text.replace('SIGNED-IN ', '')) as { sub: string }).sub);
    expect(new Set(subjects).size).toBe(MODULES.length);
  });
});

describe('one logout', () => {
  it('ends all five within 3 s, and nobody else is signed out', async () => {
    for (const module of modules) await enter(other, module);
    const began = await student.signOut();
    await eventually(
      () => Promise.all(modules.map((module) => isOpen(student, module))),
      (open) => open.every((one) => !one),
      3_000,
    );
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(await Promise.all(modules.map((module) => isOpen(other, module)))).toEqual(MODULES.map(() => true));
  });

  it('asks for the person at the next entrance', async () => {
    await enter(student, moduleOf('daily'));
    expect(student.browser.prompts()).toBe(2);
  });

  it('reaches a service that was down within 60 s of its return, and the others at once', async () => {
    for (const module of modules) await enter(student, module);
    const down = moduleOf('innovation');
    const before = modules.map((module) => module.openSessions());
    await down.goDown();
    const began = await student.signOut();
    const up = modules.filter((module) => module !== down);
    await eventually(
      () => Promise.all(up.map((module) => isOpen(student, module))),
      (open) => open.every((one) => !one),
      3_000,
    );
    expect(Date.now() - began).toBeLessThan(3_000);
    // Long enough for several tries to fail.
    await eventually(
      () => openDeliveries(),
      (rows) => rows.some((row) => row.relying_party === 'innovation' && row.tries >= 4),
      20_000,
    );
    expect(down.openSessions()).toBe(before[modules.indexOf(down)]);
    await down.comeBack();
    const { ms } = await eventually(
      () => isOpen(student, down),
      (open) => !open,
      RETURN_MS,
    );
    expect(ms).toBeLessThan(RETURN_MS);
    expect(await isOpen(other, down)).toBe(true);
  });

  it('leaves nothing open for operators to look after', async () => {
    await eventually(openDeliveries, (rows) => rows.length === 0, 2_000);
  });
});

const openDeliveries = async () =>
  (
    await installation.idp<{ deliveries: { relying_party: string; tries: number }[] }>(
      '/v1/logout-deliveries?open=true',
    )
  ).deliveries;
