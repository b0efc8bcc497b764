import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { GuardedFetch, Logger, SealedStore } from '@lanyard/platform';
import { ACR_LADDER, acrOf } from '@lanyard/platform';
import {
  type AdapterFactory,
  type AuthorizationCode,
  type Client,
  type ClientMetadata,
  type Configuration,
  type KoaContextWithOIDC,
  Provider,
} from 'oidc-provider';
import { type Account, grantedClaims } from '../../domain/accounts/account.js';
import type { HomeUniversity } from '../../domain/accounts/research-names.js';
import { GRANTABLE_CLAIMS } from '../../domain/relying-parties/claims.js';
import { privateHostsOf, type RelyingParty } from '../../domain/relying-parties/relying-party.js';
import {
  CREDENTIAL_SCOPES,
  type CredentialIssuanceDeps,
  credentialIssuance,
  keepsIssuerState,
} from './credential-issuance.js';
import { DAY, MINUTE, SESSION_SECONDS } from './lifetimes.js';
import { createPolicy, type PolicyDeps } from './policy.js';
import { openSigningKeys } from './signing-keys.js';

/** Pages that the provider shows by itself; drawn by http/pages. */
export interface ProviderPages {
  error(context: KoaContextWithOIDC, error: { code: string; description: string | undefined }): void | Promise<void>;
  /** `action` takes `xsrf` and `logout=yes` by POST. */
  logout(
    context: KoaContextWithOIDC,
    form: { action: string; xsrf: string; clientId: string | undefined },
  ): void | Promise<void>;
  loggedOut(context: KoaContextWithOIDC): void | Promise<void>;
}

export interface ProviderDeps extends Omit<PolicyDeps, 'loadedAccount'> {
  issuer: string;
  credentials: CredentialIssuanceDeps;
  adapter: AdapterFactory;
  store: SealedStore;
  cookieKeys: string[];
  home: HomeUniversity;
  pages: ProviderPages;
  guardedFetch: GuardedFetch;
  /** Registered party of a client of the provider. */
  findPartyById: (id: string) => Promise<RelyingParty | undefined>;
  listParties: () => Promise<RelyingParty[]>;
  endSession: (uid: string) => Promise<void>;
  /** Writes down that a party was told of somebody; never refuses. */
  noteDisclosure: (accountId: string, party: RelyingParty) => Promise<void>;
  log: Logger;
}

/**
 * The OpenID provider: authorization code only, PKCE always, pairwise subjects, rotating refresh tokens, PAR, DPoP,
 * logout. The traps of the library that this answers are in docs/decisions/0010.
 */
