import Router from '@koa/router';
import {
  type Clock,
  createApiTextRoutes,
  createAuditRoutes,
  createBearerAuthentication,
  createCallerStore,
  createCallerTokenVerifier,
  createGuardedFetch,
  createOperatorTokenDigest,
  createServiceApp,
  createServiceClient,
  createSourceSystems,
  type Database,
  introduceCallers,
  type KeyCustody,
  type Logger,
  openClientKey,
  parseHostList,
  readAuditKeys,
  retainByRules,
  type SealedStore,
  trustListSourceOf,
} from '@lanyard/platform';
import iconv from 'iconv-lite';
import { openCardKeys } from './adapters/card-keys.js';
import type { ChangeBell } from './adapters/change-bell.js';
import { createPortraitMaker, type PortraitMaker } from './adapters/children/portrait-maker.js';
import { createWorkbookReader } from './adapters/children/workbook-reader.js';
import { createCredentialSigner } from './adapters/credential-signer.js';
import { createIdentityLayer } from './adapters/identity-layer.js';
import { openMessageEncryption } from './adapters/message-encryption.js';
import { createCampusPeople, createIdentityPeople, createVerifierPeople } from './adapters/other-services.js';
import { createPartnerConsents } from './adapters/partner-consents.js';
import { createPassListSigner } from './adapters/pass-list-signer.js';
import { createRootReader } from './adapters/read-roots.js';
import { openReaderAuthority } from './adapters/reader-authority.js';
import { SIGN_AGAIN_SECONDS } from './adapters/signed-cache.js';
import { createSignerWarnings } from './adapters/signer-warnings.js';
import { openSigners } from './adapters/signers.js';
import { openTrustedReaders } from './adapters/trusted-readers.js';
import type { IssuerConfig } from './config.js';
import { ISSUER_RETENTION } from './domain/retention/rules.js';
import type { RosterContext } from './domain/roster/validate-roster.js';
import { createAccountFeedRoutes } from './http/account-feed-routes.js';
import { createApprovalRuleRoutes } from './http/approval-rule-routes.js';
import { createBulkRoutes } from './http/bulk-routes.js';
import { createCardRoutes } from './http/card-routes.js';
import { createCaseActRoutes } from './http/case-act-routes.js';
import { createCertificateRoutes } from './http/certificate-routes.js';
import { addCredentialRoutes } from './http/credential-routes.js';
import { addDeferredRoutes } from './http/deferred-routes.js';
import { createGateDeskRoutes } from './http/gate-desk-routes.js';
import { addHolderConsentRoutes } from './http/holder-consent-routes.js';
import { addHolderPortraitRoutes } from './http/holder-portrait-routes.js';
import { addHolderRoutes } from './http/holder-routes.js';
import { createLifeRoutes } from './http/life-routes.js';
import { addMetadataRoutes } from './http/metadata-routes.js';
import { createNodRoutes } from './http/nod-routes.js';
import { createNoticeRoutes } from './http/notice-routes.js';
import { addNotificationRoutes } from './http/notification-routes.js';
import { oauthErrors } from './http/oauth-refusal.js';
import { createOwnStudentsRoutes } from './http/own-students-routes.js';
import { createPartnerSubjectRoutes } from './http/partner-subject-routes.js';
import { createPortraitRoutes } from './http/portrait-routes.js';
import { createCorrectionRoutes } from './http/rights/correction-routes.js';
import { addHolderRightsRoutes } from './http/rights/holder-rights-routes.js';
import { createOpeningRoutes } from './http/rights/opening-routes.js';
import { createSelfServiceRoutes } from './http/rights/self-service-routes.js';
import { createRosterRoutes } from './http/roster-routes.js';
import { addRegistrationRoutes, createSemesterRoutes } from './http/semester-routes.js';
import { createServiceRoutes } from './http/service-routes.js';
import { createSignerRoutes } from './http/signer-routes.js';
import { createSourceRoutes } from './http/source-routes.js';
import { addStatusRoutes, createStatusServiceRoutes } from './http/status-routes.js';
import { createStudentRoutes } from './http/student-routes.js';
import { addTokenRoutes } from './http/token-routes.js';
import { addUniversityRoutes } from './http/university-routes.js';
import { ISSUER_PROBLEMS } from './problems.js';
import { createApprovalRuleStore } from './storage/approvals/approval-rule-store.js';
import { type BulkRunStore, createBulkRunStore } from './storage/bulk/bulk-run-store.js';
import { createStatusChangeRuns } from './storage/bulk/status-change-runs.js';
import { createCardStore } from './storage/cards/card-store.js';
import { createCardTapStore } from './storage/cards/card-tap-store.js';
import { createOwnCardStore } from './storage/cards/own-card-store.js';
import { createStateSealer } from './storage/cards/personalisation-state.js';
import { createPersonalisationStore } from './storage/cards/personalisation-store.js';
import { createCaseActStore } from './storage/cases/case-act-store.js';
import { createCaseDocumentStore } from './storage/cases/case-document-store.js';
import { createCertificateStore } from './storage/certificates/certificate-store.js';
import { createDeferredStore } from './storage/credentials/deferred-store.js';
import { createNotificationStore } from './storage/credentials/notification-store.js';
import { createOfferStore } from './storage/credentials/offer-store.js';
import { createPassListStateStore } from './storage/credentials/pass-list-state-store.js';
import { createProofStore } from './storage/credentials/proof-store.js';
import { createStatusStore } from './storage/credentials/status-store.js';
import { createTokenStore } from './storage/credentials/token-store.js';
import { createWalletStore } from './storage/credentials/wallet-store.js';
import { createLifeStore } from './storage/life/life-store.js';
import { createNoticeStore } from './storage/notices/notice-store.js';
import { sweepAccountFeed } from './storage/people/account-feed.js';
import { createLinkKeySealer } from './storage/people/gate-key-store.js';
import { createHoldStore } from './storage/people/hold-store.js';
import { createPeoplePublisher } from './storage/people/people-publisher.js';
import { recordRosterChanges } from './storage/people/roster-changes.js';
import { createCorrectionStore } from './storage/rights/correction-store.js';
import { createErasureStore } from './storage/rights/erasure-store.js';
import { createExportStore } from './storage/rights/export-store.js';
import { createOpeningStore } from './storage/rights/opening-store.js';
import { createOwnVerificationStore } from './storage/rights/own-verification-store.js';
import { createSelfServiceStore } from './storage/rights/self-service-store.js';
import { createFieldSealer, type FieldSealer } from './storage/roster/field-sealer.js';
import { createRosterImportStore } from './storage/roster/roster-import-store.js';
import { createImportUndo } from './storage/roster/undo-import.js';
import { createSemesterStore } from './storage/semester/semester-store.js';
import { createSignerStore } from './storage/signers/signer-store.js';
import { createResidenceStore } from './storage/sources/residence-store.js';
import { createLookStore } from './storage/students/look-store.js';
import { createNodStore } from './storage/students/nod-store.js';
import { createPartnerSubjectStore } from './storage/students/partner-subject-store.js';
import { createPortraitBatches } from './storage/students/portrait-batches.js';
import { createPortraitStore, type PortraitStore } from './storage/students/portrait-store.js';
import {
  createPortraitSubmissionStore,
  type PortraitSubmissionStore,
} from './storage/students/portrait-submission-store.js';
import { createRecordStore } from './storage/students/record-store.js';
import { createReferenceListStore } from './storage/students/reference-list-store.js';
import { createStudentStore } from './storage/students/student-store.js';

