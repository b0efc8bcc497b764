import { ENROLMENT_STATES, type EnrolmentStatus } from '@lanyard/protocol';

const STATUSES = ENROLMENT_STATES.map((state) => state.code);
const LEAVING = ['not-registered', 'admission-retained', 'enrolled', 'on-leave-of-absence', 'status-retained'] as const;
const STUDYING = ['enrolled', 'on-leave-of-absence', 'status-retained'] as const;
const LIVING = STATUSES.filter((status) => status !== 'deceased');
/** Facts of whom studies or will study may change; what an alumni ID says is corrected, too. */
const NAMED = LIVING.filter((status) => !['transferred-out', 'withdrawn', 'expelled'].includes(status));

/** `free`, or only with the number of the document that orders it, or never. */
export type ReversalRule = 'free' | 'by-document' | 'never';

interface KindRule {
  readonly zh: string;
  readonly en: string;
  readonly from: readonly EnrolmentStatus[];
  /** Undefined: the status stays; `any`: the change itself says where it leads. */
  readonly to: EnrolmentStatus | 'any' | undefined;
  readonly reversal: ReversalRule;
  /** Last day, inclusive, where the change has one. */
  readonly until: 'required' | 'optional' | 'none';
  readonly facts: 'name' | 'study' | 'none';
  /** Not open to people: made by another change or by an import. */
  readonly internal: boolean;
}

/** The kinds of dated changes of a student's life: where each may start and where it leads. Migration 0130 repeats it. */
export const CHANGE_KINDS = {
  admission: kind('入学', 'admission', ['not-registered', 'admission-retained'], 'enrolled'),
  'admission-retention': kind('保留入学资格', 'admission retained', ['not-registered'], 'admission-retained', {
    until: 'optional',
  }),
  'transfer-in': kind('转入', 'transfer in', ['not-registered'], 'enrolled'),
  'exchange-guest': kind('交流生入校', 'exchange guest', ['not-registered'], 'exchange', { until: 'required' }),
  'exchange-end': kind('交流生离校', 'end of a guest\u2019s exchange', ['exchange'], 'transferred-out', {
    reversal: 'by-document',
  }),
  'exchange-out': kind('外出交流', 'exchange elsewhere', ['enrolled'], 'exchange', { until: 'optional' }),
  'exchange-return': kind('交流返校', 'back from exchange', ['exchange'], 'enrolled'),
  leave: kind('休学', 'leave of absence', ['enrolled'], 'on-leave-of-absence', { until: 'optional' }),
  'status-retention': kind('保留学籍', 'status retained', ['enrolled', 'on-leave-of-absence'], 'status-retained', {
    until: 'optional',
  }),
  return: kind('复学', 'return', ['on-leave-of-absence', 'status-retained'], 'enrolled'),
  'name-change': kind('更改姓名', 'change of name', NAMED, undefined, { facts: 'name' }),
  'study-change': kind('学籍异动（学院、专业、班级）', 'change of college, major or class', NAMED, undefined, {
    facts: 'study',
  }),
  'transfer-out': kind('转出', 'transfer out', STUDYING, 'transferred-out', { reversal: 'by-document' }),
  withdrawal: kind('退学', 'withdrawal', [...LEAVING, 'exchange'], 'withdrawn', { reversal: 'by-document' }),
  expulsion: kind('开除学籍', 'expulsion', [...STUDYING, 'exchange'], 'expelled', { reversal: 'by-document' }),
  // 结业 may be exchanged for 毕业 later.
  graduation: kind('毕业', 'graduation', ['enrolled', 'exchange', 'completed'], 'graduated', {
    reversal: 'by-document',
  }),
  completion: kind('结业', 'completion', ['enrolled', 'exchange', 'on-leave-of-absence'], 'completed', {
    reversal: 'by-document',
  }),
  attendance: kind('肄业', 'attendance', [...STUDYING, 'exchange'], 'attended', { reversal: 'by-document' }),
  death: kind('死亡', 'death', LIVING, 'deceased', { reversal: 'by-document' }),
  correction: kind('名册更正', 'correction by roster', STATUSES, 'any', { internal: true }),
  reversal: kind('撤销', 'reversal', STATUSES, undefined, { reversal: 'never', internal: true }),
} as const satisfies Record<string, KindRule>;
export type ChangeKind = keyof typeof CHANGE_KINDS;
export const CHANGE_KIND_CODES = Object.keys(CHANGE_KINDS) as ChangeKind[];
export const ruleOf = (code: ChangeKind): KindRule => CHANGE_KINDS[code];
export const isChangeKind = (value: string): value is ChangeKind => Object.hasOwn(CHANGE_KINDS, value);
export const OPEN_KIND_CODES = CHANGE_KIND_CODES.filter((code) => !ruleOf(code).internal && code !== 'exchange-end');

/** Why a change is made, beside its kind. */
export const CHANGE_REASONS = {
  regular: { zh: '正常办理', en: 'regular' },
  health: { zh: '身体原因', en: 'health' },
  'military-service': { zh: '应征入伍', en: 'military service' },
  'start-up': { zh: '创业', en: 'founding a company' },
  'own-request': { zh: '本人申请', en: 'at the student\u2019s request' },
  academic: { zh: '学业原因', en: 'academic standing' },
  discipline: { zh: '违纪处分', en: 'discipline' },
  'data-error': { zh: '信息有误', en: 'data error' },
  appeal: { zh: '申诉成立', en: 'appeal upheld' },
  roster: { zh: '名册导入', en: 'roster import' },
  'end-date': { zh: '到期', en: 'end date reached' },
} as const;
export type ChangeReason = keyof typeof CHANGE_REASONS;
export const CHANGE_REASON_CODES = Object.keys(CHANGE_REASONS) as ChangeReason[];

/** The kind a roster must mean by a status that became another; a correction where no rule leads there. */
export function kindBetween(from: EnrolmentStatus, to: EnrolmentStatus): ChangeKind {
  const found = OPEN_KIND_CODES.find(
    (code) => ruleOf(code).to === to && ruleOf(code).until !== 'required' && ruleOf(code).from.includes(from),
  );
  return found ?? 'correction';
}

function kind(
  zh: string,
  en: string,
  from: readonly EnrolmentStatus[],
  to: KindRule['to'],
  more: Partial<Omit<KindRule, 'zh' | 'en' | 'from' | 'to'>> = {},
): KindRule {
  return { zh, en, from, to, reversal: 'free', until: 'none', facts: 'none', internal: false, ...more };
}