export function createProvider(deps: ProviderDeps): Provider {
  const pairwiseKey = deps.store.derive('pairwise subjects');
  const secure = deps.issuer.startsWith('https:');
  const issuance = credentialIssuance(deps.credentials);
  const cookie = { httpOnly: true, sameSite: 'lax', secure, signed: true, overwrite: true } as const;
  const configuration: Configuration = {
    adapter: deps.adapter,
    jwks: openSigningKeys(deps.store) as Configuration['jwks'] & object,
    clientDefaults: { response_types: ['code'], grant_types: ['authorization_code'] },
    responseTypes: ['code'],
    pkce: { required: () => true },
    scopes: ['openid', 'profile', 'offline_access'],
    // How sure the layer is stands in every ID token; what a client may learn of the person only in userinfo answers.
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time', ...GRANTABLE_CLAIMS],
      profile: ['name'],
      sid: null,
      iss: null,
    } as Configuration['claims'] & object,
    acrValues: ACR_LADDER.map(acrOf),
    subjectTypes: ['pairwise'],
    clientAuthMethods: ['private_key_jwt', 'client_secret_basic', 'client_secret_post', 'none'],
    // Clocks of campus servers drift; anything further away than this is refused (attack 30).
    clockTolerance: 30,
    conformIdTokenClaims: true,
    // Where none is named, or two, nobody is sent anywhere (attack 1).
    allowOmittingSingleRegisteredRedirectUri: false,
    cookies: {
      names: { session: 'lanyard_idp_session', interaction: 'lanyard_idp_interaction', resume: 'lanyard_idp_resume' },
      keys: deps.cookieKeys,
      long: cookie,
      short: cookie,
    },
    features: {
      ...issuance.features,
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true },
      backchannelLogout: { enabled: true },
      revocation: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_context: unknown, client: Client, token: { clientId?: string }) =>
          token.clientId === client.clientId,
      },
      userinfo: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context: KoaContextWithOIDC) => showLogout(deps.pages, context),
        postLogoutSuccessSource: (context: KoaContextWithOIDC) => deps.pages.loggedOut(context),
      },
    } as Configuration['features'] & object,
    ttl: {
      AccessToken: 5 * MINUTE,
      AuthorizationCode: MINUTE,
      IdToken: 10 * MINUTE,
      Interaction: 15 * MINUTE,
      RefreshToken: 14 * DAY,
      Session: SESSION_SECONDS,
      Grant: 14 * DAY,
      ClientCredentials: 5 * MINUTE,
    },
    rotateRefreshToken: true,
    issueRefreshToken: (_context, client) => Promise.resolve(client.grantTypeAllowed('refresh_token')),
    pairwiseIdentifier: (_context, accountId, client) =>
      subjectOf(pairwiseKey, String(client.sectorIdentifier ?? client.clientId), accountId),
    findAccount: async (context, id) => {
      const account = await deps.findAccount(id);
      if (account === undefined || account.state !== 'active') return undefined;
      return {
        accountId: id,
        person: account,
        // An ID token travels as a hint in addresses: it says who by a pairwise subject, and no more.
        claims: async (use) => (use === 'id_token' ? { sub: id } : claimsFor(deps, context, account)),
      };
    },
    loadExistingGrant: (context) => grantOf(context, pairwiseKey, deps.credentials),
    interactions: {
      policy: createPolicy({
        ...deps,
        loadedAccount: (context) => (context.oidc.account as { person?: Account } | undefined)?.person,
      }),
      url: (_context, interaction) => `/sign-in/${interaction.uid}`,
    },
    renderError: (context, out) => deps.pages.error(context, { code: out.error, description: out.error_description }),
    fetch: (address, options) => guardedProviderFetch(deps, String(address), options ?? {}),
    extraParams: issuance.extraParams,
    expiresWithSession: (context, code) => {
      issuance.noteState(context, code as AuthorizationCode);
      return Promise.resolve(code.scope?.split(' ').includes('offline_access') !== true);
    },
    formats: { customizers: { jwt: issuance.customise } } as Configuration['formats'] & object,
    extraTokenClaims: (context) => Promise.resolve(issuance.extraTokenClaims(context)),
  };
  const provider = new Provider(deps.issuer, configuration);
  keepsIssuerState(provider);
  comparesDigests(provider);
  endsSessionsOnce(provider, deps.endSession);
  provider.on('server_error', (_context, error) => deps.log.error('provider.error', { detail: error.message }));
  return provider;
}

/** Pairwise subject (OpenID Connect Core §8.1): keyed, so that two relying parties cannot compare. */
export const subjectOf = (key: Uint8Array, sector: string, accountId: string): string =>
  createHmac('sha256', key).update(`${sector}\n${accountId}`).digest('base64url');

async function claimsFor(deps: ProviderDeps, context: KoaContextWithOIDC, account: Account) {
  const party = await deps.findPartyById(context.oidc.client?.clientId ?? '');
  if (party === undefined) return { sub: account.id };
  await deps.noteDisclosure(account.id, party);
  return { sub: account.id, ...grantedClaims(account, party, deps.home) };
}

/**
 * What may be learnt is fixed by the registration, so a grant is made without a question; consent has its own check.
 * There is one per session and client, under an identifier that two requests at once arrive at both: the provider drops
 * codes and tokens whose grant is not the session's.
 */
