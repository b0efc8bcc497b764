import type { NameInTwo } from '@lanyard/protocol';

/** A document as whoever holds it may read it. */
export interface CaseDocument {
  /** 2026-000123 */
  readonly number: string;
  readonly state: 'valid' | 'revoked' | 'expired';
  readonly title: NameInTwo;
  readonly university: string;
  /** Days in Asia/Shanghai. */
  readonly issued_on: string;
  readonly expires_on: string;
  readonly facts: readonly { readonly title: NameInTwo; readonly value: NameInTwo }[];
}
