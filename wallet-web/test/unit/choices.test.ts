import { describe, expect, it } from 'vitest';
import { changeOf } from '../../web/src/issuer/follow-state.js';
import { freshCopies, gateKeyIsDue } from '../../web/src/issuer/refill.js';
import { choosePass } from '../../web/src/present/make-portable-code.js';
import { standingOf } from '../../web/src/present/standing.js';
import { continues, isPast } from '../../web/src/storage/keep-record.js';
import type { Face, GateKey, HeldCredential, HolderState } from '../../web/src/storage/kept.js';

const NOW = 1_800_000_000;
const copy = (id: number, expiresAtSeconds: number, usedAtMs?: number): HeldCredential =>
  ({ id, expiresAtSeconds, ...(usedAtMs === undefined ? {} : { usedAtMs }) }) as HeldCredential;
const state = (change: Partial<HolderState> = {}): HolderState => ({
  version: 1,
  credential_state: 'valid',
  reason_code: null,
  changed_at: null,
  enrolment_status: 'enrolled',
  registered_until: '2027-02-28',
  name: '示例',
  gate_key: { enrolled: true, renew_after: NOW + 100 },
  copies: { 'student-id-sd-jwt': 10, 'student-pass': 8 },
  receivedAtMs: NOW * 1000,
  ...change,
});

describe('choosePass', () => {
  it('takes the unused one that ends first', () => {
    const held = [copy(1, NOW + 900), copy(2, NOW + 500), copy(3, NOW + 400, 5)];
    expect(choosePass(held, NOW)).toMatchObject({ pass: { id: 2 }, reused: false, left: 1 });
  });
  it('shows one again only when all were shown, the longest ago first', () => {
    expect(choosePass([copy(1, NOW + 900, 20), copy(2, NOW + 900, 10)], NOW)).toMatchObject({
      pass: { id: 2 },
      reused: true,
      left: 0,
    });
  });
  it('has none [nothing held, all past or about to end]', () => {
    expect(choosePass([], NOW)).toBeUndefined();
    expect(choosePass([copy(1, NOW - 1), copy(2, NOW + 60)], NOW)).toBeUndefined();
  });
});

it('counts as fresh what was not shown and lives beyond the spare time [shown, ends soon]', () => {
  const held = [copy(1, NOW + 101), copy(2, NOW + 100), copy(3, NOW + 500, 1)];
  expect(freshCopies(held, NOW, 100).map(({ id }) => id)).toEqual([1]);
});

describe('gateKeyIsDue', () => {
  const gate = { renewAfter: NOW + 100 } as GateKey;
  it('is when its time has come, when none is here, or when an answer was lost', () => {
    expect(gateKeyIsDue(gate, state(), NOW + 100)).toBe(true);
    expect(gateKeyIsDue(undefined, state(), NOW)).toBe(true);
    expect(gateKeyIsDue(gate, state({ gate_key: { enrolled: true, renew_after: NOW + 7 } }), NOW)).toBe(true);
  });
  it('is not before, and not while another phone is the one at the gates', () => {
    expect(gateKeyIsDue(gate, state(), NOW)).toBe(false);
    expect(gateKeyIsDue(gate, state({ gate_key: { enrolled: false, renew_after: null } }), NOW + 500)).toBe(false);
  });
});

describe('standingOf', () => {
  const face = { claims: { name: '示例', registered_until: '2026-02-28' } } as Face;
  const at = Date.parse('2027-02-28T12:00:00+08:00');
  it('is registered through the last day whole, in the university’s zone', () => {
    const lastSecond = Date.parse('2027-02-28T23:59:59+08:00');
    expect(standingOf(face, state(), lastSecond)).toMatchObject({ kind: 'valid', registered: true });
    expect(standingOf(face, state(), lastSecond + 1000)).toMatchObject({ kind: 'valid', registered: false });
  });
  it('goes by the card where the issuer was never reached', () => {
    expect(standingOf(face, undefined, at)).toMatchObject({ registeredUntil: '2026-02-28', registered: false });
  });
  it.each(['suspended', 'revoked'] as const)('is held [%s]', (credential_state) => {
    const held = state({ credential_state, reason_code: 'misuse', changed_at: 7 });
    expect(standingOf(face, held, at)).toEqual({ kind: credential_state, reason: 'misuse', sinceMs: 7000 });
  });
  it('is none without a card', () => {
    expect(standingOf(undefined, state(), at)).toEqual({ kind: 'none' });
  });
});

describe('records', () => {
  it('notes a suspension, the way back and a new registration date', () => {
    const suspended = state({ credential_state: 'suspended', reason_code: 'misuse' });
    expect(changeOf(state(), suspended)).toEqual({ kind: 'suspended', reason: 'misuse' });
    expect(changeOf(suspended, state())).toEqual({ kind: 'reinstated' });
    expect(changeOf(state({ registered_until: null }), state())).toEqual({ kind: 'renewed' });
  });
  it('notes nothing at the first contact or when nothing changed', () => {
    expect(changeOf(undefined, state())).toBeUndefined();
    expect(changeOf(state(), state({ version: 2 }))).toBeUndefined();
  });
  it('takes opening the gate code again within ten minutes as one showing [later, other kind]', () => {
    const gate = (atMs: number) => ({ kind: 'gate-shown', atMs }) as const;
    expect(continues(gate(0), gate(599_999))).toBe(true);
    expect(continues(gate(0), gate(600_000))).toBe(false);
    expect(continues({ kind: 'portable-shown', atMs: 0 }, gate(1))).toBe(false);
    expect(continues(undefined, gate(1))).toBe(false);
  });
  it('keeps gate showings 7 days and the rest 180', () => {
    const day = 86_400_000;
    expect(isPast({ kind: 'gate-shown', atMs: 0 }, 7 * day)).toBe(false);
    expect(isPast({ kind: 'gate-shown', atMs: 0 }, 7 * day + 1)).toBe(true);
    expect(isPast({ kind: 'claimed', atMs: 0 }, 180 * day + 1)).toBe(true);
    expect(isPast({ kind: 'claimed', atMs: 0 }, 180 * day)).toBe(false);
  });
});
