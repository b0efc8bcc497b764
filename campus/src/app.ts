import {
  type Clock,
  createAuditRoutes,
  createBearerAuthentication,
  createCallerStore,
  createCallerTokenVerifier,
  createOperatorTokenDigest,
  createServiceApp,
  createServiceClient,
  type Database,
  introduceCallers,
  type Logger,
  openClientKey,
  openSigners,
  readAuditKeys,
  retainByRules,
  type SealedStore,
} from '@lanyard/platform';
import { createRegister } from './adapters/register.js';
import type { CampusConfig } from './config.js';
import { addWorkingHours, workingMsBetween } from './domain/calendar/working-time.js';
import { CAMPUS_RETENTION } from './domain/retention/rules.js';
import { createCaseRoutes } from './http/case-routes.js';
import { createCatalogueRoutes } from './http/catalogue-routes.js';
import { createDefinitionRoutes } from './http/definition-routes.js';
import { createDelegationRoutes } from './http/delegation-routes.js';
import { createDryRunRoutes } from './http/dry-run-routes.js';
import { createExportRoutes } from './http/export-routes.js';
import { createInboxRoutes } from './http/inbox-routes.js';
import { createOccasionRoutes } from './http/occasion-routes.js';
import { createStaffCaseRoutes } from './http/staff-case-routes.js';
import { createStatisticsRoutes } from './http/statistics-routes.js';
import { createTemplateRoutes } from './http/template-routes.js';
import { CAMPUS_PROBLEMS } from './problems.js';
import { createCaseListing } from './storage/case-listing.js';
import { createCaseStore } from './storage/case-store.js';
import { createDefinitionStore } from './storage/definition-store.js';
import { createDelegationStore } from './storage/delegation-store.js';
import { createInboxStore } from './storage/inbox-store.js';
import { createPlaceStore } from './storage/place-store.js';
import { createCaseSealer } from './storage/sealer.js';
import { createStaffCaseStore } from './storage/staff-case-store.js';
import { createStatisticsStore } from './storage/statistics-store.js';
import { createTemplateStore } from './storage/template-store.js';

/** Puts campus together: the only place where its floors meet. */
export async function createCampusApp(parts: {
  config: CampusConfig;
  database: Database;
  store: SealedStore;
  clock: Clock;
  log: Logger;
}) {
  const { config, database, store, clock, log } = parts;
  const signers = await openSigners(database, store, clock, ['audit']);
  const sealer = createCaseSealer({ sealKey: store.derive('cases'), nameKey: store.derive('audit names') });
  const authenticate = createBearerAuthentication({
    findOperatorTokenDigest: createOperatorTokenDigest(config.LANYARD_OPERATOR_TOKEN_DIGEST_FILE, () => clock.nowMs()),
    verifyCallerToken: createCallerTokenVerifier({
      audience: 'campus',
      findCallerKey: introduceCallers({
        callers: createCallerStore(database, () => clock.nowMs()),
        database,
        folder: config.LANYARD_CALLERS,
        names: ['admin', 'campus-web'],
        clock,
      }),
      clock,
    }),
  });
  const { sign } = openClientKey(store, { name: 'campus', callersFolder: config.LANYARD_CALLERS });
  const issuerUrl = config.LANYARD_PUBLIC_URL_ISSUER;
  const register = createRegister(
    createServiceClient({ baseUrl: issuerUrl, audience: 'issuer', caller: 'campus', sign, clock }),
  );
  const definitions = createDefinitionStore(database, clock);
  const delegations = createDelegationStore(database, { sealer, clock });
  const dueAfter = (fromMs: number, hours: number) => addWorkingHours(config.LANYARD_SCHOOL_CALENDAR, fromMs, hours);
  const places = createPlaceStore(database, clock);
  const listing = createCaseListing((fromMs, toMs) => workingMsBetween(config.LANYARD_SCHOOL_CALENDAR, fromMs, toMs));
  const cases = createCaseStore(database, { definitions, places, sealer, clock, dueAfter, listing });
  const staffCases = createStaffCaseStore(database);
  const statistics = createStatisticsStore(database);
  const routers = [
    createDefinitionRoutes({ authenticate, definitions, delegations, sealer }),
    createDryRunRoutes({ authenticate, definitions, delegations, cases, sealer }),
    createCatalogueRoutes({ authenticate, definitions, delegations }),
    createCaseRoutes({ database, authenticate, definitions, delegations, cases, places, register, sealer, clock }),
    createInboxRoutes({ authenticate, definitions, delegations, inbox: createInboxStore(database), cases }),
    createOccasionRoutes({ database, authenticate, definitions, delegations, places, sealer }),
    createDelegationRoutes({ database, authenticate, delegations }),
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
    createTemplateRoutes({ authenticate, delegations, templates: createTemplateStore(database, clock) }),
    createAuditRoutes({ database, authenticate, findAuditKeys: () => readAuditKeys(database) }),
  ];
  const app = createServiceApp({
    service: 'campus',
    log,
    problems: CAMPUS_PROBLEMS,
    middlewares: routers.map((router) => router.routes()),
    checkReady: async () => {
      await database.raw('SELECT 1');
    },
  });
  return {
    app,
    signers,
    tellBreaches: cases.tellBreaches,
    tellPlaces: cases.tellPlaces,
    listUnlisted: cases.listUnlisted,
    /** Deletes by the retention rules. @param erasing the sealing and erasing role */
    retain: (erasing: Database) => retainByRules({ database, sealer: erasing, clock }, CAMPUS_RETENTION),
  };
}
