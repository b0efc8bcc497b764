import { JwsError, parseCheckpointPolicy, SdJwtError, SdJwtVcError } from '@lanyard/protocol';
import { describe, expect, it } from 'vitest';
import { createPortraitTokens } from '../../src/adapters/portrait-tokens.js';
import { PURPOSES, titlesOf, zVerificationRequest } from '../../src/api/index.js';
import { createLiveFeed } from '../../src/domain/verifications/live-feed.js';
import { verdictOfRefusal } from '../../src/domain/verifications/presentation-reasons.js';
import { admitsEveryValidState } from '../../src/domain/verifications/purposes.js';
import { createVerdictCounter } from '../../src/domain/verifications/verdict-counter.js';

describe('refusals of the protocol become verdicts', () => {
  it.each([
    [new SdJwtVcError('unknown-issuer', ''), 'unknown-issuer'],
    [new SdJwtVcError('vct-not-accepted', ''), 'not-permitted'],
    [new SdJwtVcError('status-not-supported', ''), 'status-unavailable'],
    [new SdJwtVcError('status-malformed', ''), 'malformed'],
    [new SdJwtError('key-binding-too-old', ''), 'too-old'],
    [new SdJwtError('key-binding-missing', ''), 'holder-signature-invalid'],
    [new SdJwtError('digest-repeated', ''), 'malformed'],
    [new JwsError('jws-alg-not-allowed', ''), 'malformed'],
  ])('[%s]', (error, reason) => {
    expect(verdictOfRefusal(error)?.reason).toBe(reason);
  });
  it('but a fault is none', () => {
    expect(verdictOfRefusal(new TypeError('bug'))).toBeUndefined();
  });
});

describe('purposes', () => {
  it('have whole policies and names in both languages', () => {
    for (const { policy, name_zh, name_en } of PURPOSES) {
      expect(parseCheckpointPolicy(policy)).toEqual(policy);
      expect(name_zh !== '' && name_en !== '').toBe(true);
    }
    expect(PURPOSES.map(({ policy }) => admitsEveryValidState(policy))).toEqual([true, false, true]);
  });
  it('title every reason, and what is accepted', () => {
    expect(titlesOf(undefined)).toEqual({ title_zh: '通过', title_en: 'Pass' });
    expect(titlesOf('replayed').title_en).not.toBe('Pass');
  });
});

describe('a verification request', () => {
  it('is one item or a list', () => {
    expect(zVerificationRequest.safeParse({ code: 'x', checkpoint: 'g' }).success).toBe(true);
    expect(zVerificationRequest.safeParse([{ presentation: 'x', nonce: 'n', audience: 'a' }]).success).toBe(true);
  });
  it('is refused otherwise [empty, both, unknown member]', () => {
    for (const body of [{}, [], { code: 'x', checkpoint: 'g', purpose: 'p' }, { code: 'x', nonce: 'n' }])
      expect(zVerificationRequest.safeParse(body).success).toBe(false);
  });
});

describe('the counter', () => {
  it('sums, starts anew when taken, and takes back what could not be written', () => {
    const counter = createVerdictCounter();
    const where = { actor: 'operator', checkpointId: 'g', day: '2026-11-23' };
    counter.add(where, { verdict: 'accepted' });
    counter.add(where, { verdict: 'accepted' });
    counter.add(where, { verdict: 'rejected', reason: 'replayed' });
    const taken = counter.take();
    expect(taken.map(({ reason, n }) => [reason, n])).toEqual([
      ['', 2],
      ['replayed', 1],
    ]);
    expect(counter.take()).toEqual([]);
    counter.add(where, { verdict: 'accepted' });
    counter.restore(taken);
    expect(counter.take().map(({ n }) => n)).toEqual([3, 1]);
  });
});

describe('the live feed', () => {
  const event = { at: '', checkpoint: 'g', source: 'online' as const, verdict: 'accepted', reason: null };
  it('gives what came after a number, at most so many, and the newest without one', () => {
    const feed = createLiveFeed({ nowMs: () => 1000, ring: () => {} });
    for (let index = 0; index < 3000; index += 1) feed.add(event);
    const { events, last } = feed.after(0, 5);
    expect(events).toHaveLength(5);
    expect(last).toBe(4000);
    expect(feed.after(last, 5)).toEqual({ events: [], last });
    expect(feed.after(last - 7, 5).events.map(({ n }) => n)).toEqual([3994, 3995, 3996, 3997, 3998]);
    feed.add(event);
    expect(feed.after(last, 5).last).toBe(4001);
  });
  it('begins above what it gave out before a restart', () => {
    const feed = createLiveFeed({ nowMs: () => 1_000_000, ring: () => {} });
    feed.add(event);
    expect(feed.after(4001, 5).events).toHaveLength(1);
  });
});

describe('a portrait token', () => {
  let seconds = 1000;
  const tokens = createPortraitTokens(Buffer.alloc(32, 1), { nowMs: () => seconds * 1000, nowSeconds: () => seconds });
  const session = Buffer.alloc(32, 2);
  const id = Buffer.alloc(8, 7);
  it('opens for its session and minute', () => {
    expect(tokens.open(tokens.make(id, session), session)).toBe(id.toString('base64url'));
  });
  it('does not open otherwise [other session, late, changed, too short]', () => {
    const token = tokens.make(id, session);
    expect(tokens.open(token, Buffer.alloc(32, 3))).toBeUndefined();
    expect(tokens.open(`A${token.slice(1)}`, session)).toBeUndefined();
    expect(tokens.open('AAAA', session)).toBeUndefined();
    seconds += 61;
    expect(tokens.open(token, session)).toBeUndefined();
  });
});
