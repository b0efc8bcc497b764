import { createLogger, ServiceCallError, type ServiceClient } from '@lanyard/platform';
import { describe, expect, it } from 'vitest';
import { createStaffRoles } from '../../src/adapters/staff-roles.js';
import type { PersonId } from '../../src/domain/people/person.js';

const T001 = 'staff:t001' as PersonId;
const away = () => Promise.reject(new ServiceCallError(0, 'unreachable'));

/** A line to the identity layer whose answers the test chooses, and what was asked on it. */
function lineTo(answer: () => Promise<unknown>) {
  const line = { answer, asked: [] as unknown[], nowMs: 0, logged: [] as string[] };
  const idp = {
    json: (_path: string, options: { body?: unknown } = {}) => {
      line.asked.push(options.body);
      return line.answer();
    },
  } as Pick<ServiceClient, 'json'>;
  const clock = { nowMs: () => line.nowMs, nowSeconds: () => Math.floor(line.nowMs / 1000) };
  const log = createLogger('campus', (text) => line.logged.push(text), clock.nowMs);
  return { line, roles: createStaffRoles({ idp, clock, log }) };
}
const dean = { role: 'department-officer', scope: { kind: 'college', value: '软件学院' } };

describe('what a member of staff holds today', () => {
  it('is asked once in half a minute and read as roles are elsewhere', async () => {
    const { line, roles } = lineTo(async () => ({
      roles: ['department-officer@college:软件学院', 'counsellor@assigned'],
    }));
    const all = [dean, { role: 'counsellor', scope: { kind: 'assigned', value: 't001' } }];
    expect(await roles.of(T001)).toEqual(all);
    line.nowMs = 29_999;
    expect(await roles.of(T001)).toEqual(all);
    expect(line.asked).toEqual([{ staff_number: 't001' }]);
    line.answer = async () => ({ roles: [] });
    line.nowMs = 30_000;
    expect(await roles.of(T001)).toEqual([]);
  });
  it('is what was last known for ten minutes while nobody answers, and nothing afterwards', async () => {
    const { line, roles } = lineTo(async () => ({ roles: ['department-officer@college:软件学院'] }));
    await roles.of(T001);
    line.answer = away;
    line.nowMs = 599_999;
    expect(await roles.of(T001)).toEqual([dean]);
    line.nowMs = 600_000;
    expect(await roles.of(T001)).toEqual([]);
    expect(line.logged.join('')).toContain('staff-roles.away');
  });
  it.each([
    ['nobody answers at the first question', away],
    ['an answer of another form', async () => ({ roles: 'all' })],
    ['more roles than anybody has', async () => ({ roles: Array.from({ length: 101 }, () => 'guard@university') })],
  ])('is nothing [%s]', async (_, answer) => {
    const { roles } = lineTo(answer);
    expect(await roles.of(T001)).toEqual([]);
  });
});
