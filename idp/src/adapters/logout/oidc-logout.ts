import type { Provider } from 'oidc-provider';
import type { SendLogout } from '../../domain/logout/logout-delivery.js';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';
import type { FindLogoutCalls } from '../../storage/session-store.js';

/** Back-channel logout calls of a session: each OpenID Connect party it entered that has an address for them. */
export function createOidcLogoutCalls(findParty: (id: string) => Promise<RelyingParty | undefined>): FindLogoutCalls {
  return async (_transaction, session) => {
    const calls = await Promise.all(
      Object.entries(session.authorizations).map(async ([clientId, { sid }]) => {
        const address = (await findParty(clientId))?.oidc?.backchannel_logout_uri;
        return address === undefined || sid === undefined
          ? []
          : [
              {
                relyingPartyId: clientId,
                protocol: 'oidc-back-channel' as const,
                address,
                reference: sid,
                payload: { sid, account_id: session.accountId },
              },
            ];
      }),
    );
    return calls.flat();
  };
}

/** Posts a logout token (OpenID Connect Back-Channel Logout §2.5), made anew for each try: its times are short. */
export function createOidcLogoutSender(provider: Provider): SendLogout {
  return async (delivery) => {
    const client = (await provider.Client.find(delivery.relyingPartyId)) as unknown as
      | { postLogoutToken(accountId: string, sid: string): Promise<void> }
      | undefined;
    if (client === undefined) throw new Error('relying-party-gone');
    await client.postLogoutToken(delivery.payload.account_id ?? '', delivery.payload.sid ?? '');
  };
}
