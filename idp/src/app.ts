import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import {
  type Clock,
  COMMON_PROBLEMS,
  createApiTextRoutes,
  createAuditRoutes,
  createBearerAuthentication,
  createCallerStore,
  createCallerTokenVerifier,
  createGuardedFetch,
  createOperatorTokenDigest,
  createRequestLog,
  createServiceApp,
  createServiceClient,
  createWakeBell,
  type Database,
  introduceCallers,
  type Logger,
  openClientKey,
  openSigners,
  parseHostList,
  readAuditKeys,
  retainByRules,
  type SealedStore,
} from '@lanyard/platform';
import type { Context } from 'koa';
import type { AdapterPayload, KoaContextWithOIDC } from 'oidc-provider';
import { createAskWallet } from './adapters/ask-wallet.js';
import { ACCOUNT_PARTY, createBuiltInParties } from './adapters/built-in-parties.js';
import { followAccounts } from './adapters/follow-accounts.js';
import { createOidcLogoutCalls, createOidcLogoutSender } from './adapters/logout/oidc-logout.js';
import { runLogoutOutbox } from './adapters/logout/run-outbox.js';
import { createOwnThings } from './adapters/own-things.js';
import { clientMetadata, FACADE_CLIENT } from './adapters/provider/client-metadata.js';
import { createProvider, subjectOf } from './adapters/provider/create-provider.js';
import { createFacadeSignIn, FACADE_RETURNS } from './adapters/provider/facade-sign-in.js';
import { createInteractions } from './adapters/provider/interactions.js';
import { SESSION_SECONDS } from './adapters/provider/lifetimes.js';
import { createAdapterFactory } from './adapters/provider/provider-adapter.js';
import { createTellPerson } from './adapters/tell-person.js';
import { openUpstreams } from './adapters/upstream/open-upstreams.js';
import type { IdpConfig } from './config.js';
import { grantedClaims, mayEnter } from './domain/accounts/account.js';
import { createCasLogoutSender } from './domain/cas/logout-request.js';
import { createCasLogouts } from './domain/cas/session-logouts.js';
import { parseClaimCode } from './domain/claim-codes/claim-code.js';
import { privateHostsOf, type RelyingParty } from './domain/relying-parties/relying-party.js';
import { IDP_RETENTION } from './domain/retention/rules.js';
import { createAccountSessions } from './http/account-session.js';
import { canonicalRequest } from './http/canonical-request.js';
import { createCasRoutes } from './http/cas/cas-routes.js';
import { createClaimCodeRoutes } from './http/claim-codes/claim-code-routes.js';
import { createIssuanceSubjectRoutes } from './http/issuance-subject-routes.js';
import { createLogoutRoutes } from './http/logout-routes.js';
import { createOauth2Routes } from './http/oauth2/oauth2-routes.js';
import { createAccountRoutes } from './http/operators/account-routes.js';
import { createRelyingPartyRoutes } from './http/operators/relying-party-routes.js';
import { createSessionRoutes } from './http/operators/session-routes.js';
import { serveAssets } from './http/pages/assets.js';
import { pageSite } from './http/pages/layout.js';
import { pageErrors } from './http/pages/page-errors.js';
import { createLogoutPages, createProviderPages, writeErrorPage } from './http/pages/provider-pages.js';
import { createPersonRoutes } from './http/person-routes.js';
import { mountProvider } from './http/provider/mount-provider.js';
import { createSignIn } from './http/sign-in/create-sign-in.js';
import { createStaffRoleRoutes } from './http/staff-role-routes.js';
import { createUpstreamRoutes } from './http/upstream/upstream-routes.js';
import { createWalletPages } from './http/wallet-sign-in/wallet-pages.js';
import { createWalletSignInRoutes } from './http/wallet-sign-in/wallet-sign-in-routes.js';
import { IDP_PROBLEMS } from './problems.js';
import { eraseClosedAccounts } from './storage/account-erasure.js';
import { createAccountSourceStore } from './storage/account-source-store.js';
import { createAccountStore } from './storage/account-store.js';
import { createCasTicketStore } from './storage/cas-ticket-store.js';
import { createClaimCodeStore } from './storage/claim-code-store.js';
import { createConsentStore } from './storage/consent-store.js';
import { createDisclosureStore } from './storage/disclosure-store.js';
import { createFacadeRequestStore } from './storage/facade-request-store.js';
import { createIssuanceSubjectStore } from './storage/issuance-subject-store.js';
import { createLogoutOutbox } from './storage/logout-outbox.js';
import { createOauth2Store } from './storage/oauth2-store.js';
import { createPersonExportStore } from './storage/person-export-store.js';
import { createProviderDocuments } from './storage/provider-documents.js';
import { createRelyingPartyStore } from './storage/relying-party-store.js';
import { createSessionStore } from './storage/session-store.js';
import { createThrottleStore } from './storage/throttle-store.js';
import { createUpstreamRequestStore } from './storage/upstream-request-store.js';
import { createWalletSignInStore } from './storage/wallet-sign-in-store.js';

