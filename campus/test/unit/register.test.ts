import { ServiceCallError } from '@lanyard/platform';
import { expect, it } from 'vitest';
import { createRegister } from '../../src/adapters/register.js';

const answering = (answer: unknown) =>
  createRegister({
    json: async () => {
      if (answer instanceof Error) throw answer;
      return answer as never;
    },
  });

it('tells what the register holds, the counsellor by number in small letters, and nothing else of it', async () => {
  const facts = await answering({ name: '张三', counsellor_staff_number: 'T0007', birth_date: '2004-07-10' }).findFacts(
    '1',
  );
  expect(facts).toMatchObject({ name: '张三', counsellor: 't0007', building: '' });
  expect(facts).not.toHaveProperty('birth_date');
  expect(facts).not.toHaveProperty('counsellor_staff_number');
});

it.each([
  ['nobody of that number', new ServiceCallError(404, 'student-not-found'), 'applicant-unknown'],
  ['no issuer there', new ServiceCallError(0, 'unreachable'), 'dependency-unavailable'],
  ['a refusal of the issuer', new ServiceCallError(403, 'not-allowed'), 'dependency-unavailable'],
  ['an answer that is none', { name: 5 }, 'dependency-unavailable'],
])('is no guess where the register does not say [%s]', async (_, answer, code) => {
  await expect(answering(answer).findFacts('1')).rejects.toMatchObject({ code });
});
