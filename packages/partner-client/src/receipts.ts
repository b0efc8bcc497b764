import type { Claims } from './answers.js';
import { SignedTextError } from './partner-error.js';
import { createSignedTexts, type FetchKeys } from './signed-texts.js';

/** What a receipt proves: who asked what and when, and the answer. */
export interface Receipt {
  readonly check: string;
  readonly purpose: string;
  readonly at: Date;
  readonly result: 'eligible' | 'not-eligible';
  readonly valid_until?: string;
  readonly reason?: string;
  readonly consent?: string;
  readonly passenger?: string;
  readonly claims: Claims;
  /** The student for this partner alone; the same at each of his checks. */
  readonly subject?: string;
}

/** Verifies receipts: for the partner that got one, and for anybody who is shown one later. */
export function createReceipts(parts: {
  readonly issuer: string;
  readonly partnerId: string;
  readonly fetchKeys: FetchKeys;
  readonly nowMs: () => number;
}) {
  const texts = createSignedTexts(parts.fetchKeys, parts.nowMs);
  return {
    /** @throws SignedTextError */
    async verify(receipt: string): Promise<Receipt> {
      const payload = await texts.verify(receipt, {
        ...{ typ: 'lanyard-check-receipt+jwt', issuer: parts.issuer, audience: parts.partnerId, nowMs: parts.nowMs() },
      });
      const { jti, iat, sub, purpose, result } = payload;
      if (typeof jti !== 'string' || typeof iat !== 'number' || typeof purpose !== 'string')
        throw new SignedTextError('not a receipt');
      if (result !== 'eligible' && result !== 'not-eligible') throw new SignedTextError('not a receipt');
      const text = (name: string) => (typeof payload[name] === 'string' ? { [name]: payload[name] } : {});
      return {
        ...{ check: jti, purpose, at: new Date(iat * 1000), result, claims: (payload['claims'] ?? {}) as Claims },
        ...text('valid_until'),
        ...text('reason'),
        ...text('consent'),
        ...text('passenger'),
        ...(sub === undefined ? {} : { subject: sub }),
      };
    },
  };
}
