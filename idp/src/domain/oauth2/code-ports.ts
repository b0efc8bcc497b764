import type { AcrLevel } from '@lanyard/platform';

/** What a code stands for. */
export interface CodeFacts {
  relyingPartyId: string;
  redirectUri: string;
  redirectUriGiven: boolean;
  challenge: string | undefined;
  sessionUid: string;
  accountId: string;
  acr: AcrLevel;
  authTimeSeconds: number;
}
export type IssueCode = (code: CodeFacts & { text: string; expiresAtMs: number }) => Promise<void>;

export interface UsedCode extends CodeFacts {
  issuedAtMs: number;
  expiresAtMs: number;
}

/**
 * Uses a code up, whoever asks and whatever comes of it, and where `judge` has no objection makes the access token in
 * the same transaction. A code offered again revokes what came of it (RFC 6749 §4.1.2).
 */
export type RedeemCode = (
  offer: { code: string; accessToken: string; tokenExpiresAtMs: number },
  judge: (used: UsedCode) => string | undefined,
) => Promise<'redeemed' | 'refused'>;

export interface TokenFacts {
  relyingPartyId: string;
  sessionUid: string;
  accountId: string;
}
/** An access token that lives at `nowMs`. */
export type FindAccessToken = (text: string, nowMs: number) => Promise<TokenFacts | undefined>;
