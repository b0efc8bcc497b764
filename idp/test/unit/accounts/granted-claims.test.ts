import { describe, expect, it } from 'vitest';
import { type Account, grantedClaims } from '../../../src/domain/accounts/account.js';
import { zRelyingParty } from '../../../src/domain/relying-parties/relying-party.js';

const account: Account = {
  id: 'a1',
  kind: 'student',
  number: '9900000001',
  name: '测试·学生',
  college: '外国语学院',
  major: '英语',
  class: '25英语2班',
  level: '本科',
  enrolmentStatus: '注册学籍',
  state: 'active',
  claimed: true,
  roles: [],
};
const party = (claims: string[]) =>
  zRelyingParty.parse({
    id: 'library',
    name_zh: '图书馆',
    name_en: 'Library',
    protocol: 'cas',
    purpose_zh: '借书',
    purpose_en: 'Loans',
    claims,
    cas: { services: [{ url: 'https://lib.example.edu.cn/' }] },
  });

const HOME = { code: '4199090001', domain: 'example.edu.cn' };

describe('claims a relying party is granted', () => {
  it('are those of its registration and no others', () => {
    expect(grantedClaims(account, party(['name']), HOME)).toEqual({ name: '测试·学生' });
    expect(grantedClaims(account, party([]), HOME)).toEqual({});
  });
  it('name the units of a person, the outer first [groups]', () => {
    expect(grantedClaims(account, party(['groups']), HOME)).toEqual({ groups: ['外国语学院', '25英语2班'] });
  });
  it('leave out what the person has not [no units, no roles]', () => {
    const nobody = { ...account, college: '', class: '' };
    expect(grantedClaims(nobody, party(['groups', 'roles']), HOME)).toEqual({});
    expect(grantedClaims({ ...account, class: '' }, party(['groups']), HOME)).toEqual({
      groups: ['外国语学院'],
    });
  });
});
