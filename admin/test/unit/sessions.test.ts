import { describe, expect, it } from 'vitest';
import { createSessions, LINK_LIFE_MS, SESSION_LIFE_MS, type SessionRecords } from '../../src/domain/sessions.js';

function setUp() {
  let now = 1_000_000;
  let kept: SessionRecords = { links: [], sessions: [] };
  const keeper = {
    load: () => structuredClone(kept),
    save: (records: SessionRecords) => {
      kept = structuredClone(records);
    },
  };
  return {
    sessions: createSessions(keeper, () => now),
    again: () => createSessions(keeper, () => now),
    kept: () => kept,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('sign-in links', () => {
  it('opens a session with a fresh link', () => {
    const { sessions } = setUp();
    const secret = sessions.open(sessions.makeLink());
    expect(secret).toBeDefined();
    expect(sessions.has(secret ?? '')).toBe(true);
  });
  it('opens nothing with a used link', () => {
    const { sessions } = setUp();
    const code = sessions.makeLink();
    sessions.open(code);
    expect(sessions.open(code)).toBeUndefined();
  });
  it('opens nothing with a link that was used before a restart', () => {
    const { sessions, again } = setUp();
    const code = sessions.makeLink();
    sessions.open(code);
    expect(again().open(code)).toBeUndefined();
  });
  it('opens a session one millisecond before ten minutes', () => {
    const { sessions, pass } = setUp();
    const code = sessions.makeLink();
    pass(LINK_LIFE_MS - 1);
    expect(sessions.open(code)).toBeDefined();
  });
  it('opens nothing after ten minutes', () => {
    const { sessions, pass } = setUp();
    const code = sessions.makeLink();
    pass(LINK_LIFE_MS);
    expect(sessions.open(code)).toBeUndefined();
  });
  it.each(['', 'x', 'a'.repeat(32)])('opens nothing with an unknown code [%j]', (code) => {
    const { sessions } = setUp();
    sessions.makeLink();
    expect(sessions.open(code)).toBeUndefined();
  });
  it('keeps other links when one is used', () => {
    const { sessions } = setUp();
    const [first, second] = [sessions.makeLink(), sessions.makeLink()];
    sessions.open(first);
    expect(sessions.open(second)).toBeDefined();
  });
});

describe('sessions', () => {
  it('outlives a restart', () => {
    const { sessions, again } = setUp();
    const secret = sessions.open(sessions.makeLink()) ?? '';
    expect(again().has(secret)).toBe(true);
  });
  it('ends after eight hours', () => {
    const { sessions, pass } = setUp();
    const secret = sessions.open(sessions.makeLink()) ?? '';
    pass(SESSION_LIFE_MS - 1);
    expect(sessions.has(secret)).toBe(true);
    pass(1);
    expect(sessions.has(secret)).toBe(false);
  });
  it('ends when signed out, and only that one', () => {
    const { sessions } = setUp();
    const [mine, other] = [sessions.open(sessions.makeLink()) ?? '', sessions.open(sessions.makeLink()) ?? ''];
    sessions.end(mine);
    expect([sessions.has(mine), sessions.has(other)]).toEqual([false, true]);
  });
  it('keeps neither codes nor secrets, and forgets what is over', () => {
    const { sessions, kept, pass } = setUp();
    const code = sessions.makeLink();
    const secret = sessions.open(sessions.makeLink()) ?? '';
    expect(JSON.stringify(kept())).not.toContain(code);
    expect(JSON.stringify(kept())).not.toContain(secret);
    pass(SESSION_LIFE_MS);
    sessions.makeLink();
    expect(kept().links).toHaveLength(1);
    expect(kept().sessions).toHaveLength(0);
  });
});