async function grantOf(context: KoaContextWithOIDC, key: Uint8Array, credentials: CredentialIssuanceDeps) {
  const { oidc } = context;
  const { session, account, provider } = oidc;
  const clientId = oidc.client?.clientId ?? '';
  const accountId = account?.accountId ?? '';
  if (session === undefined) return undefined;
  const id = createHmac('sha256', key).update(`grant\n${session.uid}\n${clientId}\n${accountId}`).digest('base64url');
  const found = await provider.Grant.find(id);
  if (found !== undefined) return found;
  const grant = new provider.Grant({ accountId, clientId, jti: id } as { accountId: string; clientId: string });
  grant.addOIDCScope('openid profile offline_access');
  if (await credentials.isWallet(clientId)) grant.addResourceScope(credentials.credentialIssuer, CREDENTIAL_SCOPES);
  grant.addOIDCClaims(['sub', ...GRANTABLE_CLAIMS, 'acr', 'amr', 'auth_time']);
  await grant.save();
  return grant;
}

async function showLogout(pages: ProviderPages, context: KoaContextWithOIDC): Promise<void> {
  const state = (context.oidc.session as unknown as { state?: { secret?: string; clientId?: string } }).state;
  await pages.logout(context, {
    action: new URL(context.oidc.urlFor('end_session_confirm')).pathname,
    xsrf: state?.secret ?? '',
    clientId: state?.clientId,
  });
}

/** Secrets are kept as digests: the provider compares the digest of what it is given. */
function comparesDigests(provider: Provider): void {
  (
    provider.Client.prototype as unknown as {
      compareClientSecret(this: ClientMetadata & { clientSecret?: string }, given: string): boolean;
    }
  ).compareClientSecret = function compare(given) {
    const kept = Buffer.from(this.clientSecret ?? '', 'base64url');
    const digest = createHash('sha256').update(given).digest();
    return kept.length === digest.length && timingSafeEqual(kept, digest);
  };
}

/**
 * A session ends in one place: destroying it goes through our store, which writes the logout outbox in the same
 * transaction. The provider's own posts (one try, in line, trap T3) are left out; the outbox's sender makes them.
 */
function endsSessionsOnce(provider: Provider, end: (uid: string) => Promise<void>): void {
  const session = provider.Session.prototype as unknown as {
    uid: string;
    destroyed: boolean;
    destroy(): Promise<void>;
  };
  session.destroy = async function destroy(this: typeof session) {
    await end(this.uid);
    this.destroyed = true;
  };
  const client = provider.Client.prototype as unknown as {
    backchannelLogout(): Promise<void>;
    postLogoutToken?: unknown;
  };
  client.postLogoutToken = client.backchannelLogout;
  client.backchannelLogout = () => Promise.resolve();
}

/** The provider's own fetches: `jwks_uri` of a client, and the posts of logout tokens. */
async function guardedProviderFetch(deps: ProviderDeps, address: string, options: RequestInit): Promise<Response> {
  const party = await findPartyByAddress(deps, address);
  const answer = await deps.guardedFetch(address, {
    method: options.method === 'POST' ? 'POST' : 'GET',
    headers: Object.fromEntries(new Headers(options.headers).entries()),
    ...(options.body === undefined || options.body === null ? {} : { body: String(options.body) }),
    privateHosts: party === undefined ? [] : privateHostsOf(party),
  });
  const empty = answer.status === 204 || answer.status === 304;
  return new Response(empty ? null : new Uint8Array(answer.body), {
    status: answer.status < 200 ? 502 : answer.status,
    headers: { 'content-type': answer.headers['content-type'] ?? 'application/octet-stream' },
  });
}

async function findPartyByAddress(deps: ProviderDeps, address: string): Promise<RelyingParty | undefined> {
  for (const party of await deps.listParties())
    if (party.oidc?.jwks_uri === address || party.oidc?.backchannel_logout_uri === address) return party;
  return undefined;
}
