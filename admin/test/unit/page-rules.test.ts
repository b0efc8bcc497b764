import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillText } from '../../../packages/look/src/staff/language.js';
import { agentState, packagesBehind } from '../../web/src/domain/agents.js';
import type { Agent, Finding } from '../../web/src/domain/answers.js';
import { countLines, splitFindings, writtenRows } from '../../web/src/domain/import-counts.js';
import { markChanges, showInvisible } from '../../web/src/domain/mark-changes.js';
import { isRegistered, showCountdown } from '../../web/src/domain/moments.js';

describe('marking a change', () => {
  it('marks and names the one character that changed', () => {
    const change = markChanges('阿依古丽•买买提', '阿依古丽·买买提');
    expect(change.from.filter((piece) => piece.changed).map((piece) => piece.text)).toEqual(['•']);
    expect(change.named).toBe('U+2022 → U+00B7');
  });
  it('counts a character beyond the basic plane as one', () => {
    expect(markChanges('李𠮷一', '李吉一').named).toBe('U+20BB7 → U+5409');
  });
  it('names what was added and what was taken away', () => {
    expect(markChanges('会计学', '会计学甲').named).toBe('+ U+7532');
    expect(markChanges('张\u200b三', '张三').named).toBe('− U+200B');
  });
  it('names nothing when the values have nothing in common', () => {
    expect(markChanges('注册学籍', '休').named).toBeUndefined();
  });
  it('shows what cannot be seen', () => {
    expect(showInvisible('张\u200b三\u3000四 五')).toBe('张[U+200B]三[U+3000]四 五');
  });
  it('keeps every character of both values in order', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        fc.string({ unit: 'grapheme', maxLength: 40 }),
        (from, to) => {
          const change = markChanges(from, to);
          expect(change.from.map((piece) => piece.text).join('')).toBe(showInvisible(from));
          expect(change.to.map((piece) => piece.text).join('')).toBe(showInvisible(to));
        },
      ),
    );
  });
});

describe('counts of an import', () => {
  const finding = (line: number, verdict: Finding['verdict']): Finding => ({ line, verdict, code: 'x' });
  it('leaves refused and conflicting rows out of what is written', () => {
    expect(writtenRows({ importable: 376, difference: { conflicts: 2 } as never })).toBe(374);
  });
  it('counts a row with two findings once', () => {
    expect(countLines([finding(3, 'repair'), finding(3, 'keep'), finding(4, 'repair')])).toBe(2);
  });
  it('keeps refusals apart from repairs', () => {
    const { refused, mended } = splitFindings([finding(1, 'reject'), finding(2, 'repair'), finding(3, 'keep')]);
    expect([refused.length, mended.length]).toEqual([1, 2]);
  });
});

describe('times', () => {
  const until = '2026-11-23T06:10:00.000Z';
  it('counts down and stops at zero', () => {
    expect(showCountdown(until, Date.parse(until) - 545_000)).toBe('9:05');
    expect(showCountdown(until, Date.parse(until) + 5_000)).toBe('0:00');
  });
  it('holds a registration on its last day and not the day after', () => {
    expect(isRegistered('2027-02-28', '2027-02-28')).toBe(true);
    expect(isRegistered('2027-02-28', '2027-03-01')).toBe(false);
    expect(isRegistered(null, '2027-03-01')).toBe(false);
  });
});

describe('agents', () => {
  const agent = (more: Partial<Agent>): Agent => ({
    ...{ id: 'a', checkpoint_id: 'east', name: null, enrolled_at: '2026-11-23T06:00:00Z', withdrawn_at: null },
    ...{ last_contact_at: null, package_sequence: null, journal_sequence: null },
    ...more,
  });
  const now = Date.parse('2026-11-23T06:05:00Z');
  it.each([
    ['never', agent({})],
    ['online', agent({ last_contact_at: '2026-11-23T06:03:00Z' })],
    ['offline', agent({ last_contact_at: '2026-11-23T06:01:00Z' })],
    ['withdrawn', agent({ last_contact_at: '2026-11-23T06:05:00Z', withdrawn_at: '2026-11-23T06:04:00Z' })],
  ])('are %s', (state, entry) => {
    expect(agentState(entry, now)).toBe(state);
  });
  it('are measured against agents of their own checkpoint only', () => {
    const mine = agent({ package_sequence: 10 });
    const others = [mine, agent({ package_sequence: 12 }), agent({ package_sequence: 99, checkpoint_id: 'west' })];
    expect(packagesBehind(mine, others)).toBe(2);
    expect(packagesBehind(agent({}), others)).toBeUndefined();
  });
});

describe('texts with values', () => {
  it('write thousands with a comma and leave unknown names standing', () => {
    expect(fillText('{n} of {m}', { n: 50_000 })).toBe('50,000 of {m}');
  });
});
