import { existsSync } from 'node:fs';
import {
  addressFromOutside,
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
  type GuardedFetch,
  introduceCallers,
  type Logger,
  openClientKey,
  openSigners,
  parseHostList,
  readAuditKeys,
  retainByRules,
  type SealedStore,
  servePages,
} from '@lanyard/platform';
import {
  type AttendanceScanner,
  createAttendanceScanner,
  createWindowScanner,
  type WindowScanner,
} from './adapters/code-scanners.js';
import { createEffectsWorker } from './adapters/effects-worker.js';
import { createReferenceLists } from './adapters/reference-lists.js';
import { createRegister } from './adapters/register.js';
import { createRegisterActs } from './adapters/register-acts.js';
import { createRegisterChecks } from './adapters/register-checks.js';
import { createStaffRoles } from './adapters/staff-roles.js';
import { createWindowTaps, type WindowTaps } from './adapters/window-taps.js';
import { createNoticeDelivery } from './app-notices.js';
import type { CampusConfig } from './config.js';
import { addWorkingHours, workingMsBetween } from './domain/calendar/working-time.js';
import { deliverySamples } from './domain/notices/delivery-samples.js';
import { CAMPUS_RETENTION } from './domain/retention/rules.js';
import { createActivityRoutes } from './http/activity-routes.js';
import { createAnswerRoutes } from './http/answer-routes.js';
import { createAttachmentRoutes } from './http/attachment-routes.js';
import { createCaseRoutes } from './http/case-routes.js';
import { createCatalogueRoutes } from './http/catalogue-routes.js';
import { createDefinitionRoutes } from './http/definition-routes.js';
import { createDelegationRoutes } from './http/delegation-routes.js';
import { createDraftRoutes } from './http/draft-routes.js';
import { createDryRunRoutes } from './http/dry-run-routes.js';
import { createExportRoutes } from './http/export-routes.js';
import { createInboxRoutes } from './http/inbox-routes.js';
import { createMessengerRoutes } from './http/messenger-routes.js';
import { createModuleDoor, withModuleSessions } from './http/module-door.js';
import { createModuleRoutes } from './http/module-routes.js';
import { createModuleSignInRoutes, createModuleSignIns } from './http/module-sign-in.js';
import { createNoticeDeliveryRoutes } from './http/notice-delivery-routes.js';
import { createNoticeRoutes } from './http/notice-routes.js';
import { createNoticeSettingsRoutes } from './http/notice-settings-routes.js';
import { createOccasionRoutes } from './http/occasion-routes.js';
import { createPersonRoutes } from './http/person-routes.js';
import { createPushRoutes } from './http/push-routes.js';
import { createSourceRoutes } from './http/source-routes.js';
import { createStaffCaseRoutes } from './http/staff-case-routes.js';
import { createStatisticsRoutes } from './http/statistics-routes.js';
import { createSurveyRoutes } from './http/survey-routes.js';
import { createTalkRoutes } from './http/talk-routes.js';
import { createTemplateRoutes } from './http/template-routes.js';
import { createTrendRoutes } from './http/trend-routes.js';
import { createWindowConfirmationRoutes } from './http/window-confirmation-routes.js';
import { createWindowQueueRoutes } from './http/window-queue-routes.js';
import { createWindowRoutes } from './http/window-routes.js';
import { createWindowVisitRoutes } from './http/window-visit-routes.js';
import { CAMPUS_PROBLEMS } from './problems.js';
import { createActivityStore } from './storage/activity-store.js';
import { createAnswerStore } from './storage/answer-store.js';
import { createAttachmentStore } from './storage/attachment-store.js';
import { createRequestCarrier } from './storage/carry-out-request.js';
import { createCaseListing } from './storage/case-listing.js';
import { createCaseStore } from './storage/case-store.js';
import { createDefinitionStore } from './storage/definition-store.js';
import { createDelegationStore } from './storage/delegation-store.js';
import { createDraftStore } from './storage/draft-store.js';
import { createDutyStore } from './storage/duty-store.js';
import { createEffectStore } from './storage/effect-store.js';
import { createInboxStore } from './storage/inbox-store.js';
import { createMessengerStore } from './storage/messenger-store.js';
import { createModulePlaceStore } from './storage/module-place-store.js';
import { createModuleSessionStore } from './storage/module-session-store.js';
import { createNoticeAddressStore } from './storage/notice-address-store.js';
import { createNoticeDeliveryStore } from './storage/notice-delivery-store.js';
import { createNoticeOutboxStore } from './storage/notice-outbox-store.js';
import { createNoticeStore } from './storage/notice-store.js';
import { createPersonExportStore } from './storage/person-export-store.js';
import { createPlaceStore } from './storage/place-store.js';
import { createRatingStore } from './storage/rating-store.js';
import { createCaseSealer } from './storage/sealer.js';
import { createSourceCheckStore } from './storage/source-check-store.js';
import { createStaffCaseStore } from './storage/staff-case-store.js';
import { createStatisticsStore } from './storage/statistics-store.js';
import { createSurveyStore } from './storage/survey-store.js';
import { createTalkStore } from './storage/talk-store.js';
import { createTemplateStore } from './storage/template-store.js';
import { createTrendStore } from './storage/trend-store.js';
import { createWindowQueueStore } from './storage/window-queue-store.js';
import { createWindowRequestStore } from './storage/window-request-store.js';
import { createWindowStore } from './storage/window-store.js';
import { createWindowVisitStore } from './storage/window-visit-store.js';

