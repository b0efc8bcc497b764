import { type Language, language } from '@lanyard/look/staff/language.js';
import type { Owner, Words } from '../answers.js';
import { workingTime } from '../domain/moments.js';

type Table = Readonly<Record<string, Words>>;

/** Texts that come in both languages, in the one now chosen. */
export const words = (text: Words, chosen: Language = language.value): string => text[chosen];
const look = (table: Table, name: string): string | undefined => table[name] && words(table[name]);

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

export const MODULE_TEXTS: Readonly<Record<string, { title: Words; about: Words; icon: string; tint: string }>> = {
  'daily-affairs': {
    title: { zh: '日常业务', en: 'Daily affairs' },
    about: { zh: '请假、证明、学籍', en: 'Leave, certificates, status' },
    icon: 'file',
    tint: 'ic-m1',
  },
  'student-aid': {
    title: { zh: '奖助体系', en: 'Student aid' },
    about: { zh: '奖学金、助学、勤工', en: 'Scholarships, aid, work' },
    icon: 'aid',
    tint: 'ic-m2',
  },
  education: {
    title: { zh: '智慧教育', en: 'Education' },
    about: { zh: '课程、学业、咨询', en: 'Courses, study, counselling' },
    icon: 'book',
    tint: 'ic-m3',
  },
  innovation: {
    title: { zh: '创新创业', en: 'Innovation' },
    about: { zh: '项目、竞赛、场地', en: 'Projects, contests, venues' },
    icon: 'idea',
    tint: 'ic-m4',
  },
  'general-services': {
    title: { zh: '综合服务', en: 'General services' },
    about: { zh: '报修、失物、投诉建议', en: 'Repairs, lost things, complaints' },
    icon: 'wrench',
    tint: 'ic-m5',
  },
};
export const moduleIcon = (id: string | null): string => MODULE_TEXTS[id ?? '']?.icon ?? 'file';
export const moduleTint = (id: string | null): string => MODULE_TEXTS[id ?? '']?.tint ?? '';
export const moduleTitle = (id: string): string =>
  MODULE_TEXTS[id] === undefined ? id : words(MODULE_TEXTS[id].title);

export const FACET_TEXTS: Table = {
  courses: { zh: '课程', en: 'Courses' },
  research: { zh: '科研', en: 'Research' },
  culture: { zh: '文化', en: 'Culture' },
  network: { zh: '网络', en: 'Network' },
  psychology: { zh: '心理', en: 'Psychology' },
  management: { zh: '管理', en: 'Management' },
  services: { zh: '服务', en: 'Services' },
  funding: { zh: '资助', en: 'Funding' },
};
export const facetTitle = (id: string): string => look(FACET_TEXTS, id) ?? id;

const OUTCOMES: Table = {
  granted: { zh: '已办结', en: 'Done' },
  refused: { zh: '未通过', en: 'Not granted' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn' },
  voided: { zh: '已作废', en: 'Voided' },
};
export const outcomeText = (outcome: string | null): string => look(OUTCOMES, outcome ?? 'granted') ?? String(outcome);

/** A time limit as people count it. */
export function limitText(hours: number): string {
  const { unit, count } = workingTime(hours);
  if (language.value === 'zh') return unit === 'hours' ? `${count} 个工作小时` : `${count} 个工作日`;
  return `${count} working ${unit === 'hours' ? 'hour' : 'day'}${count === 1 ? '' : 's'}`;
}
