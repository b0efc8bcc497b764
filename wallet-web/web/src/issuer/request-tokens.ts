import type { IssuerEndpoints, IssuerLine } from '../storage/kept.js';
import { ask, readJson } from './refusal.js';
import { type ProofKey, signDpopProof } from './sign-proof.js';

interface TokenAnswer {
  access_token: string;
  refresh_token?: string;
  expires_in?: number;
}

/** One request to the token endpoint, bound by DPoP; answers the line as it is now. @throws ServiceRefusal, NoAnswer */
export async function requestTokens(
  endpoints: IssuerEndpoints,
  key: ProofKey,
  fields: Record<string, string>,
  nowSeconds: number,
): Promise<IssuerLine> {
  const proof = await signDpopProof(key, { method: 'POST', url: endpoints.token }, nowSeconds);
  const tokens = await readJson<TokenAnswer>(
    await ask(endpoints.token, { method: 'POST', headers: { DPoP: proof }, body: new URLSearchParams(fields) }),
  );
  return {
    endpoints,
    dpopKey: key.privateKey,
    dpopJwk: key.jwk,
    accessToken: tokens.access_token,
    // Half a minute to spare, so that a request under way does not meet the end.
    accessUntilMs: (nowSeconds + (tokens.expires_in ?? 60) - 30) * 1000,
    refreshToken: tokens.refresh_token,
    ended: false,
  };
}
