import { Refusal, ServiceCallError, type ServiceClient } from '@lanyard/platform';
import { z } from 'zod';
import { type AskWallet, SIGN_IN_QUERY } from '../domain/wallet-sign-in/wallet-sign-in.js';

const zRequest = z.object({ id: z.string(), wallet_link: z.url(), expires_at: z.union([z.string(), z.number()]) });
const zResult = z.object({
  state: z.string(),
  verdict: z.enum(['accepted', 'rejected', 'cannot-decide']).optional(),
  reason: z.string().optional(),
  claims: z.object({ student_number: z.string().optional(), university_code: z.string().optional() }).optional(),
});
const NOT_THIS_CODE = new Set(['response-code-invalid', 'response-code-used', 'presentation-request-not-found']);

/** The verifier's presentation requests (docs/services.md), as the identity layer uses them. */
export function createAskWallet(verifier: ServiceClient): AskWallet {
  return {
    async request(flow, returnUrl, party) {
      const answer = await verifier
        .json('/v1/presentation-requests', {
          method: 'POST',
          body: {
            dcql_query: SIGN_IN_QUERY,
            flow,
            return_url: returnUrl,
            expires_in: 300,
            purpose_text: { zh: `登录到“${party.name_zh}”`, en: `To sign in to ${party.name_en}` },
          },
        })
        .catch(away);
      const { id, wallet_link, expires_at } = zRequest.parse(answer);
      const expiresAtMs = typeof expires_at === 'number' ? expires_at * 1000 : Date.parse(expires_at);
      return { presentationId: id, walletLink: wallet_link, expiresAtMs };
    },
    async read(presentationId, responseCode) {
      const path = `/v1/presentation-requests/${encodeURIComponent(presentationId)}?response_code=${encodeURIComponent(responseCode)}`;
      try {
        const result = zResult.parse(await verifier.json(path));
        if (result.state !== 'answered' || result.verdict === undefined) return undefined;
        return {
          verdict: result.verdict,
          reason: result.reason,
          studentNumber: result.claims?.student_number,
          universityCode: result.claims?.university_code,
        };
      } catch (error) {
        if (error instanceof ServiceCallError && NOT_THIS_CODE.has(error.code)) return undefined;
        return away(error);
      }
    },
  };
}

function away(cause: unknown): never {
  throw new Refusal('dependency-unavailable', { cause });
}
