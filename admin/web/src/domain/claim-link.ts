/** The wallet's page for a claim code. In the fragment: it reaches no server log and no referrer. */
export const claimLink = (wallet: string, code: string): string => `${wallet}/claim#code=${encodeURIComponent(code)}`;
