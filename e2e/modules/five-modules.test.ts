import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODULE_CLIENTS, type ModuleClient as Part } from '../../campus/src/api/index.js';
import { eventually, type Installation, startInstallation } from '../support/installation.js';
import { type ModuleClient, startModuleClient } from '../support/module-client.js';
import { openStudent, type Student } from '../support/student.js';

const MODULES = MODULE_CLIENTS.filter(({ id }) => id !== 'home');
/** Nobody waits that long; the outbox tries again at most 30 s apart. */
const RETURN_MS = 60_000;
let installation: Installation;
/** A system of another vendor in the place of 创新创业. */
let elsewhere: ModuleClient;
let student: Student;
let other: Student;

beforeAll(async () => {
  installation = await startInstallation();
  const vendor = { id: 'contest-platform', nameZh: '创新创业平台', nameEn: 'Contest platform' };
  elsewhere = await startModuleClient(installation, vendor);
  const idp = installation.run.services.idp;
  student = await openStudent(installation, '9202512000002', { idp });
  other = await openStudent(installation, '9202310000040', { idp });
});
afterAll(async () => {
  await elsewhere?.close();
  await installation?.stop();
});

const addressOf = ({ path }: Part) => `${installation.run.services.campus}${path}`;
const enter = (who: Student, part: Part) =>
  who.browser.open(`${addressOf(part)}/sign-in/start?next=${encodeURIComponent(part.path)}`);
const sessionAt = async (who: Student, part: Part) => {
  const { status, text } = await who.browser.send(`${addressOf(part)}/v1/session`);
  return status === 200 ? (JSON.parse(text) as { name: string; student_number: string }) : undefined;
};
const areOpen = (who: Student, parts: readonly Part[] = MODULE_CLIENTS) =>
  Promise.all(parts.map(async (part) => (await sessionAt(who, part)) !== undefined));
const isOpenElsewhere = async (who: Student) => (await who.browser.send(elsewhere.page)).text.startsWith('SIGNED-IN');

describe('one sign-in for five modules', () => {
  it.each(MODULE_CLIENTS)('$title.zh is entered, and the person is asked at the first only', async (part) => {
    await enter(student, part);
    expect(await sessionAt(student, part)).toMatchObject({ name: '阿依古丽·买买提', student_number: student.number });
    expect(student.browser.prompts()).toBe(1);
  });

  it('a session of one module opens no other', async () => {
    const [first, second] = MODULES;
    await enter(other, first as Part);
    expect(await areOpen(other, [first as Part, second as Part])).toEqual([true, false]);
  });

  it('another system takes the place of a module without a further prompt, and learns no student number', async () => {
    await installation.operator('campus', '/v1/modules/innovation', { url: elsewhere.page }, 'PUT');
    const { text } = await student.browser.send(`${addressOf(MODULE_CLIENTS[0] as Part)}/v1/session`);
    const { modules } = JSON.parse(text) as { modules: { id: string; elsewhere: string | null }[] };
    const led = modules.find(({ id }) => id === 'innovation')?.elsewhere ?? '';
    const page = await student.browser.open(led);
    expect(page.text).toContain('阿依古丽·买买提');
    expect(page.text).not.toContain(student.number);
    expect(student.browser.prompts()).toBe(1);
  });
});

describe('one logout', () => {
  it('ends all of them within 3 s, and nobody else is signed out', async () => {
    for (const part of MODULE_CLIENTS) await enter(other, part);
    const began = await student.signOut();
    await eventually(
      () => areOpen(student),
      (open) => open.every((one) => !one),
      3_000,
    );
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(await areOpen(other)).toEqual(MODULE_CLIENTS.map(() => true));
  });

  it('asks for the person at the next entrance', async () => {
    await enter(student, MODULES[0] as Part);
    expect(student.browser.prompts()).toBe(2);
  });

  it('reaches a service that was down within 60 s of its return, and the others at once', async () => {
    for (const part of MODULE_CLIENTS) await enter(student, part);
    for (const who of [student, other]) await who.browser.open(elsewhere.page);
    const before = elsewhere.openSessions();
    await elsewhere.goDown();
    const began = await student.signOut();
    await eventually(
      () => areOpen(student),
      (open) => open.every((one) => !one),
      3_000,
    );
    expect(Date.now() - began).toBeLessThan(3_000);
    // Long enough for several tries to fail.
    await eventually(
      () => openDeliveries(),
      (rows) => rows.some((row) => row.relying_party === 'contest-platform' && row.tries >= 4),
      20_000,
    );
    expect(elsewhere.openSessions()).toBe(before);
    await elsewhere.comeBack();
    const { ms } = await eventually(
      () => isOpenElsewhere(student),
      (open) => !open,
      RETURN_MS,
    );
    expect(ms).toBeLessThan(RETURN_MS);
    expect(await isOpenElsewhere(other)).toBe(true);
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
