import { fillText, language } from '@lanyard/look/staff/language.js';
import type { Words } from '../answers.js';
import type { FieldFault } from '../domain/check-field.js';
import { dayText } from '../domain/moments.js';

/** Cause and the value that would pass, for each fault a field can have. */
export const FAULTS: Readonly<Record<FieldFault['code'], Words>> = {
  'fill-in': { zh: '请填写{title}。', en: 'Fill in: {title}.' },
  choose: { zh: '请选择{title}。', en: 'Choose: {title}.' },
  'choose-file': { zh: '请选文件：{title}。', en: 'Choose a file: {title}.' },
  'too-long': { zh: '多了 {over} 字。请删到 {max} 字以内。', en: '{over} letters too many. Shorten it to {max}.' },
  'too-short': { zh: '太短。请写 {min} 字以上。', en: 'Too short. Write at least {min} letters.' },
  'not-a-number': { zh: '不是数字。请只写数字。', en: 'Not a number. Write digits only.' },
  'not-whole': { zh: '不是整数。请写整数。', en: 'Not a whole number. Write one.' },
  'too-small': { zh: '太小。请写 {min} 或更大的数。', en: 'Too small. Write {min} or more.' },
  'too-big': { zh: '太大。请写 {max} 或更小的数。', en: 'Too big. Write {max} or less.' },
  'not-a-date': { zh: '不是日期。请按 2026-11-30 这样写。', en: 'Not a date. Write it as 2026-11-30.' },
  'not-a-time': { zh: '不是时间。请按 08:30 这样写。', en: 'Not a time. Write it as 08:30.' },
  'ends-before': {
    zh: '早于开始日期。请选 {from} 或之后的日期。',
    en: 'It ends before it begins. Choose {from} or later.',
  },
  'form-of': {
    zh: '写法不对。请检查有没有多余的空格或符号。',
    en: 'Not written as it should be. Look for stray spaces or signs.',
  },
  'too-few': { zh: '太少。至少 {few} 个。', en: 'Too few. At least {few}.' },
  'too-many': { zh: '太多。最多 {many} 个。', en: 'Too many. {many} at most.' },
  twice: { zh: '有重复。请去掉一个。', en: 'One is there twice. Remove it.' },
  'known-changed': {
    zh: '这一项学校已有，不能改。有误请点“更正”。',
    en: 'The university holds this already. Use "Correct this" if it is wrong.',
  },
  'not-accepted': {
    zh: '{title}没有收下。请检查后再提交。',
    en: 'Not accepted: {title}. Look at it and hand in again.',
  },
};

export function faultText(fault: FieldFault, title: Words): string {
  const told: Record<string, string | number> = { ...fault.values, title: title[language.value] };
  const from = fault.values?.['from'];
  if (typeof from === 'string') told['from'] = dayText(`${from}T00:00:00Z`, Date.now(), language.value);
  return fillText(FAULTS[fault.code][language.value], told);
}
