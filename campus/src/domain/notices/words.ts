import { DUTY_STEP, DUTY_TITLE } from '../definitions/danger.js';
import type { ServiceDefinition } from '../definitions/definition.js';
import { findStep } from '../definitions/walk-steps.js';
import type { NoticeKind } from './notice.js';

export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** The name of a step; of nothing where the notice is about the whole case. */
export const stepTitle = ({ steps }: ServiceDefinition, id: string | null): Words =>
  (id === null ? undefined : id === DUTY_STEP ? DUTY_TITLE : findStep(steps, id)?.title) ?? { zh: '', en: '' };

/** What a notice says, by kind. Nothing that was written in a form: notices leave the house by mail and push. */
export const WORDS: Readonly<Record<NoticeKind, (step: Words) => Words>> = {
  returned: () => ({
    zh: '退回给你修改。已填的内容都在，改好后再交。',
    en: 'Sent back to you. What you filled in is kept; mend it and hand it in again.',
  }),
  'your-turn': ({ zh, en }) => ({ zh: `轮到你：${zh}。`, en: `Your turn: ${en}.` }),
  late: ({ zh, en }) => ({
    zh: zh === '' ? '修改的期限已过，请尽快处理。' : `期限已过：${zh}。请尽快处理。`,
    en: en === '' ? 'The time to mend it has passed. Please see to it.' : `Overdue: ${en}. Please see to it.`,
  }),
  granted: () => ({ zh: '已办结。欢迎评价这次办理。', en: 'Done. Tell us how it went.' }),
  refused: () => ({ zh: '没有通过，原因见办理过程。', en: 'Refused; the reason is in its history.' }),
  withdrawn: () => ({ zh: '已撤回。', en: 'Withdrawn.' }),
  voided: () => ({ zh: '已作废，原因见办理过程。', en: 'Voided; the reason is in its history.' }),
  'asked-by-name': ({ zh, en }) => ({ zh: `请你处理：${zh}。`, en: `You are asked to see to: ${en}.` }),
  danger: () => ({
    zh: '有人写到生命危险。请立即打开待办处理。',
    en: 'Somebody wrote of danger to life. Open your inbox and see to it at once.',
  }),
  incident: ({ zh, en }) => ({
    zh: `校园突发事件，轮到你的部门：${zh}。请立即打开待办处理。`,
    en: `An incident on campus needs your office: ${en}. Open your inbox and see to it at once.`,
  }),
  'talk-opened': () => ({
    zh: '可能对得上了。你和对方可以留言，双方都不知道对方是谁。',
    en: 'It may be the one. You and the other side can write to each other; neither learns who the other is.',
  }),
  'talk-message': () => ({ zh: '对方给你留了言。', en: 'The other side has written to you.' }),
  'talk-ended': () => ({
    zh: '办公室结束了留言，原因见办件。',
    en: 'The office ended the talk; why is said at the case.',
  }),
};
