import { describe, expect, it } from 'vitest';
import { cannotDecide, reasons, reasonTexts, rejected } from '../../../src/index.js';

describe('texts of reasons (look.md §9, §11)', () => {
  it.each(reasons)('are whole and short in both languages [%s]', (reason) => {
    for (const text of Object.values(reasonTexts[reason])) {
      for (const sentence of [text.title, text.cause, text.next_guard, text.next_student])
        expect(sentence).not.toBe('');
      expect(`${text.title}${text.cause}${text.next_guard}${text.next_student}`).not.toMatch(/[!！您亲]|失败/);
      expect(text.title).not.toMatch(/[.。]$/);
    }
    expect(reasonTexts[reason].zh.title.length).toBeLessThanOrEqual(12);
    expect(reasonTexts[reason].en.title.length).toBeLessThanOrEqual(32);
    expect(reasonTexts[reason].zh.cause).toMatch(/\p{Script=Han}/u);
    expect(reasonTexts[reason].en.cause).not.toMatch(/\p{Script=Han}/u);
  });

  it('exist for every reason and for nothing else, each with its own title', () => {
    expect(Object.keys(reasonTexts).sort()).toEqual([...reasons].sort());
    for (const language of ['zh', 'en'] as const) {
      expect(new Set(reasons.map((reason) => reasonTexts[reason][language].title)).size).toBe(reasons.length);
    }
  });

  it('never say "revoked" or "valid" for what could not be decided', () => {
    expect(rejected('revoked')).toEqual({ verdict: 'rejected', reason: 'revoked' });
    expect(cannotDecide('status-unavailable')).toEqual({ verdict: 'cannot-decide', reason: 'status-unavailable' });
  });
});
