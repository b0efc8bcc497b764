import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Applicant, PersonId } from '../../src/domain/people/person.js';
import { contactDetailIn } from '../../src/domain/talks/contact-details.js';

const OFFICE_PHONE = '020-8000 0000';
const facts = {
  ...{ name: '阿依古丽·买买提', student_number: 'a1023', campus: '', college: '软件学院', major: '', class: '' },
  ...{ level: '', building: '', enrolment_status: '', counsellor: '' },
};
const WRITER: Applicant = { person: 'student:a1023' as PersonId, facts };
const found = (text: string) => contactDetailIn(text, WRITER, OFFICE_PHONE);

describe('a message between finder and owner', () => {
  it.each([
    ['a thing and a place', '手机壳背面有一张黄色贴纸，在图书馆302室第12排捡到的'],
    ['days and times', '11月20日 10:30-11:00 或者 2026-11-21 14:00，11/22-11/24 也行'],
    ['the telephone of the office', '也可以打失物招领处 020-8000 0000'],
    ['the telephone of the office, wide letters', '０２０－８０００ ００００'],
    ['a short number', '尾号 3809，屏幕右上角有裂纹'],
    ['a year and a size', 'iPhone 13 128GB, bought in 2021'],
    ['what only begins like a messenger', '微信里有消息提醒'],
    ['a name like another', '买提江老师说在这里'],
  ])('passes [%s]', (_, text) => {
    expect(found(text)).toBeUndefined();
  });
  it.each([
    ['a mobile number', '打我电话 13800138000', 'number'],
    ['one with spaces and dashes', '138 0013-8000', 'number'],
    ['one in wide digits', '１３８００１３８０００', 'number'],
    ['one in Chinese digits', '幺三八零零一三八〇〇〇', 'number'],
    ['one with letters nobody sees', '138\u200b001\u200b38000', 'number'],
    ['one in circles', '①③⑧⓪⓪①③⑧', 'number'],
    ['a landline', '020-8123 4567', 'number'],
    ['one behind a day', '11-20-13800138', 'number'],
    ['a student number', '我的学号 202301000013', 'number'],
    ['a resident identity number', '99010519491231002X', 'number'],
    ['a mail address', 'write to zhang.san@example.edu', 'mail'],
    ['a mail address in wide letters', 'zhang＠example．edu', 'mail'],
    ['a link', 'https://example.edu/me', 'link'],
    ['a link without its beginning', '看 example.com 主页', 'link'],
    ['a messenger', '加微信 zhangsan', 'messenger'],
    ['a messenger by letters', 'VX：zhang_3', 'messenger'],
    ['a short messenger number', 'QQ12345', 'messenger'],
    ['the own name', '我是阿依古丽·买买提', 'yourself'],
    ['a part of it', '我叫阿依古丽', 'yourself'],
    ['the own number, which is no number', '学号是 A1023', 'yourself'],
  ])('is refused [%s]', (_, text, kind) => {
    expect(found(text)).toBe(kind);
  });
  it('is refused wherever eleven digits stand in it, and whatever stands between them', () => {
    const gaps = fc.array(fc.constantFrom('', ' ', '-', '.', '·', '\u200b'), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(fc.stringMatching(/^1[3-9]\d{9}$/), gaps, fc.string({ maxLength: 30 }), (number, between, around) => {
        const written = [...number].map((digit, at) => `${digit}${between[at] ?? ''}`).join('');
        expect(found(`${around} ${written} ${around}`)).toBeDefined();
      }),
    );
  });
  it('is looked at quickly, whatever it is', () => {
    const started = performance.now();
    for (const one of ['1 ', '@', 'a@', '微信 ', '11/', 'a.', '1:']) found(one.repeat(500).slice(0, 500));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