const PROTOCOL_PATHS =
  /^\/(\.well-known\/|token$|nonce$|credential$|deferred-credential$|notification$|type-metadata\/|credential-offers\/|status-lists(\/|$)|pass-keys$|pass-lists$|v1\/anchors$|crl$)/;

/** The services the issuer calls itself, as far as their addresses are configured. Without an identity layer there is one authorization server, the issuer. */
function openOtherServices(config: IssuerConfig, store: SealedStore, clock: Clock) {
  const { sign } = openClientKey(store, { name: 'issuer', callersFolder: config.LANYARD_CALLERS });
  const open = (url: string | undefined, audience: string) => {
    if (url === undefined) return undefined;
    const baseUrl = url.replace(/\/$/, '');
    return { baseUrl, client: createServiceClient({ baseUrl, audience, caller: 'issuer', sign, clock }) };
  };
  const [idp, verifier, campus] = [
    open(config.LANYARD_PUBLIC_URL_IDP, 'idp'),
    open(config.LANYARD_PUBLIC_URL_VERIFIER, 'verifier'),
    open(config.LANYARD_PUBLIC_URL_CAMPUS, 'campus'),
  ];
  return {
    identityLayer: idp && createIdentityLayer({ issuer: idp.baseUrl, client: idp.client, clock }),
    identityPeople: idp && createIdentityPeople(idp.client),
    campusPeople: campus && createCampusPeople(campus.client),
    verifierPeople: verifier && createVerifierPeople(verifier.client),
    partnerConsents: verifier && createPartnerConsents(verifier.client),
  };
}

