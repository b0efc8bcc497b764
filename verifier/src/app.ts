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
  SIGN_IN_PROBLEMS,
  trustListSourceOf,
} from '@lanyard/platform';
import { type Freshness, freshnessOf, rowNumbersIn } from '@lanyard/protocol';
import { createAtMost } from './adapters/at-most.js';
import { portraitFetcher } from './adapters/fetch-portrait.js';
import { followIssuer } from './adapters/follow-issuer.js';
import { followTrustList } from './adapters/follow-trust-list.js';
import { createIssuerClient } from './adapters/issuer-client.js';
import { FLEET, openMachineAuthority } from './adapters/machine-authority.js';
import { openMachineListener } from './adapters/machine-listener.js';
import { openMirror } from './adapters/mirror.js';
import { createPortraitTokens } from './adapters/portrait-tokens.js';
import { readLocalAnchors } from './adapters/read-local-anchors.js';
import { openRequestCertificates } from './adapters/request-certificates.js';
import { createRevocationLists } from './adapters/revocation-lists.js';
import { SIGNER_USES } from './adapters/signers.js';
import { createStatusLists } from './adapters/status-lists.js';
import { openTagKeys } from './adapters/tag-keys.js';
import { createPartnerDesk } from './app-partners.js';
import { ownOriginsOf, type VerifierConfig } from './config.js';
import { isAgentRoute } from './domain/fleet/agent-routes.js';
import { VERIFIER_RETENTION } from './domain/retention/rules.js';
import { createDecider } from './domain/verifications/decide-items.js';
import { createLiveFeed } from './domain/verifications/live-feed.js';
import { createTraceBuffer } from './domain/verifications/trace.js';
import { createVerdictCounter } from './domain/verifications/verdict-counter.js';
import { createAgentAuthentication } from './http/agent-authentication.js';
import { createAgentRoutes } from './http/agent-routes.js';
import { createAttendanceRoutes } from './http/attendance-routes.js';
import { createCardPageRoutes } from './http/card-page-routes.js';
import { type CardTapDeps, createCardTapRoutes } from './http/card-tap-routes.js';
import { createCertificateRoutes } from './http/certificate-routes.js';
import { createCheckpointKeyRoutes } from './http/checkpoint-key-routes.js';
import { createCheckpointRoutes } from './http/checkpoint-routes.js';
import { createDcApiRoutes } from './http/dc-api-routes.js';
import { createDocumentRoutes } from './http/document-routes.js';
import { createDoorTagRoutes } from './http/door-tag-routes.js';
import { createEmergencyListRoutes } from './http/emergency-list-routes.js';
import { createEvidenceRoutes } from './http/evidence-routes.js';
import { createFleetRoutes } from './http/fleet-routes.js';
import { createGateRoutes } from './http/gate-routes.js';
import { createGuardRoutes } from './http/guard-routes.js';
import { createHotVerifications } from './http/hot-verifications.js';
import { createOpenid4vpRoutes } from './http/openid4vp-routes.js';
import { createPackageRoutes } from './http/package-routes.js';
import { createPassageRoutes } from './http/passage-routes.js';
import { createPersonRoutes } from './http/person-routes.js';
import { createPresentationRoutes } from './http/presentation-routes.js';
import { createRateLimit } from './http/rate-limit.js';
import { serveStaffPage } from './http/serve-staff-page.js';
import { createSignRequest } from './http/sign-request.js';
import { createSignInPage, createStaffRoutes } from './http/staff-routes.js';
import { createStaffAuthentication } from './http/staff-session.js';
import { createDeskSignIn, createDeskSignInRoutes } from './http/staff-sign-in.js';
import { createTrustListRoutes } from './http/trust-list-routes.js';
import { createVerificationRoutes } from './http/verification-routes.js';
import { createViewRoutes } from './http/view-routes.js';
import { createWindowRoutes } from './http/window-routes.js';
import { createWindowScanRoutes } from './http/window-scan-routes.js';
import { createWindowTapRoutes } from './http/window-tap-routes.js';
import { VERIFIER_PROBLEMS } from './problems.js';
import { createAgentStore } from './storage/agent-store.js';
import { createCertificateStore } from './storage/certificate-store.js';
import { createCheckpointStore } from './storage/checkpoint-store.js';
import { createCountStore } from './storage/count-store.js';
import { createCounterTapStore } from './storage/counter-tap-store.js';
import { createDoorTagStore } from './storage/door-tag-store.js';
import { createEmergencyListStore } from './storage/emergency-list-store.js';
import { createEvidenceStore } from './storage/evidence-store.js';
import { createFleetStore } from './storage/fleet-store.js';
import { createGateFacts } from './storage/gate-facts.js';
import { createGateStore } from './storage/gate-store.js';
import { createMirrorStore } from './storage/mirror-store.js';
import { createPackagePublisher } from './storage/package-publisher.js';
import { createPartSealer } from './storage/part-sealer.js';
import { createPartStore } from './storage/part-store.js';
import { createPassageStore } from './storage/passage-store.js';
import { createPersonVerificationStore } from './storage/person-verification-store.js';
import { createPresentationStore } from './storage/presentation-store.js';
import { createRecordFlush } from './storage/record-flush.js';
import { createReplayStore } from './storage/replay-store.js';
import { createRequestCertificateStore } from './storage/request-certificate-store.js';
import { createSettingsStore } from './storage/settings-store.js';
import { createStaffStore } from './storage/staff-store.js';
import { createTrustStore } from './storage/trust-store.js';
import { createUseStore } from './storage/use-store.js';
import { createWindowStore } from './storage/window-store.js';

