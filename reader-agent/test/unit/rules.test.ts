import type { PackageState } from '@lanyard/protocol';
import { reasons } from '@lanyard/protocol';
import { describe, expect, it } from 'vitest';
import { isClockReliable } from '../../src/domain/clock-guard.js';
import { freshnessShown } from '../../src/domain/freshness-level.js';
import { createPresentationsInView } from '../../src/domain/presentation-in-view.js';
import { verdictTexts } from '../../src/domain/verdict-texts.js';

describe('a presentation', () => {
  it('stays the same while the code is in view [seen every 1.5 s for a minute]', () => {
    const view = createPresentationsInView<string>();
    view.keep('camera', 'A', 0, 'green');
    for (let ms = 1_500; ms <= 60_000; ms += 1_500) expect(view.stillInView('camera', 'A', ms)).toBe('green');
  });

  it.each([
    ['gap over 1.5 s', 'camera', 'A', 1_501],
    ['other reader', 'scanner', 'A', 100],
    ['other code', 'camera', 'B', 100],
    ['clock set back', 'camera', 'A', -1],
  ])('is another one [%s]', (_, reader, text, ms) => {
    const view = createPresentationsInView<string>();
    view.keep('camera', 'A', 0, 'green');
    expect(view.stillInView(reader, text, ms)).toBeUndefined();
  });

  it('is kept for few codes only [1,000 codes at once]', () => {
    const view = createPresentationsInView<number>();
    for (let i = 0; i < 1_000; i++) view.keep('camera', `code ${i}`, 0, i);
    expect(view.stillInView('camera', 'code 0', 0)).toBeUndefined();
    expect(view.stillInView('camera', 'code 999', 0)).toBe(999);
  });
});

describe('the clock', () => {
  const known = { packageIssuedAtSeconds: 1_000, journalEndSeconds: 2_000 };
  it('is relied on [at the journal end] [2 s before it] [nothing known]', () => {
    expect(isClockReliable(2_000, known)).toBe(true);
    expect(isClockReliable(1_998, known)).toBe(true);
    expect(isClockReliable(0, { packageIssuedAtSeconds: undefined, journalEndSeconds: 0 })).toBe(true);
  });
  it('is not relied on [before the journal end] [before the package]', () => {
    expect(isClockReliable(1_997, known)).toBe(false);
    expect(isClockReliable(900, { packageIssuedAtSeconds: 1_000, journalEndSeconds: 0 })).toBe(false);
  });
});

describe('freshness', () => {
  const checkpoint = { issuedAtSeconds: 100, freshUntilSeconds: 200, expiresSeconds: 300 };
  const state = { checkpoint } as unknown as PackageState;
  it.each([
    ['fresh', 199],
    ['grace', 200],
    ['grace', 299],
    ['expired', 300],
  ])('is %s at %i', (level, now) => {
    expect(freshnessShown(state, now)).toEqual({ level, issued_at: 100, age_seconds: now - 100, expires_at: 300 });
  });
  it('is none without a package', () => {
    expect(freshnessShown(undefined, 5)).toMatchObject({ level: 'none', age_seconds: null });
  });
});

describe('texts', () => {
  it.each([undefined, ...reasons])('say reason and next step in both languages [%s]', (reason) => {
    const { zh, en } = verdictTexts(reason, []);
    for (const text of [zh.title, zh.next]) expect(text).toMatch(/\p{Script=Han}/u);
    for (const text of [en.title, en.next]) expect(text).not.toMatch(/\p{Script=Han}/u);
  });
  it('say so where data is old or an emergency list was used', () => {
    expect(verdictTexts(undefined, ['grace']).zh.next).toContain('标记');
    expect(verdictTexts(undefined, ['emergency']).zh.title).toContain('应急');
  });
});
