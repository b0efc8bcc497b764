import { language } from '@lanyard/look/staff/language.js';
import type { Owner, Words } from '../answers.js';
import { look, type Table, words } from './values.js';

/** Roles as a student knows them: the office rather than the right. */
export const ROLES: Table = {
  registrar: { zh: '教务处学籍科', en: 'the registry' },
  'card-officer': { zh: '证件中心', en: 'the card office' },
  'window-clerk': { zh: '服务窗口', en: 'the service window' },
  counsellor: { zh: '辅导员', en: 'your counsellor' },
  'department-officer': { zh: '学院', en: 'the college office' },
  'student-affairs-officer': { zh: '学生工作处', en: 'student affairs' },
  'aid-officer': { zh: '学生资助中心', en: 'student aid' },
  'loan-officer': { zh: '助学贷款', en: 'student loans' },
  'finance-officer': { zh: '财务处', en: 'finance' },
  'library-officer': { zh: '图书馆', en: 'the library' },
  'laboratory-officer': { zh: '实验室', en: 'the laboratories' },
  'dormitory-officer': { zh: '宿舍管理', en: 'dormitory management' },
  'logistics-officer': { zh: '后勤', en: 'logistics' },
  'security-officer': { zh: '保卫处', en: 'campus security' },
  'venue-officer': { zh: '场地管理', en: 'venue management' },
  'innovation-officer': { zh: '创新创业学院', en: 'the innovation school' },
  'community-officer': { zh: '学生社区', en: 'the student community office' },
  'community-lead': { zh: '学生社区负责人', en: 'the head of the student community' },
  'teaching-secretary': { zh: '教学秘书', en: 'the teaching secretary' },
  'course-teacher': { zh: '任课教师', en: 'the course teacher' },
  'project-tutor': { zh: '项目指导教师', en: 'the project tutor' },
  psychologist: { zh: '心理咨询师', en: 'the psychologist' },
  'party-organiser': { zh: '组织员', en: 'the party organiser' },
  'party-secretary': { zh: '党支部书记', en: 'the party branch secretary' },
  'repair-dispatcher': { zh: '报修调度', en: 'repair dispatch' },
  'repair-furniture': { zh: '木工家具维修', en: 'furniture repairs' },
  'repair-network': { zh: '网络维修', en: 'network repairs' },
  'repair-water-power': { zh: '水电维修', en: 'water and power repairs' },
  'volunteer-officer': { zh: '志愿服务中心', en: 'the volunteer office' },
};
const OTHER_ROLE: Words = { zh: '经办部门', en: 'the office in charge' };
export const roleText = (role: string): string => look(ROLES, role) ?? words(OTHER_ROLE);

const YOU: Words = { zh: '你', en: 'you' };
const NAMED: Words = { zh: '指定的老师', en: 'a named member of staff' };
/** Who has it: the office, with its part of the university. */
export function ownerText(owner: Owner): string {
  if (owner.kind !== 'role') return words(owner.kind === 'applicant' ? YOU : NAMED);
  const role = roleText(owner.role);
  const isPart = ['college', 'campus', 'class', 'building'].includes(owner.scope_kind) && owner.scope_value !== '';
  if (!isPart) return role;
  return language.value === 'zh' ? `${role}（${owner.scope_value}）` : `${role} (${owner.scope_value})`;
}
export function ownersText(owners: readonly Owner[]): string {
  const names = [...new Set(owners.map(ownerText))];
  return names.join(language.value === 'zh' ? '、' : ', ');
}
export const rolesText = (roles: readonly string[]): string =>
  [...new Set(roles.map(roleText))].join(language.value === 'zh' ? '、' : ', ');
