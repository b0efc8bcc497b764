import { type WordTable, wordOf } from './word-of.js';

const STEP_KINDS: WordTable = {
  approve: { zh: '审批', en: 'approval' },
  check: { zh: '核对', en: 'check by a source system' },
  window: { zh: '窗口办理', en: 'at a window' },
  dispatch: { zh: '派单', en: 'dispatch' },
  work: { zh: '办理', en: 'work' },
  quota: { zh: '名额', en: 'places' },
  'check-in': { zh: '签到', en: 'check-in' },
  'student-confirm': { zh: '学生确认', en: 'confirmed by the student' },
  emit: { zh: '出具', en: 'issue' },
  respond: { zh: '应急处置', en: 'response' },
  parallel: { zh: '并行', en: 'side by side' },
};
const FIELD_KINDS: WordTable = {
  text: { zh: '文字', en: 'text' },
  choice: { zh: '选择', en: 'choice' },
  'yes-no': { zh: '是或否', en: 'yes or no' },
  scale: { zh: '打分 1 到 5', en: 'scale 1 to 5' },
  number: { zh: '整数', en: 'number' },
  date: { zh: '日期', en: 'date' },
  time: { zh: '时间', en: 'time' },
  'date-time': { zh: '日期和时间', en: 'date and time' },
  attachment: { zh: '附件', en: 'file' },
  array: { zh: '列表', en: 'list' },
  object: { zh: '一组字段', en: 'group of fields' },
};

/** What a step does, in a word or two. */
export const kindName = (kind: string): string => wordOf(STEP_KINDS, kind);
/** What a field holds. */
export const fieldKindName = (kind: string): string => wordOf(FIELD_KINDS, kind);
