import { existsSync } from 'node:fs';
import {
  type Clock,
  createBearerAuthentication,
  createOperatorTokenDigest,
  createServiceApp,
  type Logger,
  Refusal,
  type SealedStore,
  servePages,
} from '@lanyard/platform';
import type { Sign } from '@lanyard/protocol';
import { createSessionFile } from './adapters/session-file.js';
import type { AdminConfig } from './config.js';
import { createSessions } from './domain/sessions.js';
import { forwardToServices } from './http/forward.js';
import { createSessionRoutes } from './http/session-routes.js';
import { createConsoleSignIn, createConsoleSignInRoutes } from './http/staff-sign-in.js';
import { ADMIN_PROBLEMS } from './problems.js';

const APP_ROUTES =
  /^\/(sign-in|students(\/[A-Za-z0-9-]+)?|import|inbox|window|activities|cases|statistics|surveys|trends|delegations|services(\/[a-z0-9-]+)?|semester|own-students|status-changes|portraits|cards|checkpoints|fleet(\/[a-z0-9-]+)?|gates|partners|rights|audit|relying-parties(\/[a-z0-9-]+)?|logout-calls|deliveries|staff|claim-codes|accounts)?$/;

/** Puts the console together. */
export function createAdminApp(parts: {
  config: AdminConfig;
  store: SealedStore;
  sign: Sign;
  pages: string;
  clock: Clock;
  log: Logger;
}) {
  const { config, store, clock, log } = parts;
  const adminUrl = config.LANYARD_PUBLIC_URL_ADMIN.replace(/\/$/, '');
  const sessions = createSessions(createSessionFile(store), () => clock.nowMs());
  const authenticate = createBearerAuthentication({
    findOperatorTokenDigest: createOperatorTokenDigest(config.LANYARD_OPERATOR_TOKEN_DIGEST_FILE, () => clock.nowMs()),
    // No service calls the console.
    verifyCallerToken: () => Promise.reject(new Refusal('caller-unknown')),
  });
  const { LANYARD_PUBLIC_URL_READER_AGENT: agentUrl, LANYARD_PUBLIC_URL_CAMPUS: campusUrl } = config;
  const hasCampus = campusUrl !== undefined;
  const idpUrl = config.LANYARD_PUBLIC_URL_IDP?.replace(/\/$/, '');
  const signIn = createConsoleSignIn({ issuer: idpUrl, adminUrl, sign: parts.sign, clock });
  const sessionRoutes = createSessionRoutes({
    authenticate,
    sessions,
    adminUrl,
    universityName: config.LANYARD_UNIVERSITY_NAME,
    hasCampus,
    signIn,
    log,
  });
  const signInRoutes = createConsoleSignInRoutes({ signIn, sessions, adminUrl, hasCampus, log });
  const urls = {
    issuer: config.LANYARD_PUBLIC_URL_ISSUER,
    verifier: config.LANYARD_PUBLIC_URL_VERIFIER,
    ...(idpUrl === undefined ? {} : { idp: idpUrl }),
    ...(campusUrl === undefined ? {} : { campus: campusUrl }),
    ...(agentUrl === undefined ? {} : { agent: agentUrl }),
  };
  return createServiceApp({
    service: 'admin',
    log,
    problems: ADMIN_PROBLEMS,
    middlewares: [
      signInRoutes.routes(),
      sessionRoutes.routes(),
      forwardToServices({ sessions, adminUrl, urls, sign: parts.sign, clock }),
      ...(existsSync(parts.pages)
        ? [
            servePages({
              folder: parts.pages,
              appRoutes: APP_ROUTES,
              config: {
                university: config.LANYARD_UNIVERSITY_NAME,
                idp: idpUrl ?? '',
                wallet: config.LANYARD_PUBLIC_URL_WALLET.replace(/\/$/, ''),
              },
            }),
          ]
        : []),
    ],
    checkReady: async () => {},
  });
}
