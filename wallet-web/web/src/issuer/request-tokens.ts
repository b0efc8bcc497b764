import type { IssuerEndpoints, IssuerLine } from '../storage/kept.js';
import { askProved } from './ask-proved.js';
import { readJson } from './refusal.js';
import type { ProofKey } from './sign-proof.js';

interface TokenAnswer {
  access_token: string;
  token_type?: string;
  refresh_token?: string;
  expires_in?: number;
  authorization_details?: { credential_configuration_id?: string; credential_identifiers?: string[] }[];
}

/** One request to the token endpoint, bound by DPoP; answers the line as it is now. @throws ServiceRefusal, NoAnswer */
export async function requestTokens(
  endpoints: IssuerEndpoints,
  key: ProofKey,
  fields: Record<string, string>,
  nowSeconds: number,
): Promise<IssuerLine> {
  const init = { method: 'POST', body: new URLSearchParams(fields) };
  const tokens = await readJson<TokenAnswer>(await askProved(endpoints.token, init, { key, nowSeconds }));
  return {
    endpoints,
    dpopKey: key.privateKey,
    dpopJwk: key.jwk,
    accessToken: tokens.access_token,
    ...(tokens.token_type?.toLowerCase() === 'bearer' ? { bearer: true } : {}),
    // Half a minute to spare, so that a request under way does not meet the end.
    accessUntilMs: (nowSeconds + (tokens.expires_in ?? 60) - 30) * 1000,
    refreshToken: tokens.refresh_token,
    ended: false,
    identifiers: identifiersOf(tokens),
  };
}

/** §6.2: where a token names its datasets, credentials are asked for by these names and no other. */
function identifiersOf({ authorization_details: details }: TokenAnswer): Record<string, string> | undefined {
  if (!Array.isArray(details)) return undefined;
  const entries = details.flatMap(({ credential_configuration_id: id, credential_identifiers: names }) =>
    id !== undefined && typeof names?.[0] === 'string' ? [[id, names[0]] as const] : [],
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
