import { dayInShanghai } from '@lanyard/platform';
import { DOCUMENT_NUMBER, type NameInTwo } from '@lanyard/protocol';

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

/** 2026-000123: the year of issue, then counted. */
export const documentNumberOf = (id: number, issuedAt: Date): string =>
  `${dayInShanghai(issuedAt.getTime()).slice(0, 4)}-${String(id).padStart(6, '0')}`;

/** The row a number may stand for; the row's own number has to be compared. Undefined for what is no number. */
export function documentRowOf(number: string): number | undefined {
  const id = Number(number.slice(number.indexOf('-') + 1));
  return DOCUMENT_NUMBER.test(number) && Number.isSafeInteger(id) ? id : undefined;
}
