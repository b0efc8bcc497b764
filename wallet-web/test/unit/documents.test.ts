import { describe, expect, it } from 'vitest';
import { copiesAreDue } from '../../web/src/issuer/documents.js';
import { isClosed, standingOf } from '../../web/src/present/standing.js';
import type { Face, HeldCredential, HolderState } from '../../web/src/storage/kept.js';

const DAY = 86_400;
const NOW = 1_800_000_000;
const clock = { nowSeconds: () => NOW, nowMs: () => NOW * 1000 };
const copy = (more: Partial<HeldCredential> = {}) =>
  ({ credential: 'e30.e30.AA~', expiresAtSeconds: NOW + 30 * DAY, ...more }) as HeldCredential;
const card = (expiresAtSeconds: number, receivedDaysAgo: number) => ({
  expiresAtSeconds,
  receivedAtMs: (NOW - receivedDaysAgo * DAY) * 1000,
});
const far = card(NOW + 30 * DAY, 0);
const used = copy({ usedAtMs: 1 });

describe('copies of a document', () => {
  it('are enough while two were not shown', () => {
    expect(copiesAreDue(far, [copy(), copy(), used], {}, clock)).toBe(false);
  });
  it.each([
    ['one is left', far, [copy(), used, used]],
    ['none is left', far, []],
    ['two are left, one of them over', far, [copy(), copy({ expiresAtSeconds: NOW })]],
    ['they end within five days and are older than a day', card(NOW + 4 * DAY, 2), [copy(), copy(), copy()]],
  ])('are due where %s', (_, of, copies) => {
    expect(copiesAreDue(of, copies, {}, clock)).toBe(true);
  });
  it('are asked for once a day in the last days of a document, and not at each contact', () => {
    expect(copiesAreDue(card(NOW + 4 * DAY, 0), [copy(), copy(), copy()], {}, clock)).toBe(false);
  });
  it('are due where their signer was retired', () => {
    const kid = Buffer.alloc(8).toString('base64url');
    const header = Buffer.from(JSON.stringify({ kid })).toString('base64url');
    const signed = copy({ credential: `${header}.e30.AA~` });
    expect(copiesAreDue(far, [signed, signed, signed], { retired_signers: [kid] }, clock)).toBe(true);
    expect(copiesAreDue(far, [signed, signed, signed], { retired_signers: [] }, clock)).toBe(false);
  });
});

describe('the request screen', () => {
  const face = { claims: {} } as Face;
  const closed = (more: Partial<HolderState>) => {
    const state = { credential_state: 'revoked', reason_code: null, changed_at: null, ...more } as HolderState;
    return isClosed(standingOf(face, state, NOW * 1000), state);
  };
  it('stays open to who has left and has a document or an alumni ID to show', () => {
    expect(closed({ documents: ['document-sd-jwt.2026-000001'] })).toBe(false);
    expect(closed({ alumni_state: 'valid', documents: [] })).toBe(false);
  });
  it.each([
    ['there is nothing to show', { documents: [] }],
    ['a hold stands, of which documents are not told', { credential_state: 'suspended', documents: null }],
    ['the alumni ID is suspended', { alumni_state: 'suspended', documents: null }],
    ['what was kept is of a former version', {}],
  ] as [string, Partial<HolderState>][])('is closed where %s', (_, more) => {
    expect(closed(more)).toBe(true);
  });
  it('is open to who studies', () => {
    expect(closed({ credential_state: 'valid' })).toBe(false);
  });
});
