import { reasons, reasonTexts, rejectedReasons } from '@lanyard/protocol';
import { describe, expect, it } from 'vitest';
import { verdictTexts } from '../../src/domain/verdict-texts.js';

const rejected = new Set<string>(rejectedReasons);

describe('what the glass says', () => {
  it.each(reasons.map((reason) => [reason]))('names the next step of student and guard [%s]', (reason) => {
    const { zh, en } = verdictTexts(reason, []);
    for (const [text, of] of [
      [zh, reasonTexts[reason].zh],
      [en, reasonTexts[reason].en],
    ] as const) {
      expect(text.title).not.toBe('');
      if (rejected.has(reason)) expect([text.next, text.guard]).toEqual([of.next_student, of.next_guard]);
      else expect([text.next, text.guard]).toEqual([of.next_guard, undefined]);
      expect(of.next_guard.length).toBeGreaterThan(3);
    }
  });

  it.each([
    [['guard'], '门岗放行'],
    [['physical-key'], '钥匙开门'],
    [['paper'], '一日纸质凭条'],
    [['grace', 'anti-passback'], '可以通行，记录异常'],
    [['card-offline'], '校园卡，未联网'],
    [['emergency'], '在应急名单上'],
    [['open-mode'], '学生证有效'],
    [[], '学生证有效'],
  ] as const)('tells an accepted verdict by its most special mark [%j]', (marks, title) => {
    expect(verdictTexts(undefined, marks).zh.title).toBe(title);
  });

  it('says that a checkpoint is locked, not that the student is refused', () => {
    expect(verdictTexts('outside-hours', ['lock-mode']).zh.title).toBe('应急封闭中');
    expect(verdictTexts('outside-hours', []).zh.title).toBe(reasonTexts['outside-hours'].zh.title);
  });
});
