import { type Language, language } from '@lanyard/look/staff/language.js';
import type { Words } from '../answers.js';
import { workingTime } from '../domain/moments.js';

export type Table = Readonly<Record<string, Words>>;

/** Texts that come in both languages, in the one now chosen. */
export const words = (text: Words, chosen: Language = language.value): string => text[chosen];
export const look = (table: Table, name: string): string | undefined => table[name] && words(table[name]);

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
