import type { Clock, ServiceMiddleware } from '@lanyard/platform';
import type { Context, Next } from 'koa';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { ProviderDocuments } from '../../storage/provider-documents.js';
import { clientChecks } from './client-checks.js';

/** Answers of the provider that a browser shows: nothing of them may be framed, and nothing runs in them but ours. */
const PROVIDER_POLICY =
  "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The provider as the last part of our application, with what it leaves to its surroundings. */
export function mountProvider(
  provider: Provider,
  deps: { documents: ProviderDocuments; noteSeen: (clientId: string) => Promise<void>; clock: Clock },
): ServiceMiddleware[] {
  return [
    clientChecks(deps.clock),
    async (context: Context, next: Next) => {
      context.set('Content-Security-Policy', PROVIDER_POLICY);
      await next();
      const { oidc } = context as KoaContextWithOIDC;
      if (oidc?.route !== 'token') return;
      const clientId = oidc.client?.clientId;
      if (context.status !== 200) await revokeStolenCode(provider, deps.documents, oidc);
      else if (clientId !== undefined) await deps.noteSeen(clientId);
    },
    ...(provider.middleware as ServiceMiddleware[]),
  ];
}

/**
 * A code that a client of its own right shows without being the one it was made for has been stolen: it dies with all
 * that came of it (RFC 9700 §4.5, attack 2). The provider alone would leave it usable.
 */
async function revokeStolenCode(
  provider: Provider,
  documents: ProviderDocuments,
  oidc: KoaContextWithOIDC['oidc'],
): Promise<void> {
  const { code: value, grant_type: grantType } = (oidc.params ?? {}) as Record<string, unknown>;
  if (grantType !== 'authorization_code' || typeof value !== 'string' || oidc.client === undefined) return;
  const code = await provider.AuthorizationCode.find(value);
  if (code === undefined || code.clientId === oidc.client.clientId) return;
  await documents.destroy('AuthorizationCode', value);
  if (code.grantId === undefined) return;
  for (const model of ['AccessToken', 'RefreshToken', 'AuthorizationCode'])
    await documents.revokeByGrantId(model, code.grantId);
  await documents.destroy('Grant', code.grantId);
}
