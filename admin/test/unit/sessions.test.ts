import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ACCOUNT_SESSION_LIFE_MS,
  createSessions,
  IDLE_MS,
  LINK_LIFE_MS,
  SESSION_LIFE_MS,
  type SessionRecords,
} from '../../src/domain/sessions.js';

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

const person = (subject: string, sid: string) => ({
  kind: 'account' as const,
  actor: `account:${subject}`,
  subject,
  sid,
  name: '张三',
  staffNumber: 'A99001',
  idToken: 'a.b.c',
  roles: ['registrar' as const],
});

describe('sign-in links', () => {
  it('opens a session with a fresh link', () => {
    const { sessions } = setUp();
    const secret = sessions.open(sessions.makeLink());
    expect(secret).toBeDefined();
    expect(sessions.find(secret ?? '') !== undefined).toBe(true);
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
    expect(again().find(secret) !== undefined).toBe(true);
  });
  /** Uses a session every quarter of an hour until `ms` have gone by. */
  function use({ sessions, pass }: ReturnType<typeof setUp>, secret: string, ms: number): void {
    for (let left = ms; left > 0; left -= IDLE_MS / 2) {
      pass(Math.min(left, IDLE_MS / 2));
      if (left > IDLE_MS / 2) expect(sessions.find(secret)).toBeDefined();
    }
  }
  it.each([
    ['a link', SESSION_LIFE_MS, (sessions: ReturnType<typeof createSessions>) => sessions.open(sessions.makeLink())],
    [
      'an account',
      ACCOUNT_SESSION_LIFE_MS,
      (sessions: ReturnType<typeof createSessions>) => sessions.openFor(person('zhang', 's1')),
    ],
  ])('ends after its time, however busy [%s]', (_what, lifeMs, open) => {
    const setup = setUp();
    const secret = open(setup.sessions) ?? '';
    use(setup, secret, lifeMs - 1);
    expect(setup.sessions.find(secret)).toBeDefined();
    setup.pass(1);
    expect(setup.sessions.find(secret)).toBeUndefined();
  });
  it('ends after half an hour in which nobody did anything', () => {
    const { sessions, pass } = setUp();
    const secret = sessions.openFor(person('zhang', 's1')) ?? '';
    pass(IDLE_MS - 1);
    expect(sessions.find(secret)).toBeDefined();
    pass(IDLE_MS);
    expect(sessions.find(secret)).toBeUndefined();
  });
  it('is not kept awake by what a page asks by itself', () => {
    const { sessions, pass } = setUp();
    const secret = sessions.openFor(person('zhang', 's1')) ?? '';
    for (let minute = 0; minute < 29; minute += 1) {
      pass(60_000);
      expect(sessions.find(secret, { acts: false })).toBeDefined();
    }
    pass(60_000);
    expect(sessions.find(secret, { acts: false })).toBeUndefined();
  });
  it('says whose it is [an account, the operator link, a file of an older version]', () => {
    const { sessions } = setUp();
    expect(sessions.find(sessions.openFor(person('zhang', 's1')) ?? '')?.person).toMatchObject({
      actor: 'account:zhang',
    });
    expect(sessions.find(sessions.open(sessions.makeLink()) ?? '')?.person).toEqual({ kind: 'operator-link' });
    const digest = createHash('sha256').update('old').digest('base64url');
    const keeper = { load: () => ({ links: [], sessions: [{ digest, untilMs: 2_000_000 }] }), save: () => {} };
    expect(createSessions(keeper, () => 1_000_000).find('old')?.person).toEqual({ kind: 'operator-link' });
  });
  it('ends with its session at the identity layer, and no other', () => {
    const { sessions } = setUp();
    const [mine, other] = [sessions.openFor(person('zhang', 's1')), sessions.openFor(person('zhang', 's2'))];
    const link = sessions.open(sessions.makeLink());
    expect(sessions.endOf({ sid: 's1', subject: undefined })).toBe(1);
    expect([mine, other, link].map((secret) => sessions.find(secret ?? '') !== undefined)).toEqual([false, true, true]);
  });
  it('ends with all of its subject where the token names no session', () => {
    const { sessions } = setUp();
    const secrets = [sessions.openFor(person('zhang', 's1')), sessions.openFor(person('zhang', 's2'))];
    const other = sessions.openFor(person('li', 's3'));
    expect(sessions.endOf({ sid: undefined, subject: 'zhang' })).toBe(2);
    expect(secrets.map((secret) => sessions.find(secret ?? ''))).toEqual([undefined, undefined]);
    expect(sessions.find(other ?? '')).toBeDefined();
  });
  it('is not opened for a sign-in that has been ended meanwhile [also after a restart]', () => {
    const { sessions, again, pass } = setUp();
    sessions.endOf({ sid: 's1', subject: undefined });
    expect(sessions.openFor(person('zhang', 's1'))).toBeUndefined();
    expect(again().openFor(person('zhang', 's1'))).toBeUndefined();
    expect(sessions.openFor(person('zhang', 's2'))).toBeDefined();
    pass(15 * 60_000);
    expect(sessions.openFor(person('zhang', 's1'))).toBeDefined();
  });
  it('ends when signed out, and only that one', () => {
    const { sessions } = setUp();
    const [mine, other] = [sessions.open(sessions.makeLink()) ?? '', sessions.open(sessions.makeLink()) ?? ''];
    sessions.end(mine);
    expect([sessions.find(mine) !== undefined, sessions.find(other) !== undefined]).toEqual([false, true]);
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