/** Puts the identity layer together: the only place where its floors meet. */
export async function createIdpApp(parts: {
  config: IdpConfig;
  database: Database;
  store: SealedStore;
  clock: Clock;
  log: Logger;
  /** False where there is no issuer to follow. */
  followRegister?: boolean;
}) {
  const { config, database, store, clock, log } = parts;
  const issuer = config.LANYARD_PUBLIC_URL_IDP.replace(/\/$/, '');
  const home = {
    code: config.LANYARD_UNIVERSITY_CODE,
    domain: config.LANYARD_UNIVERSITY_DOMAIN || new URL(issuer).hostname,
  };
  const signers = await openSigners(database, store, clock, ['audit']);
  const guardedFetch = createGuardedFetch(parseHostList(config.LANYARD_FETCH_ALLOW));
  const callers = createCallerStore(database, () => clock.nowMs());
  const authenticate = createBearerAuthentication({
    findOperatorTokenDigest: createOperatorTokenDigest(config.LANYARD_OPERATOR_TOKEN_DIGEST_FILE, () => clock.nowMs()),
    verifyCallerToken: createCallerTokenVerifier({
      audience: 'idp',
      findCallerKey: introduceCallers({
        callers,
        database,
        folder: config.LANYARD_CALLERS,
        names: ['admin', 'issuer', 'verifier', 'campus'],
        clock,
      }),
      clock,
    }),
  });

  const accounts = createAccountStore(database);
  const consents = createConsentStore(database, clock);
  const disclosures = createDisclosureStore(database, clock, log);
  const registered = createRelyingPartyStore(database, clock);
  const builtIn = createBuiltInParties({
    callersFolder: config.LANYARD_CALLERS,
    adminUrl: config.LANYARD_PUBLIC_URL_ADMIN.replace(/\/$/, ''),
    verifierUrl: config.LANYARD_PUBLIC_URL_VERIFIER.replace(/\/$/, ''),
    walletUrl: config.LANYARD_PUBLIC_URL_WALLET.replace(/\/$/, ''),
    campusUrl: config.LANYARD_PUBLIC_URL_CAMPUS.replace(/\/$/, ''),
  });
  const findParty = async (id: string): Promise<RelyingParty | undefined> =>
    builtIn().find((party) => party.id === id) ?? (await registered.find(id))?.party;
  const listParties = async (): Promise<RelyingParty[]> => [
    ...builtIn(),
    ...(await registered.list()).filter((one) => !one.disabled).map((one) => one.party),
  ];

  const outboxBell = createWakeBell();
  const outbox = createLogoutOutbox(database, clock);
  const documents = createProviderDocuments(database, clock);
  const oauth2Codes = createOauth2Store(database, clock);
  const casTickets = createCasTicketStore(database, clock);
  const casLogouts = createCasLogouts({
    endTicketsOfSession: casTickets.endTicketsOfSession,
    listTicketsOfSession: casTickets.listTicketsOfSession,
    findRelyingParty: findParty,
    newId,
    nowSeconds: clock.nowSeconds,
    compress: (text) => deflateSync(text),
  });
  const sessions = createSessionStore(database, {
    clock,
    findLogoutCalls: [
      createOidcLogoutCalls(findParty),
      async (transaction, session) => {
        const calls = await casLogouts.casLogoutsOf(transaction, session.uid);
        return calls.map((call) => ({ ...call, reference: call.payload.ticket ?? '', payload: { ...call.payload } }));
      },
    ],
    onLogout: outboxBell.ring,
  });
  const sources = createAccountSourceStore(database, { sessions, clock });
  const { sign } = openClientKey(store, { name: 'idp', callersFolder: config.LANYARD_CALLERS });
  const callIssuer = createServiceClient({
    baseUrl: config.LANYARD_PUBLIC_URL_ISSUER.replace(/\/$/, ''),
    audience: 'issuer',
    caller: 'idp',
    sign,
    clock,
  });
  const callVerifier = createServiceClient({
    baseUrl: config.LANYARD_PUBLIC_URL_VERIFIER.replace(/\/$/, ''),
    audience: 'verifier',
    caller: 'idp',
    sign,
    clock,
  });
  const walletSignIns = createWalletSignInStore(database, clock);
  const upstreams = openUpstreams(config.LANYARD_UPSTREAMS, { guardedFetch, environment: process.env });
  const upstreamRequests = createUpstreamRequestStore(database, clock);
  const claimCodes = createClaimCodeStore(database, { key: store.derive('claim codes'), clock });
  const following =
    parts.followRegister === false ? undefined : followAccounts({ issuer: callIssuer, store: sources, log });
  const facadeRequests = createFacadeRequestStore(database, clock);

  /** A facade's request is known by its state and challenge together, or the code of one would do for another. */
  const findFacadeRequest = async (parameters: Record<string, unknown>) => {
    const request = await facadeRequests.find(String(parameters['state'] ?? ''));
    return request?.codeChallenge === parameters['code_challenge'] ? request : undefined;
  };
  /** The party behind a request of the provider: its client, or for the facades' client the service itself. */
  const findPartyOf = async (parameters: Record<string, unknown>): Promise<RelyingParty | undefined> => {
    const clientId = parameters['client_id'];
    if (clientId !== FACADE_CLIENT) return typeof clientId === 'string' ? findParty(clientId) : undefined;
    const request = await findFacadeRequest(parameters);
    return request === undefined ? undefined : findParty(request.relyingPartyId);
  };
  const parametersOf = (context: KoaContextWithOIDC) => (context.oidc.params ?? {}) as Record<string, unknown>;

  const pairwiseKey = store.derive('pairwise subjects');
  const issuanceSubjects = createIssuanceSubjectStore(database, clock);
  const credentialIssuer = config.LANYARD_PUBLIC_URL_ISSUER.replace(/\/$/, '');
  const cookieKeys = [store.derive('cookie keys').toString('base64url')];
  const provider = createProvider({
    noteDisclosure: disclosures.note,
    issuer,
    store,
    cookieKeys,
    home,
    guardedFetch,
    log,
    credentials: {
      credentialIssuer,
      isWallet: async (clientId) => (await findParty(clientId))?.oidc?.credential_wallet === true,
      subjectFor: async (accountId) => {
        const subject = subjectOf(pairwiseKey, `audience ${credentialIssuer}`, accountId);
        await issuanceSubjects.note(subject, accountId);
        return subject;
      },
    },
    pages: createProviderPages(),
    adapter: createAdapterFactory({
      documents,
      sessions,
      findClient: async (id) => {
        if (id === FACADE_CLIENT) return facadeClient(issuer);
        const secretDigest = (await registered.find(id))?.secretDigest;
        const party = await findParty(id);
        return party === undefined ? undefined : (clientMetadata(party, secretDigest) as AdapterPayload | undefined);
      },
    }),
    findAccount: (id) => accounts.findById(id),
    findParty: (context) => findPartyOf(parametersOf(context)),
    findPartyById: findParty,
    listParties,
    hasConsent: (accountId, party) => consents.has(accountId, party),
    needsProof: async (context) => {
      const parameters = parametersOf(context);
      if (parameters['client_id'] !== FACADE_CLIENT) return false;
      const request = await findFacadeRequest(parameters);
      return request?.prompt === 'fresh' && !request.proved;
    },
    endSession: async (uid) => {
      await sessions.end(uid, 'person', 'person');
    },
  });
  const interactions = createInteractions({
    provider,
    db: database,
    clock,
    accounts,
    consents,
    findParty: findPartyOf,
    noteProof: async (parameters) => {
      if (parameters['client_id'] === FACADE_CLIENT) await facadeRequests.noteProof(String(parameters['state'] ?? ''));
    },
  });
  const subjectForParty = (party: RelyingParty, accountId: string) =>
    subjectOf(pairwiseKey, `party ${party.id}`, accountId);
  const facadeSignIn = createFacadeSignIn({
    provider,
    issuer,
    requests: facadeRequests,
    findParty,
    noteSeen: registered.noteSeen,
    findAccount: (id) => accounts.findById(id),
    subjectOf: subjectForParty,
    home,
    clock,
  });

  const accountSessions = createAccountSessions({
    provider,
    sessions,
    signIn: facadeSignIn,
    party: ACCOUNT_PARTY,
    nowMs: clock.nowMs,
  });
  const logout = createLogoutRoutes({
    origin: new URL(issuer).origin,
    key: store.derive('logout returns'),
    accounts: accountSessions,
    sessions,
    pages: createLogoutPages(),
    frontChannelLogoutUrls: async (uid) => (await casLogouts.frontChannelLogoutUrls(uid)).map((one) => one.url),
  });
  const facadeDeps = {
    signIn: facadeSignIn,
    findRelyingParty: findParty,
    isSessionLive: sessions.isLive,
    findClaims: async (accountId: string, party: RelyingParty) => {
      const account = await accounts.findById(accountId);
      if (account === undefined || !mayEnter(account, party)) return undefined;
      await disclosures.note(account.id, party);
      return {
        number: account.number,
        subject: subjectForParty(party, account.id),
        claims: grantedClaims(account, party, home),
      };
    },
    renderError: (context: Context, error: { status: number; code: string }) =>
      writeErrorPage(context, error.status, error.code),
    clock,
    random: (bytes: number) => randomBytes(bytes),
  };
  const cas = createCasRoutes({
    ...facadeDeps,
    prefixes: config.LANYARD_CAS_PREFIXES,
    publicUrl: issuer,
    listRelyingParties: registered.listOf,
    tickets: casTickets,
    fetchProxyCallback: async (url, party) =>
      guardedFetch(url, { privateHosts: privateHostsOf(party) }).then(
        (answer) => answer.status === 200,
        () => false,
      ),
    endBrowserSession: logout.endBrowserSession,
  });
  const oauth2 = createOauth2Routes({
    ...facadeDeps,
    prefixes: ['/oauth2.0', ...config.LANYARD_CAS_PREFIXES.map((prefix) => `${prefix}/oauth2.0`)],
    codes: oauth2Codes,
    checkClientSecret: registered.checkSecret,
  });
  const throttle = createThrottleStore(database, { key: store.derive('throttle'), clock });
  const signIn = await createSignIn({
    db: database,
    clock,
    log,
    issuer,
    university: { name: config.LANYARD_UNIVERSITY_NAME, ...home },
    throttle,
    recoveryKey: store.derive('recovery codes'),
    authenticate,
    interactions,
    accountSessions,
    accounts,
    sessions,
    consents,
    findParty,
    passwordsAllowed: config.LANYARD_PASSWORDS === 'allowed',
    breachedPasswordsFile: config.LANYARD_BREACHED_PASSWORDS,
    upstreams: upstreams.map(({ upstream }) => upstream),
    redeemClaimCode: async (text) => {
      const code = parseClaimCode(text);
      return code === undefined ? undefined : claimCodes.redeemForAccount(code);
    },
    notify: createTellPerson({ accounts, issuer: callIssuer, log }),
    things: createOwnThings(callIssuer),
  });
  const routers = [
    ...signIn.routers,
    createAccountRoutes({ authenticate, accounts, sources }),
    createIssuanceSubjectRoutes({ authenticate, subjects: issuanceSubjects }),
    createPersonRoutes({
      ...{ authenticate, accounts, findParty, disclosures },
      exports: createPersonExportStore(database, clock),
    }),
    createStaffRoleRoutes({ authenticate, accounts }),
    createClaimCodeRoutes({
      authenticate,
      codes: claimCodes,
      issuer: callIssuer,
      throttle,
    }),
    createRelyingPartyRoutes({ authenticate, registered, issuer, casPrefixes: config.LANYARD_CAS_PREFIXES, clock }),
    createSessionRoutes({ authenticate, accounts, sessions, outbox, wakeOutbox: outboxBell.ring }),
    createWalletSignInRoutes({
      interactions,
      ask: createAskWallet(callVerifier),
      store: walletSignIns,
      findByNumber: (number) => accounts.findByNumber(number),
      universityCode: home.code,
      issuer,
      pages: createWalletPages(),
      random: (bytes) => randomBytes(bytes),
      clock,
      pause: (ms, signal) => pause(ms, undefined, { signal }).catch(() => {}),
    }),
    createUpstreamRoutes({
      upstreams,
      interactions,
      requests: upstreamRequests,
      findByNumber: (number) => accounts.findByNumber(number),
      issuer,
    }),
    accountSessions.router,
    logout.router,
    cas,
    oauth2,
    createAuditRoutes({ database, authenticate, findAuditKeys: () => readAuditKeys(database) }),
  ];
  routers.push(createApiTextRoutes({ authenticate, service: 'idp', serverUrl: issuer, routers }));
  const requests = createRequestLog('idp', log);
  const app = createServiceApp({
    service: 'idp',
    requests,
    log,
    problems: IDP_PROBLEMS,
    cors: {
      // Wallets of any origin push requests and redeem codes; no cookie counts at either.
      anyOriginPaths: /^\/(\.well-known\/|jwks$|request$|token$)/,
      origins: [new URL(config.LANYARD_PUBLIC_URL_WALLET).origin],
      pathsForOrigins: /^\/v1\/wallet-claims$/,
    },
    middlewares: [
      canonicalRequest({ publicUrl: issuer, trustedProxies: config.LANYARD_TRUSTED_PROXIES }),
      pageSite({ university: config.LANYARD_UNIVERSITY_NAME, host: new URL(issuer).host }),
      serveAssets(new URL('../dist-web/assets', import.meta.url).pathname),
      pageErrors({ ...COMMON_PROBLEMS, ...IDP_PROBLEMS }, log),
      ...routers.map((router) => router.routes()),
      ...routers.map((router) => router.allowedMethods({ throw: false })),
      ...mountProvider(provider, { documents, noteSeen: registered.noteSeen, clock }),
    ],
    checkReady: async () => {
      await database.raw('SELECT 1');
    },
  });
  app.keys = cookieKeys;
  app.proxy = true;
  provider.proxy = true;
  assertSameKeys(app.keys, provider.keys);

  const stopOutbox = runLogoutOutbox({
    outbox,
    senders: {
      'oidc-back-channel': createOidcLogoutSender(provider),
      'cas-back-channel': createCasLogoutSender({
        post: ({ address, body, contentType }, party, signal) =>
          guardedFetch(address, {
            method: 'POST',
            headers: { 'Content-Type': contentType },
            body,
            privateHosts: privateHostsOf(party),
            signal,
          }),
        nowSeconds: clock.nowSeconds,
        newId,
      }),
    },
    findParty,
    bell: outboxBell,
    clock,
    log,
  });

  return {
    app,
    provider,
    interactions,
    facadeSignIn,
    facadeReturns: FACADE_RETURNS,
    signers,
    sessions,
    registered,
    accounts,
    random: (bytes: number) => randomBytes(bytes),
    sources,
    async stop(): Promise<void> {
      await following?.stop();
      await stopOutbox();
    },
    /** Deletes by the retention rules, erases closed accounts. @param sealer the sealing and erasing role */
    async retain(sealer: Database): Promise<void> {
      await retainByRules({ database, sealer, clock }, IDP_RETENTION);
      await eraseClosedAccounts(database, sealer, clock);
    },
    async sweep(): Promise<void> {
      for (const swept of [documents, sessions, facadeRequests, outbox, walletSignIns, upstreamRequests, throttle])
        await swept.sweep();
      await casTickets.sweep(SESSION_SECONDS);
      await oauth2Codes.sweep();
      await signIn.sweep();
    },
  };
}

const newId = () => randomBytes(16).toString('hex');

/** The client behind the facades. It never calls the token endpoint: nobody has the key it would need. */
const facadeClient = (issuer: string): AdapterPayload => ({
  client_id: FACADE_CLIENT,
  redirect_uris: Object.values(FACADE_RETURNS).map((path) => `${issuer}${path}`),
  response_types: ['code'],
  grant_types: ['authorization_code'],
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [] },
  subject_type: 'pairwise',
  require_auth_time: true,
});

/**
 * Mounted in a parent, the provider writes cookies with the parent's keys and reads them with its own: unless they are
 * the same, every interaction answers 400 (trap T1).
 */
function assertSameKeys(parent: unknown, own: unknown): void {
  if (JSON.stringify(parent) !== JSON.stringify(own))
    throw new TypeError('cookie keys of application and provider differ');
}
