import { describe, expect, it } from 'vitest';
import {
  type DocumentError,
  gatePolicyDefaults,
  localDay,
  parseCheckpointPolicy,
  withinHours,
} from '../../../src/index.js';
import { noon, policy } from '../../fixtures.js';

describe('checkpoint policy', () => {
  it('reads what it is, from JSON', () => {
    const whole = {
      ...policy,
      admits: { ...policy.admits, classes: [1, 2] },
      hours: [{ days: [1, 7], from: '06:00', to: '23:30' }],
    };
    expect(parseCheckpointPolicy(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
    expect(parseCheckpointPolicy(policy)).toEqual(policy);
  });

  it('gives packages made before doors and zones the defaults, under which nothing changes', () => {
    const before: Record<string, unknown> = { ...policy };
    for (const name of Object.keys(gatePolicyDefaults)) delete before[name];
    expect(parseCheckpointPolicy(before)).toEqual(policy);
    expect(parseCheckpointPolicy({ ...before, guard_release: true })).toEqual({ ...policy, guard_release: true });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an array', []],
    ['an unknown field', { ...policy, colour: 'red' }],
    ['a missing field', { ...policy, zone: undefined }],
    ['a class above 255', { ...policy, admits: { ...policy.admits, classes: [256] } }],
    ['classes that are a text', { ...policy, admits: { ...policy.admits, classes: 'all' } }],
    ['an unknown state', { ...policy, admits: { ...policy.admits, states: ['on-holiday'] } }],
    ['a state that is an object member', { ...policy, admits: { ...policy.admits, states: ['toString'] } }],
    ['foreign passes as text', { ...policy, admits: { ...policy.admits, foreign_passes: 'yes' } }],
    ['hours that are never', { ...policy, hours: 'never' }],
    ['day 8', { ...policy, hours: [{ days: [8], from: '06:00', to: '07:00' }] }],
    ['24:00', { ...policy, hours: [{ days: [1], from: '06:00', to: '24:00' }] }],
    ['an offset of 15 hours', { ...policy, utc_offset_minutes: 900 }],
    ['an unknown grace', { ...policy, grace: 'maybe' }],
    ['a zone with spaces', { ...policy, zone: 'south gate' }],
    ['anti-passback of an unknown mode', { ...policy, anti_passback: { ...policy.anti_passback, mode: 'strict' } }],
    ['anti-passback that never forgets', { ...policy, anti_passback: { ...policy.anti_passback, forget_minutes: 0 } }],
    ['anti-passback without a direction', { ...policy, anti_passback: { mode: 'off', forget_minutes: 5 } }],
    ['an unknown door', { ...policy, door: { ...policy.door, output: 'gpio' } }],
    ['a door open for an hour', { ...policy, door: { ...policy.door, open_seconds: 3600 } }],
    ['a level of dark days that is none', { ...policy, dark_days: { ...policy.dark_days, after: 'everyone' } }],
    ['no anti-passback but null', { ...policy, anti_passback: null }],
    [
      'a tag that opens a turnstile [zone]',
      { ...policy, door_tags: 'open', anti_passback: { ...policy.anti_passback, mode: 'soft' } },
    ],
    ['a tag that opens a turnstile [challenge]', { ...policy, door_tags: 'open', requires_challenge: true }],
    ['an unknown use of tags', { ...policy, door_tags: 'always' }],
    ['a nod that is excused silently', { ...policy, window_without_nod: 'allow' }],
    ['offline cards taken without a mark', { ...policy, offline_cards: 'accept' }],
  ])('is refused [%s]', (_, value) => {
    expect(() => parseCheckpointPolicy(value)).toThrowError(
      expect.objectContaining({ code: 'malformed' } satisfies Partial<DocumentError>),
    );
  });
});

describe('hours', () => {
  const at = (weekday: number, clock: string) => {
    const [hour, minute] = clock.split(':').map(Number);
    return noon - 12 * 3600 + (weekday - 1) * 86_400 + hour! * 3600 + minute! * 60;
  };
  const day = { hours: [{ days: [1, 2], from: '08:00', to: '12:00' }], utc_offset_minutes: 480 };
  const night = { hours: [{ days: [5], from: '22:00', to: '02:00' }], utc_offset_minutes: 480 };

  it.each([
    ['always', { ...day, hours: 'always' as const }, 3, '03:00', true],
    ['from the first minute', day, 1, '08:00', true],
    ['not before', day, 1, '07:59', false],
    ['to the last minute', day, 2, '11:59', true],
    ['not after', day, 2, '12:00', false],
    ['not on another day', day, 3, '09:00', false],
    ['before midnight', night, 5, '23:00', true],
    ['past midnight', night, 6, '01:59', true],
    ['not the night after', night, 6, '23:00', false],
    ['not the night before', night, 5, '01:00', false],
    ['never where none are given', { ...day, hours: [] }, 1, '09:00', false],
  ])('hold [%s]', (_, hours, weekday, clock, holds) => {
    expect(withinHours(hours, at(weekday, clock))).toBe(holds);
  });

  it('past midnight on Sunday reach into Monday', () => {
    const sunday = { hours: [{ days: [7], from: '22:00', to: '02:00' }], utc_offset_minutes: 480 };
    expect(withinHours(sunday, at(8, '01:00'))).toBe(true);
    expect(withinHours(sunday, at(2, '01:00'))).toBe(false);
  });

  it('count the day in the checkpoint’s zone', () => {
    expect(localDay({ utc_offset_minutes: 480 }, 86_400 - 8 * 3600)).toBe(1);
    expect(localDay({ utc_offset_minutes: 480 }, 86_400 - 8 * 3600 - 1)).toBe(0);
  });
});