/** Calls of the issuer about cards that run beside each other. */
const CARD_CHECKS_AT_A_TIME = 16;

/** Puts the verifier together: the only place where its floors meet. */
export async function createVerifierApp(parts: {
  config: VerifierConfig;
  database: Database;
  store: SealedStore;
  clock: Clock;
  log: Logger;
  /** Folder of the built staff page. */
  pagesFolder: string;
}) {
  const { config, database, store, clock, log } = parts;
  const issuerUrl = config.LANYARD_PUBLIC_URL_ISSUER.replace(/\/$/, '');
  const verifierUrl = config.LANYARD_PUBLIC_URL_VERIFIER.replace(/\/$/, '');
  const universityCode = config.LANYARD_UNIVERSITY_CODE;
  const bell = createWakeBell();
  const liveBell = createWakeBell();
  const presentationBell = createWakeBell();
  const arrivalBell = createWakeBell();
  const signers = await openSigners(database, store, clock, SIGNER_USES);
  const { sign } = openClientKey(store, { name: 'verifier', callersFolder: config.LANYARD_CALLERS });
  const calling = { baseUrl: issuerUrl, audience: 'issuer', caller: 'verifier', sign, clock };
  const client = createIssuerClient(createServiceClient(calling), universityCode);
  const mirrorStore = createMirrorStore(database, {
    sealer: createPartSealer(store.derive('people parts')),
    clock,
  });
  const guardedFetch = createGuardedFetch(parseHostList(config.LANYARD_FETCH_ALLOW));
  const statusLists = createStatusLists({ issuerUrl, keys: () => mirror.state().keys, guardedFetch, clock });
  const { isRevoked } = createRevocationLists({ guardedFetch, clock });
  const lookups = { findStatus: statusLists.findStatus, isRevoked };
  const trust = await followTrustList({
    source: trustListSourceOf(config),
    localAnchors: readLocalAnchors(config.LANYARD_TRUST_ANCHORS),
    ownUniversityCode: universityCode,
    store: createTrustStore(database, clock),
    guardedFetch,
    clock,
    log,
    onChange: () => {
      statusLists.forget();
      bell.ring();
    },
  });
  const mirror = await openMirror({
    store: mirrorStore,
    client,
    universityCode,
    clock,
    log,
    onChange: bell.ring,
  });
  const prepare = () =>
    void mirror.prepare().catch((error: Error) => log.warn('prepare.failed', { detail: error.message }));
  prepare();
  const stored = await mirrorStore.read();
  const following = followIssuer({
    mirror,
    client,
    store: mirrorStore,
    progress: { lastChange: stored?.lastChange ?? 0, confirmedAtSeconds: stored?.confirmedAtSeconds },
    clock,
    log,
    onSynced: () => {
      // A change may be one of status lists alone.
      statusLists.forget();
      prepare();
    },
  });

  const requestCertificates = await openRequestCertificates({
    signers,
    client,
    store: createRequestCertificateStore(database, clock),
    host: new URL(verifierUrl).hostname,
    clock,
    log,
  });
  // Not waited for: this comes up while the issuer is away; asked again each minute and by whoever needs it.
  const certify = () =>
    void requestCertificates
      .renew()
      .catch((error: Error) => log.warn('request-certificate.failed', { detail: error.message }));
  certify();
  const callers = createCallerStore(database, () => clock.nowMs());
  const bearer = createBearerAuthentication({
    findOperatorTokenDigest: createOperatorTokenDigest(config.LANYARD_OPERATOR_TOKEN_DIGEST_FILE, () => clock.nowMs()),
    verifyCallerToken: createCallerTokenVerifier({
      audience: 'verifier',
      findCallerKey: introduceCallers({
        callers,
        database,
        folder: config.LANYARD_CALLERS,
        names: ['admin', 'issuer', 'idp', 'campus'],
        clock,
      }),
      clock,
    }),
  });
  const certificates = createCertificateStore(database, clock);
  const authority = openMachineAuthority(store, FLEET, config.LANYARD_UNIVERSITY_NAME, clock);
  const tlsPort = config.LANYARD_AGENT_TLS_PORT === '' ? undefined : config.LANYARD_AGENT_TLS_PORT;
  const authenticate = createAgentAuthentication({
    ...{ bearer, certificates, mutualTls: config.LANYARD_AGENT_MUTUAL_TLS },
  });
  const checkpoints = createCheckpointStore(database, clock);
  const agents = createAgentStore(database, callers, clock);
  const fleet = createFleetStore(database, clock);
  const settings = createSettingsStore(database, clock);
  const staff = createStaffStore(database, clock);
  const replay = createReplayStore(database, clock);
  const counts = createCountStore(database);
  const passages = createPassageStore(database, clock);
  const uses = createUseStore(database, clock);
  const gates = createGateStore(database, clock);
  const emergencyLists = createEmergencyListStore(database, clock);
  const zoneKey = store.derive('zone keys');
  const gateFacts = createGateFacts({ gates, emergencyLists, settings, zoneKey, bell, clock });
  const windows = createWindowStore(database, clock);
  const counterTaps = createCounterTapStore(database, clock);
  const presentationParts = { sealer: createPartSealer(store.derive('presentations')), clock };
  const presentations = createPresentationStore(database, presentationParts);
  const evidence = createEvidenceStore(database, presentationParts);
  const partStore = createPartStore(database, clock);
  const counter = createVerdictCounter();
  const traces = createTraceBuffer();
  const live = createLiveFeed({ nowMs: clock.nowMs, ring: liveBell.ring });
  const portraitTokens = createPortraitTokens(store.derive('portrait tokens'), clock);
  const fetchPortrait = portraitFetcher(client);
  const secureCookies = verifierUrl.startsWith('https:');
  const signIn = createDeskSignIn({
    issuer: config.LANYARD_PUBLIC_URL_IDP?.replace(/\/$/, ''),
    verifierUrl,
    staff,
    sign,
    clock,
  });
  const staffAuthentication = createStaffAuthentication({
    staff,
    bearer,
    origin: new URL(verifierUrl).origin,
  });
  // A people part says by itself when the issuer meant it, until the first poll confirms it.
  const confirmedAtSeconds = () => following.confirmedAtSeconds() ?? mirror.state().people?.issuedAtSeconds;
  const packages = createPackagePublisher({
    mirror: mirror.state,
    trust: trust.state,
    confirmedAtSeconds,
    givePeoplePart: mirror.givePart,
    store: partStore,
    signer: () => signers.active('package'),
    announcedSigners: () => signers.announced('package'),
    findGates: gateFacts.find,
    universityCode,
    freshSeconds: config.LANYARD_PACKAGE_FRESH_SECONDS,
    lifeSeconds: config.LANYARD_PACKAGE_LIFE_SECONDS,
    clock,
  });
  const freshness = (): Freshness => {
    const confirmed = confirmedAtSeconds() ?? 0;
    return freshnessOf(
      {
        freshUntilSeconds: confirmed + config.LANYARD_PACKAGE_FRESH_SECONDS,
        expiresSeconds: confirmed + config.LANYARD_PACKAGE_LIFE_SECONDS,
      },
      clock.nowSeconds(),
    );
  };
  const decider = createDecider({
    mirror: mirror.state,
    trust: trust.state,
    freshness,
    takeCode: replay.take,
    lookups,
    issuerUrl,
    universityCode,
    nowSeconds: clock.nowSeconds,
    onListMissing: () => {
      following.lookAgain();
      trust.lookAgain();
    },
    onFault: (error) =>
      log.error('verification.fault', { detail: error instanceof Error ? error.message : String(error) }),
  });

  const staffPage = serveStaffPage(parts.pagesFolder);
  const openAtWindow = (rowNumber: number, actor: string) => client.lookAtRow(rowNumber, actor).catch(() => undefined);
  const verificationDeps = {
    staffAuthentication,
    checkpoints,
    decider,
    mirror: mirror.state,
    counter,
    traces,
    ...{ issuerUrl, universityCode },
    live,
    findFace: (rowNumber: number, actor: string) => client.fetchFace(rowNumber, actor).catch(() => undefined),
    openAtWindow,
    portraitTokens,
    windows,
    clock,
  };
  const presentationDeps = {
    presentations,
    certificates: requestCertificates,
    signRequest: createSignRequest({
      signers,
      verifierUrl,
      clientName: config.LANYARD_UNIVERSITY_NAME || new URL(verifierUrl).hostname,
    }),
    bell: presentationBell,
    clock,
    verifierUrl,
    walletUrl: config.LANYARD_PUBLIC_URL_WALLET.replace(/\/$/, ''),
    ownOrigins: ownOriginsOf(config),
  };
  const tagKeys = openTagKeys(store);
  const tags = createDoorTagStore(database, { keys: tagKeys, clock });
  const takeAnswerDeps = {
    doorPolicyOf: async (requestId: string) => {
      const checkpointId = await tags.checkpointOf(requestId);
      return checkpointId === undefined ? undefined : (await checkpoints.find(checkpointId))?.policy;
    },
    answerContext: () => ({
      keys: mirror.state().keys,
      issuerUrl,
      universityCode,
      trust: trust.state(),
      nowSeconds: clock.nowSeconds(),
      ...lookups,
    }),
  };
  /** Undefined where the issuer is away or faulty: a card is then never valid and never refused. */
  const atMost = createAtMost(CARD_CHECKS_AT_A_TIME);
  const checkCards: CardTapDeps['checkCards'] = (taps) =>
    atMost(() => client.checkCards(taps)).catch((error: Error) => {
      log.warn('card-taps.failed', { detail: error.message });
      return undefined;
    });
  const publicPages = {
    limit: createRateLimit(config.LANYARD_PUBLIC_PAGE_PER_MINUTE, clock),
    trustedProxies: config.LANYARD_TRUSTED_PROXIES,
    universityName: config.LANYARD_UNIVERSITY_NAME,
  };
  const desk = createPartnerDesk({
    ...{ config, database, store, signers, authenticate, guardedFetch, clock, log },
    ...{ sealer: presentationParts.sealer, making: presentationDeps, bell: presentationBell },
    asking: { decider, checkCards, issuer: client, universityCode, issuerUrl },
    counters: {
      ...{ staffAuthentication, checkpoints, taps: counterTaps, bell: arrivalBell },
      readRowState: client.readRowState,
    },
  });
  const routers = [
    createVerificationRoutes(verificationDeps),
    createAttendanceRoutes({ ...verificationDeps, authenticate }),
    createWindowScanRoutes({ ...verificationDeps, authenticate, fetchPortrait }),
    createWindowTapRoutes({
      ...{ authenticate, checkpoints, windows, fetchPortrait, openAtWindow, clock },
      readRowState: client.readRowState,
      bell: arrivalBell,
    }),
    createPackageRoutes({ authenticate, agents, checkpoints, packages, fetchPortrait, bell, clock }),
    createPassageRoutes({
      ...{ authenticate, agents, passages, live, checkpoints, windows, counterTaps },
      onArrival: arrivalBell.ring,
    }),
    createWindowRoutes({
      ...{ staffAuthentication, checkpoints, windows, issuer: client, portraitTokens, clock },
      bell: arrivalBell,
    }),
    createCardTapRoutes({ authenticate, agents, checkpoints, checkCards, clock }),
    createCardPageRoutes({ ...publicPages, checkCards, clock }),
    createDocumentRoutes({ ...publicPages, issuer: client }),
    ...createDoorTagRoutes({
      ...presentationDeps,
      ...publicPages,
      authenticate,
      agents,
      checkpoints,
      tags,
      keys: tagKeys,
      tapSeconds: config.LANYARD_TAP_SECONDS,
      log,
    }),
    createCheckpointKeyRoutes({ checkpoints, agents, certificates: requestCertificates, clock }),
    createCheckpointRoutes({ authenticate, checkpoints, agents, partners: desk.partners, onChange: bell.ring }),
    createAgentRoutes({
      authenticate,
      agents,
      checkpoints,
      universityCode,
      checkpointSigners: () => signers.announced('package'),
      peopleSigners: () => mirror.state().keys?.peopleSigners,
      onChange: bell.ring,
      onEnrolled: gateFacts.forget,
      ...{ authority, certificates, tlsPort },
    }),
    createCertificateRoutes({ authenticate, authority, certificates, tlsPort, clock }),
    createFleetRoutes({ authenticate, agents, fleet, settings, certificates, clock, onChange: bell.ring }),
    createGateRoutes({
      ...{ authenticate, agents, gates, uses, clock, onChange: bell.ring },
      signer: () => signers.active('package'),
    }),
    createEmergencyListRoutes({
      ...{ authenticate, emergencyLists, issuer: client, onChange: bell.ring },
      hasRow: (row) => {
        const people = mirror.state().people;
        return people !== undefined && rowNumbersIn(people.table.rows, new Set([row])).size > 0;
      },
    }),
    createGuardRoutes({ staffAuthentication, checkpoints, gates, issuer: client, portraitTokens, bell }),
    createViewRoutes({ authenticate, checkpoints, counts, live, liveBell, clock }),
    ...createStaffRoutes({
      authenticate,
      staffAuthentication,
      staff,
      checkpoints,
      portraitTokens,
      fetchPortrait,
      verifierUrl,
      secureCookies,
      signIn,
    }),
    createDeskSignInRoutes({ signIn, staff, secureCookies, log }),
    createPresentationRoutes({ ...presentationDeps, authenticate }),
    createOpenid4vpRoutes({ ...presentationDeps, ...takeAnswerDeps, log }),
    ...createDcApiRoutes({ ...presentationDeps, ...takeAnswerDeps, authenticate, staffAuthentication }),
    createEvidenceRoutes({ authenticate, evidence }),
    createPersonRoutes({ authenticate, people: createPersonVerificationStore(database, clock) }),
    ...desk.routers,
    createTrustListRoutes({ authenticate, trust }),
    createAuditRoutes({ database, authenticate, findAuditKeys: () => readAuditKeys(database) }),
  ];
  routers.push(createApiTextRoutes({ authenticate, service: 'verifier', serverUrl: verifierUrl, routers }));
  const requests = createRequestLog('verifier', log);
  const ownProblems = { ...VERIFIER_PROBLEMS, ...SIGN_IN_PROBLEMS };
  const problems = { ...COMMON_PROBLEMS, ...ownProblems };
  const app = createServiceApp({
    service: 'verifier',
    requests,
    log,
    problems: ownProblems,
    // Foreign web wallets call these without cookies (OpenID4VP 1.0 §8.2).
    cors: {
      anyOriginPaths: /^\/(openid4vp\/|v1\/checkpoint-(names|keys)$)/,
      origins: [],
      pathsForOrigins: /^\/openid4vp\//,
    },
    middlewares: [
      desk.gate,
      ...routers.map((router) => router.routes()),
      staffPage ?? createSignInPage().routes(),
      ...routers.map((router) => router.allowedMethods({ throw: false })),
    ],
    checkReady: async () => {
      await database.raw('SELECT 1');
    },
  });

  const flushCounts = createRecordFlush({ counter, counts, traces, database, clock });
  return {
    app,
    hot: createHotVerifications({ ...verificationDeps, bearer, problems, requests, log }),
    signers,
    mirror,
    following,
    trust,
    fleet: { authority, certificates },
    partners: desk,
    openPartnerListener: () => desk.openListener(app.callback()),
    /** The listener for agents with client certificates, where one is configured. */
    async openAgentListener() {
      if (tlsPort === undefined) return undefined;
      const { LANYARD_AGENT_TLS_CERTIFICATE: certificate, LANYARD_AGENT_TLS_KEY: key } = config;
      return openMachineListener({
        ...{ label: 'agent-listener', others: 'refused', isRoute: isAgentRoute },
        ...{ authority, port: tlsPort, host: config.LANYARD_AGENT_TLS_HOST, name: new URL(verifierUrl).hostname },
        ...{ files: certificate === '' ? undefined : { certificate, key }, handle: app.callback(), clock, log },
      });
    },
    flushCounts,
    /** Deletes by the retention rules. @param sealer the sealing and erasing role */
    async retain(sealer: Database): Promise<void> {
      await retainByRules({ database, sealer, clock }, VERIFIER_RETENTION);
    },
    /** Deletes what its stores keep for a short time. */
    async sweep(): Promise<void> {
      for (const swept of [
        replay,
        staff,
        agents,
        partStore,
        uses,
        gates,
        emergencyLists,
        windows,
        counterTaps,
        presentations,
        ...[certificates, fleet, settings],
        ...desk.sweepers,
      ])
        await swept.sweep();
      certify();
    },
  };
}
