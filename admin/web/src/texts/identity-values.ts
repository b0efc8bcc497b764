import { language } from '@lanyard/look/staff/language.js';
import { type WordTable, wordOf } from './word-of.js';

const ROLES: WordTable = {
  registrar: { zh: '学籍管理员', en: 'Registrar' },
  'card-officer': { zh: '证件管理员', en: 'Card officer' },
  operator: { zh: '系统管理员', en: 'Operator' },
  'security-auditor': { zh: '安全审计员', en: 'Security auditor' },
  'data-protection-officer': { zh: '个人信息保护负责人', en: 'Data protection officer' },
  guard: { zh: '门卫', en: 'Guard' },
  'window-clerk': { zh: '窗口人员', en: 'Window clerk' },
  counsellor: { zh: '辅导员', en: 'Counsellor' },
  'department-officer': { zh: '院系管理员', en: 'Department officer' },
  'partner-manager': { zh: '接入管理员', en: 'Partner manager' },
  'student-affairs-officer': { zh: '学生工作处', en: 'Student affairs' },
  'aid-officer': { zh: '学生资助中心', en: 'Student aid' },
  'loan-officer': { zh: '助学贷款', en: 'Student loans' },
  'finance-officer': { zh: '财务处', en: 'Finance' },
  'library-officer': { zh: '图书馆', en: 'Library' },
  'laboratory-officer': { zh: '实验室', en: 'Laboratories' },
  'dormitory-officer': { zh: '宿舍管理', en: 'Dormitories' },
  'logistics-officer': { zh: '后勤', en: 'Logistics' },
  'security-officer': { zh: '保卫处', en: 'Campus security' },
  'venue-officer': { zh: '场地管理', en: 'Venues' },
  'innovation-officer': { zh: '创新创业学院', en: 'Innovation' },
  'community-officer': { zh: '学生社区', en: 'Student community' },
  'community-lead': { zh: '学生社区负责人', en: 'Head of the student community' },
  'teaching-secretary': { zh: '教学秘书', en: 'Teaching secretary' },
  'course-teacher': { zh: '任课教师', en: 'Course teacher' },
  'project-tutor': { zh: '项目指导教师', en: 'Project tutor' },
  psychologist: { zh: '心理咨询师', en: 'Psychologist' },
  'party-organiser': { zh: '组织员', en: 'Party organiser' },
  'party-secretary': { zh: '党支部书记', en: 'Party branch secretary' },
  'repair-dispatcher': { zh: '报修调度', en: 'Repair dispatcher' },
  'repair-furniture': { zh: '木工家具维修', en: 'Furniture repairs' },
  'repair-network': { zh: '网络维修', en: 'Network repairs' },
  'repair-water-power': { zh: '水电维修', en: 'Water and power repairs' },
};
const SCOPES: WordTable = {
  university: { zh: '全校', en: 'whole university' },
  campus: { zh: '校区', en: 'campus' },
  college: { zh: '学院', en: 'college' },
  class: { zh: '班级', en: 'class' },
  building: { zh: '楼宇', en: 'building' },
  assigned: { zh: '所带学生', en: 'assigned students' },
};
const RUNGS: WordTable = {
  password: { zh: '密码', en: 'Password' },
  'synced-passkey': { zh: '同步的通行密钥', en: 'Synced passkey' },
  'device-passkey': { zh: '绑定设备的通行密钥', en: 'Device-bound passkey' },
  'wallet-presentation': { zh: '出示学生证', en: 'Student ID presented' },
};
const CLAIMS: WordTable = {
  name: { zh: '姓名', en: 'name' },
  student_number: { zh: '学号', en: 'student number' },
  staff_number: { zh: '工号', en: 'staff number' },
  account_kind: { zh: '学生或教职工', en: 'student or staff' },
  university_code: { zh: '学校标识码', en: 'university code' },
  college: { zh: '学院', en: 'college' },
  major: { zh: '专业', en: 'major' },
  class: { zh: '班级', en: 'class' },
  level: { zh: '培养层次', en: 'level of study' },
  enrolment_status: { zh: '学籍状态', en: 'enrolment status' },
  roles: { zh: '岗位', en: 'roles' },
  groups: { zh: '所属群组', en: 'groups' },
  eduperson_affiliation: { zh: '身份类别（eduPerson）', en: 'affiliation (eduPerson)' },
  eduperson_scoped_affiliation: { zh: '身份类别和学校域名（eduPerson）', en: 'affiliation with domain (eduPerson)' },
  schac_home_organization: { zh: '学校域名（SCHAC）', en: 'domain of the university (SCHAC)' },
  schac_personal_unique_code: { zh: '欧洲学生标识（含学号）', en: 'European Student Identifier (holds the number)' },
};
const LOGOUT_ERRORS: WordTable = {
  'address-unreachable': { zh: '连不上这个系统', en: 'The service could not be reached' },
  'address-not-allowed': { zh: '地址在内网，没有登记', en: 'A private address that is not registered' },
  'answer-too-slow': { zh: '没有按时回答', en: 'No answer in time' },
  'answer-too-large': { zh: '回答太大', en: 'The answer was too large' },
  'relying-party-gone': { zh: '依赖方已经不在', en: 'The relying party is gone' },
};
const STAFF_FINDINGS: WordTable = {
  'staff-number-invalid': {
    zh: '工号应为 1 到 32 位字母、数字或连字符。',
    en: 'A staff number has 1 to 32 letters, digits or hyphens.',
  },
  'staff-name-missing': { zh: '没有姓名。', en: 'The name is missing.' },
  'staff-role-unknown': {
    zh: '没有这个角色。角色如 registrar、guard、operator。',
    en: 'There is no such role. Roles read like registrar, guard, operator.',
  },
  'staff-scope-invalid': {
    zh: '范围不对，应如 university 或 campus:花都校区。',
    en: 'The scope is wrong. It reads like university or campus:NAME.',
  },
  'staff-name-differs': { zh: '同一工号有两个姓名。', en: 'One staff number has two names.' },
};

export const ROLE_NAMES: readonly string[] = Object.keys(ROLES);
export const roleName = (role: string): string => wordOf(ROLES, role);
export const scopeName = (kind: string): string => wordOf(SCOPES, kind);
export const rungText = (level: string): string => wordOf(RUNGS, level);
export const claimText = (claim: string): string => wordOf(CLAIMS, claim);
export const staffFindingText = (code: string): string => wordOf(STAFF_FINDINGS, code);

/** `guard@campus:花都校区` in words. */
export function roleText(text: string): string {
  const [role = '', scope = ''] = text.split('@');
  const at = scope.indexOf(':');
  const [kind, value] = at < 0 ? [scope, ''] : [scope.slice(0, at), scope.slice(at + 1)];
  const place = value === '' ? wordOf(SCOPES, kind) : value;
  return language.value === 'zh' ? `${roleName(role)}（${place}）` : `${roleName(role)} (${place})`;
}

export function logoutErrorText(code: string): string {
  const status = /^logout-answer-(\d{3})$/.exec(code)?.[1];
  if (status === undefined) return wordOf(LOGOUT_ERRORS, code);
  return language.value === 'zh' ? `系统回答 ${status}` : `The service answered ${status}`;
}
