import { ENROLMENT_STATES } from '@lanyard/protocol';
import { describe, expect, it } from 'vitest';
import type { Account } from '../../../src/domain/accounts/account.js';
import { affiliationsOf, researchClaims } from '../../../src/domain/accounts/research-names.js';

const account = (kind: Account['kind'], enrolmentStatus = ''): Account => ({
  ...{ id: 'a1', kind, number: '9900000001', name: '测试·学生', college: '', major: '', class: '', level: '' },
  ...{ enrolmentStatus, state: 'active', claimed: true, roles: [] },
});
const HOME = { code: '4199090001', domain: 'example.edu.cn' };

describe('a person in the words of a federation', () => {
  it('is a member while the student ID may be used, and by no other state [all thirteen]', () => {
    const found = Object.fromEntries(
      ENROLMENT_STATES.map(({ code }) => [code, affiliationsOf(account('student', code)).join()]),
    );
    expect(found).toEqual({
      ...{ enrolled: 'student,member', exchange: 'student,member' },
      ...{ 'not-registered': 'affiliate', 'admission-retained': 'affiliate', 'on-leave-of-absence': 'affiliate' },
      ...{ 'status-retained': 'affiliate', graduated: 'alum', completed: 'alum', attended: 'alum' },
      ...{ 'transferred-out': '', withdrawn: '', expelled: '', deceased: '' },
    });
    expect(affiliationsOf(account('staff'))).toEqual(['employee', 'member']);
    expect(affiliationsOf(account('student', 'no such state'))).toEqual([]);
  });
  it('is scoped by the domain of the university, and a student has an identifier in it', () => {
    expect(researchClaims(account('student', 'enrolled'), HOME)).toEqual({
      eduperson_affiliation: ['student', 'member'],
      eduperson_scoped_affiliation: ['student@example.edu.cn', 'member@example.edu.cn'],
      schac_home_organization: 'example.edu.cn',
      schac_personal_unique_code: ['urn:schac:personalUniqueCode:int:esi:example.edu.cn:9900000001'],
    });
  });
  it.each([
    ['staff', account('staff')],
    ['an alum', account('student', 'graduated')],
    ['somebody who left', account('student', 'withdrawn')],
  ])('has no student identifier [%s]', (_, one) =>
    expect(researchClaims(one, HOME)).not.toHaveProperty('schac_personal_unique_code'),
  );
});