/** Runs know how to do their pieces, and pieces belong to runs. */
function createBulkWork(
  database: Database,
  clock: Clock,
  roster: { context: RosterContext; sealer: FieldSealer },
  pictures: { portraits: PortraitStore; submissions: PortraitSubmissionStore; make: PortraitMaker['make'] },
) {
  const open: { open: BulkRunStore['open'] } = { open: (transaction, run) => runs.open(transaction, run) };
  const statusChanges = createStatusChangeRuns(database, clock, open);
  const semesters = createSemesterStore(database, clock, open);
  const imports = createRosterImportStore(database, {
    ...roster,
    onChanged: (transaction, changes, by) => recordRosterChanges(transaction, changes, by, clock),
    openRun: (transaction, run) => open.open(transaction, { ...run, kind: 'roster-import', secondPerson: false }),
    now: () => new Date(clock.nowMs()),
  });
  const undo = createImportUndo(database, clock, open);
  const batches = createPortraitBatches(database, { ...pictures, clock, runs: open });
  const runs = createBulkRunStore(database, clock, {
    'status-changes': statusChanges.piece,
    'semester-registration': semesters.piece,
    'roster-import': imports.piece,
    'roster-undo': undo.piece,
    portraits: batches.piece,
  });
  return { runs, statusChanges, semesters, imports, undo, batches };
}

