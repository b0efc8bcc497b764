import { createHash, randomBytes } from 'node:crypto';
import { WalletRefusal } from './wallet-refusal.js';

/** An authorization request under way: the person's browser goes to `address` and comes back to the redirect URI. */
export interface PendingAuthorization {
  address: string;
  /** Takes the address the browser came back to. @throws WalletRefusal */
  complete(returned: string): Promise<{ access_token: string }>;
}

export interface AuthorizationPlan {
  authorizationServer: string;
  clientId: string;
  redirectUri: string;
  /** Scope values of the credentials. */
  scope: string;
  credentialIssuer: string;
  issuerState?: string;
}

interface ServerMetadata {
  issuer: string;
  pushed_authorization_request_endpoint: string;
  authorization_endpoint: string;
  token_endpoint: string;
}

/** The wallet's half of the authorization code flow (OpenID4VCI 1.0 §5, §6): PAR, PKCE, DPoP, `state` and `iss` checked. */
export async function authorizeWith(
  plan: AuthorizationPlan,
  dpopProof: (method: string, url: string) => string,
): Promise<PendingAuthorization> {
  const server = await readMetadata(plan.authorizationServer);
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const { request_uri } = await post<{ request_uri: string }>(server.pushed_authorization_request_endpoint, {
    client_id: plan.clientId,
    response_type: 'code',
    redirect_uri: plan.redirectUri,
    scope: plan.scope,
    resource: plan.credentialIssuer,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(plan.issuerState === undefined ? {} : { issuer_state: plan.issuerState }),
  });
  return {
    address: `${server.authorization_endpoint}?${new URLSearchParams({ client_id: plan.clientId, request_uri })}`,
    async complete(returned) {
      const answer = new URL(returned).searchParams;
      if (answer.get('state') !== state || answer.get('iss') !== server.issuer)
        throw new WalletRefusal(400, 'authorization-answer-of-another-request');
      const code = answer.get('code');
      if (code === null) throw new WalletRefusal(400, answer.get('error') ?? 'unknown');
      return post(
        server.token_endpoint,
        {
          client_id: plan.clientId,
          grant_type: 'authorization_code',
          code,
          redirect_uri: plan.redirectUri,
          code_verifier: verifier,
        },
        { DPoP: dpopProof('POST', server.token_endpoint) },
      );
    },
  };
}

async function readMetadata(issuer: string): Promise<ServerMetadata> {
  const answer = await fetch(new URL('/.well-known/oauth-authorization-server', issuer));
  if (!answer.ok) throw new WalletRefusal(answer.status, 'authorization-server-metadata');
  const metadata = (await answer.json()) as ServerMetadata;
  // RFC 8414 §3.3: another name in the document is another server.
  if (metadata.issuer !== issuer) throw new WalletRefusal(400, 'authorization-server-mismatch');
  return metadata;
}

async function post<T>(url: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<T> {
  const answer = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(fields) });
  const body: unknown = await answer.json().catch(() => ({}));
  if (answer.ok) return body as T;
  throw new WalletRefusal(answer.status, (body as { error?: string }).error ?? 'unknown');
}
