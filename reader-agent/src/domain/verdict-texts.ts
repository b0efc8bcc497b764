import { cannotDecideReasons, type Mark, type Reason, type ReasonText, reasonTexts } from '@lanyard/protocol';
import { type TapNotice, tapNoticeTexts } from './tap-notice.js';

/** What the glass says in one language: reason, then next step. */
export interface ShownText {
  readonly title: string;
  readonly next: string;
  /** What the guard does, where `next` is for the student. */
  readonly guard?: string;
}

/**
 * Texts of a verdict, looked up by code. Refusals tell the student what to do, and below it the guard; where nothing
 * can be decided, the guard has to act, so the guard's step is shown.
 */
export function verdictTexts(
  reason: Reason | undefined,
  marks: readonly Mark[],
  notice?: TapNotice,
): { readonly zh: ShownText; readonly en: ShownText } {
  if (notice !== undefined) return tapNoticeTexts[notice];
  if (reason === undefined) return acceptedTexts(marks);
  if (marks.includes('lock-mode')) return lockedTexts;
  const { zh, en } = reasonTexts[reason];
  const forGuard = cannotDecide.has(reason);
  return {
    zh: forGuard ? { title: zh.title, next: zh.next_guard } : forStudent(zh),
    en: forGuard ? { title: en.title, next: en.next_guard } : forStudent(en),
  };
}

const forStudent = ({ title, next_student, next_guard }: ReasonText): ShownText => ({
  title,
  ...{ next: next_student, guard: next_guard },
});

const cannotDecide: ReadonlySet<Reason> = new Set<Reason>(cannotDecideReasons);

const lockedTexts = {
  zh: { title: '应急封闭中', next: '暂停进入。请按现场工作人员的安排行动。' },
  en: { title: 'Locked for an emergency', next: 'Entry is stopped. Follow the staff on site.' },
};

/** What an accepted verdict says by its marks, the most special first. */
const acceptedByMark: readonly (readonly [Mark, { readonly zh: ShownText; readonly en: ShownText }])[] = [
  [
    'physical-key',
    {
      zh: { title: '钥匙开门', next: '已记录这次开门。' },
      en: { title: 'Opened with a key', next: 'This opening was recorded.' },
    },
  ],
  [
    'guard',
    {
      zh: { title: '门岗放行', next: '请通行，已登记。' },
      en: { title: 'Let in by the guard', next: 'Please pass. This was recorded.' },
    },
  ],
  [
    'paper',
    {
      zh: { title: '一日纸质凭条', next: '请门岗核对照片与本人，一致才放行。' },
      en: { title: 'One-day paper pass', next: 'Guard: let in only if the photo is this person.' },
    },
  ],
  [
    'card-offline',
    {
      zh: { title: '校园卡，未联网', next: '卡没有联网核验，已作标记。' },
      en: { title: 'Campus card, offline', next: 'The card was not checked online; this was marked.' },
    },
  ],
  [
    'anti-passback',
    {
      zh: { title: '可以通行，记录异常', next: '上次的进出没有配对，已作标记。' },
      en: { title: 'Pass, but out of order', next: 'The last entry or exit is missing; this was marked.' },
    },
  ],
  [
    'emergency',
    {
      zh: { title: '在应急名单上', next: '离线数据已过期，按应急名单放行，已记录。' },
      en: { title: 'On the emergency list', next: 'Offline data has expired; let in by that list, recorded.' },
    },
  ],
  [
    'grace',
    {
      zh: { title: '学生证有效', next: '数据超过一天没更新，已作标记。' },
      en: { title: 'Student ID valid', next: 'Data is over a day old; this was marked.' },
    },
  ],
];

const accepted = {
  zh: { title: '学生证有效', next: '请通行，下一位请直接刷码。' },
  en: { title: 'Student ID valid', next: 'Please pass. Next person, show your code.' },
};

function acceptedTexts(marks: readonly Mark[]) {
  return acceptedByMark.find(([mark]) => marks.includes(mark))?.[1] ?? accepted;
}