/** Puts the issuer together: the only place where its floors meet. */
export async function createIssuerApp(parts: {
  config: IssuerConfig;
  database: Database;
  store: SealedStore;
  custody: KeyCustody;
  bell: ChangeBell;
  clock: Clock;
  log: Logger;
}) {
  const { config, database, store, custody, bell, clock, log } = parts;
  const issuerUrl = config.LANYARD_PUBLIC_URL_ISSUER.replace(/\/$/, '');
  const walletUrl = config.LANYARD_PUBLIC_URL_WALLET.replace(/\/$/, '');
  const university = { code: config.LANYARD_UNIVERSITY_CODE, name: config.LANYARD_UNIVERSITY_NAME };
  const readRoots = createRootReader(config.LANYARD_ROOT_CERTIFICATES);
  const signerStore = createSignerStore(database, clock);
  const signers = await openSigners({ database, store: signerStore, custody, clock, issuerUrl, readRoots });
  const warn = createSignerWarnings({ signers, clock, log });
  const { LANYARD_PUBLIC_URL_VERIFIER: verifierUrl } = config;
  const authority = await openReaderAuthority({
    store,
    certificates: createCertificateStore(database, clock),
    universityName: university.name,
    clock,
  });
  const readers = await openTrustedReaders({
    source: trustListSourceOf(config),
    sealedStore: store,
    database,
    universityCode: university.code,
    guardedFetch: createGuardedFetch(parseHostList(config.LANYARD_FETCH_ALLOW)),
    clock,
    log,
  });
  const sealer = createFieldSealer({
    encryptionKey: store.derive('student fields'),
    hashKey: store.derive('identity number hash'),
  });
  const portraits = createPortraitStore(store.derive('portraits'));
  const linkKeys = createLinkKeySealer(store.derive('link keys'));
  const callers = createCallerStore(database, () => clock.nowMs());
  const authenticate = createBearerAuthentication({
    findOperatorTokenDigest: createOperatorTokenDigest(config.LANYARD_OPERATOR_TOKEN_DIGEST_FILE, () => clock.nowMs()),
    verifyCallerToken: createCallerTokenVerifier({
      audience: 'issuer',
      findCallerKey: introduceCallers({
        callers,
        database,
        folder: config.LANYARD_CALLERS,
        names: ['verifier', 'admin', 'idp', 'campus'],
        clock,
      }),
      clock,
    }),
  });
  const tokens = createTokenStore(database, clock);
  const proofs = createProofStore(database, clock);
  const offers = createOfferStore(
    database,
    { codeKey: store.derive('offer codes'), txCodeKey: store.derive('transaction codes') },
    clock,
  );
  const statuses = createStatusStore(database, clock);
  const students = createStudentStore(database, clock);
  const lives = createLifeStore(database, clock);
  const residences = createResidenceStore(database, clock);
  const decodeGb18030 = () => iconv.getDecoder('gb18030') as never;
  const roster = { context: { universityCode: university.code, decodeGb18030 }, sealer };
  const submissions = createPortraitSubmissionStore(database, clock, portraits);
  const maker = createPortraitMaker();
  const { runs, statusChanges, semesters, imports, undo, batches } = createBulkWork(database, clock, roster, {
    ...{ portraits, submissions, make: maker.make },
  });
  // Whoever asked looks at the run itself; what fails here is tried again by maintenance.
  const begin = () => void runs.work().catch((error: Error) => log.warn('bulk-run.failed', { detail: error.message }));
  const people = createPeoplePublisher(database, {
    sealer: linkKeys,
    signer: () => signers.active('package'),
    announced: () => signers.announced('package'),
    universityCode: university.code,
    clock,
  });
  const workbooks = createWorkbookReader();
  const attesters = config.LANYARD_WALLET_ATTESTERS;
  const { identityLayer, identityPeople, campusPeople, verifierPeople, partnerConsents } = openOtherServices(
    config,
    store,
    clock,
  );
  const notices = createNoticeStore(database, { sealer, university: university.name, clock });
  const wallets = createWalletStore(database, clock, (transaction, number) =>
    notices.tellIn(transaction, number, 'wallet-signed-in'),
  );
  const holderDeps = { db: database, database, tokens, proofs, wallets, attesters, identityLayer, clock, issuerUrl };
  const encryption = openMessageEncryption(store, clock);
  const credentialSigner = createCredentialSigner({ signers, issuerUrl, universityCode: university.code });
  const open = new Router();
  addMetadataRoutes(open, { ...holderDeps, universityName: university.name, signers, credentialSigner, encryption });
  addTokenRoutes(open, { ...holderDeps, offers });
  const records = createRecordStore({ sealer, portraits, university });
  const deferred = createDeferredStore(database, clock);
  const documents = createCaseDocumentStore(database, {
    ...{ sealer, codeKey: store.derive('case document codes'), university, clock },
  });
  const issueDeps = { records, deferred, documents, encryption, signer: credentialSigner, openLists: new Map() };
  addCredentialRoutes(open, { ...holderDeps, ...issueDeps });
  addDeferredRoutes(open, { ...holderDeps, ...issueDeps });
  addNotificationRoutes(open, { ...holderDeps, notifications: createNotificationStore(database, clock) });
  addRegistrationRoutes(open, { ...holderDeps, semesters });
  const looks = createLookStore(database, clock);
  const nods = createNodStore(database, { looks, clock });
  addHolderRoutes(open, { ...holderDeps, linkKeys, bell, looks, nods, ownCards: createOwnCardStore(database, clock) });
  const subjects = createPartnerSubjectStore(database, {
    ...{ subjectKey: store.derive('partner subjects'), sealer, clock },
  });
  const verifications = createOwnVerificationStore(database, {
    ...{ looks, subjects, verifier: verifierPeople, identity: identityPeople, clock, log },
  });
  const corrections = createCorrectionStore(database, { sealer, lives, clock });
  const exports = createExportStore(database, {
    ...{ records, sealer, verifications, corrections, university, clock },
    ...{ identity: identityPeople, campus: campusPeople },
  });
  const erasures = createErasureStore(database, {
    ...{ numberKey: store.derive('erased numbers'), signer: () => signers.active('audit'), clock },
  });
  addHolderRightsRoutes(open, { ...holderDeps, verifications, corrections, exports });
  addHolderConsentRoutes(open, { ...holderDeps, database, subjects, consents: partnerConsents });
  addHolderPortraitRoutes(open, { ...holderDeps, submissions, maker });
  const states = createPassListStateStore(database, clock);
  const passLists = createPassListSigner({ statuses, states, signers, universityCode: university.code, clock });
  addStatusRoutes(open, { statuses, signers, issuerUrl, clock });
  addUniversityRoutes(open, { passLists, signers, universityCode: university.code, clock });

  const cardKeys = openCardKeys(store);
  const taps = createCardTapStore(database, { keys: cardKeys, clock });
  const personalisations = createPersonalisationStore(database, {
    keys: cardKeys,
    sealer: createStateSealer(store.derive('card personalisation')),
    clock,
  });
  const cards = createCardStore(database, { keys: cardKeys, origin: verifierUrl?.replace(/\/$/, ''), clock });

  const rules = createApprovalRuleStore(database, clock);
  const finalActsPerDay = config.LANYARD_CASE_FINAL_ACTS_PER_DAY;
  const acts = createCaseActStore(database, { lives, semesters, documents, finalActsPerDay, clock });
  const own = [
    createCardRoutes({ database, authenticate, cards, taps, personalisations }),
    createNoticeRoutes({ database, authenticate, notices }),
    createAccountFeedRoutes({ database, authenticate, bell, lists: createReferenceListStore(database), clock }),
    createLifeRoutes({ database, authenticate, lives }),
    createCaseActRoutes({ authenticate, acts, documents, verifierUrl: verifierUrl?.replace(/\/$/, '') }),
    createBulkRoutes({ authenticate, runs, statusChanges, workbooks, decodeGb18030, begin }),
    createSemesterRoutes({ authenticate, semesters, workbooks, decodeGb18030, begin }),
    createOwnStudentsRoutes({ authenticate, semesters, runs, begin }),
    createStudentRoutes({
      ...{ database, authenticate, students, portraits, submissions, signers },
      holds: createHoldStore(clock),
    }),
    createPortraitRoutes({ authenticate, submissions, batches, maker, begin }),
    createApprovalRuleRoutes({ authenticate, rules }),
    createRosterRoutes({
      ...{ authenticate, imports, workbooks, undo },
      ...{ work: runs.work, begin },
    }),
    createPartnerSubjectRoutes({ authenticate, subjects }),
    createSourceRoutes({ authenticate, sources: createSourceSystems(database, { callers, clock }), residences }),
    createCorrectionRoutes({ authenticate, corrections, exports, erasures }),
    createSelfServiceRoutes({
      ...{ authenticate, offers, issuerUrl, walletUrl, canIssue: credentialSigner.canIssue },
      selfService: createSelfServiceStore(database, {
        holds: createHoldStore(clock),
        tell: (transaction, number) => notices.tellIn(transaction, number, 'wallets-ended'),
        clock,
      }),
    }),
    createOpeningRoutes({ authenticate, openings: createOpeningStore(database, { verifier: verifierPeople, clock }) }),
    createGateDeskRoutes({
      ...{ database, authenticate, looks, portraits, signers, clock, universityCode: university.code },
      openLists: issueDeps.openLists,
    }),
    createNodRoutes({ authenticate, nods, bell, clock }),
    createServiceRoutes({
      database,
      authenticate,
      offers,
      people,
      notices,
      signers,
      credentialSigner,
      bell,
      clock,
      issuerUrl,
      walletUrl,
      identityLayer,
      universityCode: university.code,
    }),
    createStatusServiceRoutes({ authenticate, passLists }),
    createSignerRoutes({ database, authenticate, signers, store: signerStore }),
    createCertificateRoutes({
      authenticate,
      authority,
      readRoots,
      foreignReaders: readers.anchors,
      verifierHost: verifierUrl === undefined ? undefined : new URL(verifierUrl).hostname,
    }),
    createAuditRoutes({ database, authenticate, findAuditKeys: () => readAuditKeys(database) }),
  ];
  own.push(createApiTextRoutes({ authenticate, service: 'issuer', serverUrl: issuerUrl, routers: own }));
  const app = createServiceApp({
    service: 'issuer',
    log,
    problems: ISSUER_PROBLEMS,
    cors: {
      anyOriginPaths: PROTOCOL_PATHS,
      origins: [new URL(walletUrl).origin],
      pathsForOrigins: /^\/v1\/(gate-keys$|holder\/)/,
    },
    middlewares: [
      oauthErrors(log),
      open.routes(),
      ...own.map((router) => router.routes()),
      open.allowedMethods({ throw: false }),
    ],
    checkReady: async () => {
      await database.raw('SELECT 1');
    },
  });
  return {
    app,
    signers,
    notices,
    /** Deletes by the retention rules, erases who is due. @param sealer the sealing and erasing role */
    retain: async (sealer: Database) => {
      await retainByRules({ database, sealer, clock }, ISSUER_RETENTION);
      await erasures.run(sealer);
    },
    /** Ends the processes that read strangers' files. */
    close: async () => {
      await workbooks.close();
      await maker.close();
    },
    /** What time alone asks for: expired rows dropped, successors of signers, lists signed anew. */
    maintain: async () => {
      await proofs.sweep();
      await deferred.sweep();
      await taps.sweep();
      await personalisations.sweep();
      encryption.maintain();
      await sweepAccountFeed(database);
      await notices.sweep();
      await states.sweep();
      await readers.refresh();
      await signers.maintain();
      warn();
      await statuses.renewPassLists(new Date(clock.nowMs() - SIGN_AGAIN_SECONDS * 1000));
      await residences.takeUpLeftovers();
      await lives.carryOutDue();
      await imports.expire();
      await runs.expire();
      await rules.expire();
      await undo.sweep();
      await runs.work();
    },
  };
}
