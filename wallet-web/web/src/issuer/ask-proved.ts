import { ask } from './refusal.js';
import { type ProofKey, signDpopProof } from './sign-proof.js';

/**
 * A request with a DPoP proof (RFC 9449). A server that wants its own nonce in the proof says so and gets it, once
 * (§8, §9). @throws NoAnswer
 */
export async function askProved(
  url: string,
  init: RequestInit & { readonly method: string },
  proved: { readonly key: ProofKey; readonly accessToken?: string; readonly nowSeconds: number },
  timeoutMs?: number,
): Promise<Response> {
  const { key, nowSeconds, ...rest } = proved;
  const send = async (nonce: string | undefined) => {
    const proof = await signDpopProof(key, { method: init.method, url, ...rest, nonce }, nowSeconds);
    return ask(url, { ...init, headers: { ...init.headers, DPoP: proof } }, timeoutMs);
  };
  const answer = await send(undefined);
  const nonce = answer.headers.get('DPoP-Nonce');
  if (nonce === null || answer.ok || !(await wantsNonce(answer))) return answer;
  return send(nonce);
}

async function wantsNonce(answer: Response): Promise<boolean> {
  if (answer.headers.get('WWW-Authenticate')?.includes('use_dpop_nonce')) return true;
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  return (body as { error?: unknown } | undefined)?.error === 'use_dpop_nonce';
}
