import { cannotDecideReasons, type Mark, type Reason, reasonTexts } from '@lanyard/protocol';
import { type TapNotice, tapNoticeTexts } from './tap-notice.js';

/** What the glass says in one language: reason, then next step. */
export interface ShownText {
  readonly title: string;
  readonly next: string;
}

/**
 * Texts of a verdict, looked up by code. Refusals tell the student what to do; where nothing can be decided, the
 * guard has to act, so the guard's step is shown.
 */
export function verdictTexts(
  reason: Reason | undefined,
  marks: readonly Mark[],
  notice?: TapNotice,
): { readonly zh: ShownText; readonly en: ShownText } {
  if (notice !== undefined) return tapNoticeTexts[notice];
  if (reason === undefined) return acceptedTexts(marks);
  const { zh, en } = reasonTexts[reason];
  const forGuard = cannotDecide.has(reason);
  return {
    zh: { title: zh.title, next: forGuard ? zh.next_guard : zh.next_student },
    en: { title: en.title, next: forGuard ? en.next_guard : en.next_student },
  };
}

const cannotDecide: ReadonlySet<Reason> = new Set<Reason>(cannotDecideReasons);

function acceptedTexts(marks: readonly Mark[]) {
  if (marks.includes('emergency')) {
    return {
      zh: { title: '在应急名单上', next: '离线数据已过期，按应急名单放行，已记录。' },
      en: { title: 'On the emergency list', next: 'Offline data has expired; let in by that list, recorded.' },
    };
  }
  if (marks.includes('grace')) {
    return {
      zh: { title: '学生证有效', next: '数据超过一天没更新，已作标记。' },
      en: { title: 'Student ID valid', next: 'Data is over a day old; this was marked.' },
    };
  }
  return {
    zh: { title: '学生证有效', next: '请通行，下一位请直接刷码。' },
    en: { title: 'Student ID valid', next: 'Please pass. Next person, show your code.' },
  };
}
