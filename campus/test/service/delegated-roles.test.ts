import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IdpUnderTest, startIdp } from '../../../idp/test/service/support/idp-under-test.js';
import { startIssuer, type TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { LEAVE, role, startCampus, type TestCampus } from './support/start-campus.js';

let issuer: TestIssuer;
let idp: IdpUnderTest;
let campus: TestCampus;
beforeAll(async () => {
  issuer = await startIssuer('http://localhost:8080');
  idp = await startIdp({ LANYARD_CALLERS: issuer.callersFolder });
  campus = await startCampus({ issuer, idp: idp.url, withoutConsole: true });
  await campus.enrol([{ number: '20230001' }, { number: '20230002' }]);
}, 120_000);
afterAll(async () => {
  await campus?.close();
  await idp?.close();
  await issuer?.close();
});

const LATER_MS = 31_000;
const counsellor = role('counsellor', 'assigned');
const agree = (step: string) => ({ body: { verb: 'agree', step } });
/** Until the answer kept of somebody's roles is too old; both clocks, since callers prove themselves by the time. */
function later(): void {
  campus.clock.ms += LATER_MS;
  idp.clock.moveMs(LATER_MS);
}
async function leaveOf(number: string): Promise<string> {
  const { status, body } = await campus.student(number)('/v1/cases', { body: { service: 'leave', form: LEAVE } });
  expect(status).toBe(201);
  return body.id;
}
async function delegate(from: string, to: string, held = counsellor): Promise<void> {
  const body = { to, from: new Date(Date.now() - 1000).toISOString(), until: new Date(Date.now() + 86_400_000) };
  expect((await campus.staff(from, held)('/v1/delegations', { body })).status).toBe(201);
}
const inboxOf = async (number: string): Promise<string[]> =>
  (await campus.staff(number)('/v1/inbox?limit=200')).body.tasks.map(({ case_id }: { case_id: string }) => case_id);

describe('a deputy', () => {
  it('acts while who delegated still holds the role, and no longer [role withdrawn]', async () => {
    // The roster writes the number in capitals; the console and the register's counsellor do not.
    const account = await idp.addAccount({ number: 'T001', kind: 'staff', roles: ['counsellor@assigned'] });
    const [first, second] = [await leaveOf('20230001'), await leaveOf('20230002')];
    await delegate('t001', 't050');
    expect((await inboxOf('t050')).sort()).toEqual([first, second].sort());
    expect((await campus.staff('t050')(`/v1/cases/${first}/actions`, agree('counsellor'))).status).toBe(200);
    await idp.database.run.raw('DELETE FROM account_role WHERE account_id = ?', [account]);
    later();
    expect(await inboxOf('t050')).toEqual([]);
    const late = await campus.staff('t050')(`/v1/cases/${second}/actions`, agree('counsellor'));
    expect(late).toMatchObject({ status: 404, body: { code: 'case-not-found' } });
  });
  it('does not act for who is no member of staff any more [account closed]', async () => {
    const account = await idp.addAccount({ number: 't002', kind: 'staff', roles: ['department-officer@university'] });
    await delegate('t002', 't060', role('department-officer'));
    const seen = async () => (await campus.staff('t060')('/v1/staff-cases?status=open')).body.cases.length;
    expect(await seen()).toBeGreaterThan(0);
    await idp.database.run.raw("UPDATE account SET state = 'closed' WHERE id = ?", [account]);
    later();
    expect(await seen()).toBe(0);
  });
});

describe('roles of staff', () => {
  const ask = (init: RequestInit) =>
    fetch(`${idp.url}/v1/staff-roles`, { method: 'POST', body: '{"staff_number":"t003"}', ...init });
  it('are told to campus alone [open] [operator]', async () => {
    const headers = { 'Content-Type': 'application/json' };
    expect((await ask({ headers })).status).toBe(401);
    const operator = { ...headers, Authorization: 'Bearer operator-token-of-the-tests-0123456789' };
    expect((await ask({ headers: operator })).status).toBe(403);
  });
});
