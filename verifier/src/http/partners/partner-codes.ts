import { COMMON_PROBLEMS } from '@lanyard/platform';
import { entitlementReasons } from '../../domain/entitlements/entitlement.js';
import { VERIFIER_PROBLEMS } from '../../problems.js';
import { endReasons, reasonTitles } from './reason-titles.js';

/** Codes of refusals a partner's program has to know; `code` of a problem. */
const problems = [
  'input-invalid',
  'partner-token-invalid',
  'purpose-not-agreed',
  'too-many-requests',
  'partner-quota-used-up',
  'idempotency-key-reused',
  'idempotency-in-progress',
  'check-not-found',
  'check-not-eligible',
  'check-too-old',
  'consent-revoked',
  'sandbox-only',
  'return-url-required',
  'return-url-not-allowed',
  'response-code-invalid',
  'response-session-wrong',
  'response-code-used',
  'passenger-not-matched',
  'passenger-tries-used-up',
  'journey-not-covered',
  'entitlement-used-up',
  'use-not-found',
  'use-state-conflict',
  'use-expired',
  'callback-not-allowed',
  'certificate-request-invalid',
  'partner-tls-off',
  'dependency-unavailable',
  'api-version-unknown',
] as const;

/** Why a check says no about what was shown, or about a person whatever the discount. */
const shown = ['malformed', 'too-old', 'replayed', 'holder-signature-invalid', 'revoked', 'not-permitted'] as const;
/** Why nothing was decided. */
const undecided = ['network-needed'] as const;

export interface PartnerCode {
  readonly code: string;
  readonly kind: 'problem' | 'reason';
  readonly status: number | undefined;
  readonly zh: string;
  readonly en: string;
}

const table = { ...COMMON_PROBLEMS, ...VERIFIER_PROBLEMS };

/** Every code of the partner API, with its words: what the page lists, and what the tests reach one by one. */
export const PARTNER_CODES: readonly PartnerCode[] = [
  ...problems.map((code) => {
    const { status, zh, en } = table[code];
    return { code, kind: 'problem', status, zh, en } as const;
  }),
  ...[...entitlementReasons, ...shown, ...undecided, ...endReasons].map((code) => {
    const { title_zh: zh, title_en: en } = reasonTitles(code);
    return { code, kind: 'reason', status: undefined, zh, en } as const;
  }),
];
