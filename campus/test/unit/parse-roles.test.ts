import { expect, it } from 'vitest';
import { parseRoles, rolesText } from '../../src/domain/people/parse-roles.js';
import type { PersonId } from '../../src/domain/people/person.js';

const PERSON = 'staff:t0007' as PersonId;
const read = (...roles: string[]) => parseRoles(roles.map(encodeURIComponent).join(','), PERSON);

it.each([
  ['registrar@university', { role: 'registrar', scope: { kind: 'university', value: '' } }],
  [
    'department-officer@college:软件学院，南',
    { role: 'department-officer', scope: { kind: 'college', value: '软件学院，南' } },
  ],
  ['counsellor@assigned', { role: 'counsellor', scope: { kind: 'assigned', value: 't0007' } }],
])(
  'reads a role as the identity layer prints it, and whose students are assigned from who holds it [%s]',
  (text, held) => {
    expect(read(text)).toEqual([held]);
    expect(rolesText([held as never])).toBe(encodeURIComponent(text));
  },
);

it.each([
  ['students of somebody else', 'counsellor@assigned:t0006'],
  ['a college without a name', 'department-officer@college'],
  ['the university with a name', 'registrar@university:示例大学'],
  ['a scope that is none', 'registrar@galaxy'],
  ['no scope', 'registrar'],
])('gives no right by what has not its form [%s]', (_, text) => {
  expect(read(text)).toEqual([]);
});

it('cannot read what is not encoded, or more than a hundred', () => {
  expect(parseRoles('%E4%B8', PERSON)).toBeUndefined();
  expect(parseRoles(Array(101).fill('a%40university').join(','), PERSON)).toBeUndefined();
});
