import { type Language, language } from '@lanyard/look/staff/language.js';

/** 学籍状态 by code (docs/formats.md, enrolment states), in the order of their numbers. */
const TEXTS = {
  'not-registered': { zh: '未注册', en: 'Not registered' },
  enrolled: { zh: '注册学籍', en: 'Enrolled' },
  'admission-retained': { zh: '保留入学资格', en: 'Admission retained' },
  'on-leave-of-absence': { zh: '休学', en: 'On leave of absence' },
  'status-retained': { zh: '保留学籍', en: 'Status retained' },
  exchange: { zh: '交流', en: 'Exchange' },
  'transferred-out': { zh: '转出', en: 'Transferred out' },
  withdrawn: { zh: '退学', en: 'Withdrawn' },
  expelled: { zh: '开除学籍', en: 'Expelled' },
  graduated: { zh: '毕业', en: 'Graduated' },
  completed: { zh: '结业', en: 'Completed' },
  attended: { zh: '肄业', en: 'Attended' },
  deceased: { zh: '死亡', en: 'Deceased' },
} as const satisfies Record<string, Record<Language, string>>;

export type EnrolmentStatus = keyof typeof TEXTS;
export const ENROLMENT_STATUSES = Object.keys(TEXTS) as EnrolmentStatus[];

/** The status in the chosen language; a code this page does not know is shown as it is. */
export function enrolmentText(code: string): string {
  return code in TEXTS ? TEXTS[code as EnrolmentStatus][language.value] : code;
}