const APP_ROUTES =
  /^\/(services|cases|notices(\/settings)?|answers|surveys|windows(\/kiosk|\/[a-z0-9-]+\/screen)?|home\/sign-in|m\/[a-z-]+(\/(sign-in|(services|surveys)\/[a-z0-9-]+|cases\/[A-Za-z0-9_-]+))?)?$/;

/** Puts campus together: the only place where its floors meet. */
export async function createCampusApp(parts: {
  config: CampusConfig;
  database: Database;
  store: SealedStore;
  /** Folder of the built pages; without it only the interface is served. */
  pages: string;
  /** Calls addresses from outside; the guarded one where it is left out. */
  guardedFetch?: GuardedFetch;
  /** Reads codes at activities; the verifier where it is left out. */
  scanner?: AttendanceScanner;
  /** Reads codes at windows; the verifier where it is left out. */
  windowScanner?: WindowScanner;
  /** Hears taps at readers of windows; the verifier where it is left out. */
  windowTaps?: WindowTaps;
  clock: Clock;
  log: Logger;
}) {
  const { config, database, store, clock, log } = parts;
  const signers = await openSigners(database, store, clock, ['audit']);
  const sealer = createCaseSealer({ sealKey: store.derive('cases'), nameKey: store.derive('audit names') });
  const callers = createCallerStore(database, () => clock.nowMs());
  const bearer = createBearerAuthentication({
    findOperatorTokenDigest: createOperatorTokenDigest(config.LANYARD_OPERATOR_TOKEN_DIGEST_FILE, () => clock.nowMs()),
    verifyCallerToken: createCallerTokenVerifier({
      audience: 'campus',
      findCallerKey: introduceCallers({
        callers,
        database,
        folder: config.LANYARD_CALLERS,
        names: ['admin', 'issuer'],
        clock,
      }),
      clock,
    }),
  });
  const authenticate = withModuleSessions(bearer);
  const { sign } = openClientKey(store, { name: 'campus', callersFolder: config.LANYARD_CALLERS });
  const issuerUrl = config.LANYARD_PUBLIC_URL_ISSUER;
  const issuer = createServiceClient({ baseUrl: issuerUrl, audience: 'issuer', caller: 'campus', sign, clock });
  const idpUrl = config.LANYARD_PUBLIC_URL_IDP?.replace(/\/$/, '');
  const staffRoles =
    idpUrl === undefined
      ? undefined
      : createStaffRoles({
          idp: createServiceClient({ baseUrl: idpUrl, audience: 'idp', caller: 'campus', sign, clock }),
          ...{ clock, log },
        });
  const delegations = createDelegationStore(database, {
    ...{ sealer, clock },
    ...(staffRoles === undefined ? {} : { rolesToday: staffRoles.of }),
  });
  const register = createRegister(issuer);
  const lists = createReferenceLists({ issuer, clock, log });
  const acts = createRegisterActs(issuer);
  const definitions = createDefinitionStore(database, clock);
  const dueAfter = (fromMs: number, hours: number) => addWorkingHours(config.LANYARD_SCHOOL_CALENDAR, fromMs, hours);
  const places = createPlaceStore(database, clock);
  const effects = createEffectStore(database, { sealer, clock });
  const checks = createSourceCheckStore(database, clock);
  const listing = createCaseListing((fromMs, toMs) => workingMsBetween(config.LANYARD_SCHOOL_CALENDAR, fromMs, toMs));
  const staffCases = createStaffCaseStore(database);
  const statistics = createStatisticsStore(database);
  const attachments = createAttachmentStore(database, { sealer, clock });
  const drafts = createDraftStore(database, { sealer, clock });
  const ratings = createRatingStore(database, { sealer, clock });
  const duty = createDutyStore(database, clock);
  const outbox = createNoticeOutboxStore(database, { sealer, clock });
  const notices = createNoticeStore(database, { outbox, clock });
  const addresses = createNoticeAddressStore(database, { sealer, digestKey: store.derive('notice addresses'), clock });
  const deliveries = createNoticeDeliveryStore(database, clock);
  const messenger = createMessengerStore(database, { sealer, pseudonymKey: store.derive('messenger names'), clock });
  const activities = createActivityStore(database, clock);
  const answers = createAnswerStore(database, clock);
  const verifierUrl = config.LANYARD_PUBLIC_URL_VERIFIER;
  const verifier = createServiceClient({ baseUrl: verifierUrl, audience: 'verifier', caller: 'campus', sign, clock });
  const scanner = parts.scanner ?? createAttendanceScanner(verifier);
  const follow = { activities, attachments, ratings, notices, duty, effects, checks, listing };
  const cases = createCaseStore(database, { definitions, places, ...follow, sealer, clock, dueAfter });
  const talks = createTalkStore(database, { cases, notices, sealer, clock });
  const windows = createWindowStore(database, clock);
  const visits = createWindowVisitStore(database, { sealer, clock });
  const requests = createWindowRequestStore(database, { sealer, clock });
  const carryOut = createRequestCarrier({ database, cases, definitions, requests, sealer });
  const atWindows = { authenticate, definitions, delegations, windows, requests, register, activities, carryOut };
  const surveys = createSurveyStore(database, { sealer, clock });
  const trends = createTrendStore(database, { cases, clock });
  const modules = createModulePlaceStore(database, clock);
  const sessions = createModuleSessionStore(database, clock);
  const campusUrl = config.LANYARD_PUBLIC_URL_CAMPUS.replace(/\/$/, '');
  const signInDeps = { issuer: idpUrl, campusUrl, sessions, sign, clock, log };
  const signIns = createModuleSignIns(signInDeps);
  const universityName = config.LANYARD_UNIVERSITY_NAME;
  const fetchAllow = parseHostList(config.LANYARD_FETCH_ALLOW);
  const mayCall = (address: string) => addressFromOutside(address, fetchAllow) !== undefined;
  const leaving = createNoticeDelivery({
    ...{ config, store, outbox, addresses, messenger, definitions, clock, log, campusUrl, universityName },
    guardedFetch: parts.guardedFetch ?? createGuardedFetch(fetchAllow),
  });
  const routers = [
    createDefinitionRoutes({ authenticate, definitions, delegations, sealer }),
    createDryRunRoutes({ authenticate, definitions, delegations, cases, sealer }),
    createCatalogueRoutes({ authenticate, definitions, delegations, modules, register, activities, lists }),
    createCaseRoutes({
      ...{ database, authenticate, definitions, delegations, cases, places, attachments, drafts, ratings, register },
      ...{ activities, answers, effects, talks, acts, lists, sealer, clock },
    }),
    createActivityRoutes({
      ...{ database, authenticate, definitions, delegations, activities, places, cases, scanner, sealer },
    }),
    createAttachmentRoutes({ database, authenticate, delegations, attachments }),
    createDraftRoutes({ authenticate, definitions, delegations, drafts }),
    createNoticeRoutes({ authenticate, definitions, delegations, notices }),
    createNoticeSettingsRoutes({
      ...{ authenticate, delegations, addresses, messenger, sendMailCode: leaving.sendMailCode },
    }),
    createPushRoutes({ authenticate, delegations, addresses, publicKey: leaving.pushKey, mayCall }),
    createMessengerRoutes({ authenticate, messenger, mayCall }),
    createNoticeDeliveryRoutes({ authenticate, delegations, deliveries, isOffered: leaving.isOffered, sealer }),
    createModuleRoutes({ authenticate, sessions, places: modules, signIns, campusUrl, universityName }),
    ...createModuleSignInRoutes(signInDeps, signIns),
    createInboxRoutes({ authenticate, definitions, delegations, inbox: createInboxStore(database), cases, duty }),
    createOccasionRoutes({ database, authenticate, definitions, delegations, places, sealer }),
    createSourceRoutes({
      ...{ database, authenticate, checks, cases },
      sources: createSourceSystems(database, { callers, clock }),
    }),
    createDelegationRoutes({ database, authenticate, delegations }),
    createTalkRoutes({ database, authenticate, delegations, cases, talks, sealer }),
    createStaffCaseRoutes({ authenticate, definitions, delegations, cases, staffCases, clock }),
    createStatisticsRoutes({ authenticate, definitions, delegations, statistics, clock }),
    createExportRoutes({
      database,
      authenticate,
      definitions,
      delegations,
      cases,
      staffCases,
      statistics,
      sealer,
      clock,
    }),
    createAnswerRoutes({ authenticate, definitions, delegations, cases, answers, sealer }),
    createSurveyRoutes({ ...{ authenticate, delegations, register, sealer }, surveys }),
    createPersonRoutes({
      ...{ authenticate, cases, drafts, ratings, places, activities, attachments, talks },
      exports: createPersonExportStore(database, { addresses, surveys, sealer, clock }),
    }),
    createTrendRoutes({ authenticate, definitions, delegations, trends, sealer, clock }),
    createTemplateRoutes({ authenticate, delegations, templates: createTemplateStore(database, clock) }),
    createWindowRoutes({ authenticate, definitions, delegations, windows, sealer }),
    createWindowVisitRoutes({
      ...{ ...atWindows, visits, cases, lists, clock },
      scanner: parts.windowScanner ?? createWindowScanner(verifier),
      taps: parts.windowTaps ?? createWindowTaps(verifier),
    }),
    createWindowConfirmationRoutes(atWindows),
    createWindowQueueRoutes({
      authenticate,
      delegations,
      windows,
      queue: createWindowQueueStore(database, clock),
      clock,
    }),
    createAuditRoutes({ database, authenticate, findAuditKeys: () => readAuditKeys(database) }),
  ];
  routers.push(createApiTextRoutes({ authenticate, service: 'campus', serverUrl: campusUrl, routers }));
  const app = createServiceApp({
    service: 'campus',
    log,
    problems: CAMPUS_PROBLEMS,
    middlewares: [
      createModuleDoor({ sessions, campusUrl }),
      ...routers.map((router) => router.routes()),
      ...(existsSync(parts.pages)
        ? [
            servePages({
              folder: parts.pages,
              appRoutes: APP_ROUTES,
              config: {
                university: universityName,
                idp: idpUrl ?? '',
                wallet: config.LANYARD_PUBLIC_URL_WALLET.replace(/\/$/, ''),
              },
            }),
          ]
        : []),
    ],
    checkReady: async () => {
      await database.raw('SELECT 1');
    },
    readSamples: async () => deliverySamples(await deliveries.state(), clock.nowMs()),
  });
  return {
    app,
    signers,
    tellBreaches: cases.tellBreaches,
    tellPlaces: cases.tellPlaces,
    answerRegisterChecks: createRegisterChecks({ database, checks, cases, register, clock, log }),
    carryOutEffects: createEffectsWorker({ effects, cases, acts, auditName: sealer.auditName, log }),
    listUnlisted: cases.listUnlisted,
    sendNotices: leaving.sendNotices,
    countTrends: () => trends.countWeeks(),
    sweepSessions: sessions.sweep,
    /** Deletes by the retention rules. @param erasing the sealing and erasing role */
    retain: (erasing: Database) => retainByRules({ database, sealer: erasing, clock }, CAMPUS_RETENTION),
  };
}
