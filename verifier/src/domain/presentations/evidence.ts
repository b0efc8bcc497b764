import type { DcqlQuery, VpToken } from '@lanyard/protocol';
import type { AnswerVerdict } from './answer-reasons.js';

/** A presentation as received and what it was checked against: enough for another to check it again. */
export interface PresentationEvidence {
  vp_token: Record<string, readonly string[]>;
  dcql_query: DcqlQuery;
  nonce: string;
  /** Of the KB-JWT: the full client identifier, or `origin:` and the origin. */
  audience: string;
  response_uri?: string;
  origin?: string;
  /** RFC 7638, base64url: part of an mdoc's session. */
  encryption_key_thumbprint?: string;
  transaction_data?: readonly string[];
  decided_at: string;
  verdict: AnswerVerdict;
}

/** What is kept, or undefined: without days nothing is. */
export interface EvidencePlan {
  purpose: string;
  keptUntilMs: number;
}

const DAY_MS = 86_400_000;

export function evidencePlanOf(
  purpose: { id: string; evidence_days?: number } | undefined,
  nowMs: number,
): EvidencePlan | undefined {
  if (purpose?.evidence_days === undefined) return undefined;
  return { purpose: purpose.id, keptUntilMs: nowMs + purpose.evidence_days * DAY_MS };
}

export const textsOf = (token: VpToken): Record<string, readonly string[]> => Object.fromEntries(token);
