import {
  type Authenticate,
  type Clock,
  type Database,
  type GuardedFetch,
  type Logger,
  parseHostList,
  type SealedStore,
  type WakeBell,
} from '@lanyard/platform';
import { openMachineAuthority, PARTNERS } from './adapters/machine-authority.js';
import { openMachineListener } from './adapters/machine-listener.js';
import { readPublishedKeys, type Signers } from './adapters/signers.js';
import { createWebhooks } from './adapters/webhooks.js';
import type { VerifierConfig } from './config.js';
import { isPartnerRoute } from './domain/partners/partner-listener-routes.js';
import { type CounterDeps, createCounterRoutes } from './http/counters/counter-routes.js';
import { createApiPageRoutes } from './http/partners/api-page-routes.js';
import { createPartnerApiText } from './http/partners/api-text.js';
import { createApiVersionGate } from './http/partners/api-version-gate.js';
import { createCallbackRoutes } from './http/partners/callback-routes.js';
import { type CheckRequestDeps, createCheckRequestRoutes } from './http/partners/check-request-routes.js';
import { createPartnerCheckRoutes, type PartnerCheckDeps } from './http/partners/check-routes.js';
import { createConsentRoutes } from './http/partners/consent-routes.js';
import { createPartnerCertificateRoutes } from './http/partners/partner-certificate-routes.js';
import { createPartnerLimit } from './http/partners/partner-limit.js';
import { createPartnerRoutes } from './http/partners/partner-routes.js';
import { createPartnerTokenRoutes } from './http/partners/partner-token-routes.js';
import { createPassengerRoutes } from './http/partners/passenger-routes.js';
import { createCheckSettler } from './http/partners/settle-checks.js';
import { createPartnerUseRoutes } from './http/partners/use-routes.js';
import { createCheckRequestStore } from './storage/check-request-store.js';
import { createEntitlementStore } from './storage/entitlement-store.js';
import { createFollowUpStore } from './storage/follow-up-store.js';
import type { PartSealer } from './storage/part-sealer.js';
import { createPartnerCertificateStore } from './storage/partner-certificate-store.js';
import { createPartnerCheckStore } from './storage/partner-check-store.js';
import { createPartnerEventStore } from './storage/partner-event-store.js';
import { createPartnerStore } from './storage/partner-store.js';
import { createSandboxRequestStore } from './storage/sandbox-request-store.js';

/** What the verifier has for others too. */
export interface PartnerParts {
  config: VerifierConfig;
  database: Database;
  store: SealedStore;
  /** Of presentations: what is settled was sealed there. */
  sealer: PartSealer;
  signers: Signers;
  authenticate: Authenticate;
  guardedFetch: GuardedFetch;
  asking: Pick<PartnerCheckDeps, 'decider' | 'checkCards' | 'issuer' | 'universityCode' | 'issuerUrl'>;
  making: CheckRequestDeps['making'];
  bell: WakeBell;
  /** For counters of ours where a partner's discount is shown. */
  counters: Pick<CounterDeps, 'staffAuthentication' | 'checkpoints' | 'taps' | 'readRowState' | 'bell'>;
  clock: Clock;
  log: Logger;
}

/** Everything for partners: their API and its pages, their registration, what goes on by itself, their listener. */
export function createPartnerDesk(parts: PartnerParts) {
  const { config, database, signers, authenticate, guardedFetch, asking, making, clock, log } = parts;
  const { verifierUrl } = making;
  const allowedHosts = parseHostList(config.LANYARD_FETCH_ALLOW);
  const tlsUrl = tlsUrlOf(config, verifierUrl);
  const authority = openMachineAuthority(parts.store, PARTNERS, config.LANYARD_UNIVERSITY_NAME, clock);
  const partners = createPartnerStore(database, clock);
  const certificates = createPartnerCertificateStore(database, clock);
  const entitlements = createEntitlementStore(database, clock);
  const checks = createPartnerCheckStore(database, { entitlements, clock });
  const requests = createCheckRequestStore(database, { sealer: parts.sealer, clock });
  const events = createPartnerEventStore(database, clock);
  const followUps = createFollowUpStore(database, clock);
  const limit = createPartnerLimit(partners, clock);
  const { issuer } = asking;

  const webhooks = createWebhooks({
    ...{ events, guardedFetch, verifierUrl, clock, log },
    signer: () => signers.active('webhook'),
  });
  const settler = createCheckSettler({ database, partners, requests, checks, followUps, issuer, clock });
  const authentication = { partners, certificates };
  const answering = { entitlements, receiptSigner: () => signers.active('receipt'), verifierUrl };
  const certificateRoutes = createPartnerCertificateRoutes({
    ...{ ...authentication, authenticate, authority, tlsUrl, clock },
  });
  const own = [
    createPartnerCheckRoutes({
      ...{ ...authentication, ...answering, ...asking, checks, limit, clock },
      publishedKeys: (use) => readPublishedKeys(database, use),
    }),
    createCheckRequestRoutes({
      ...{ ...authentication, ...answering, database, making },
      sandbox: createSandboxRequestStore(database, clock),
      requests,
      checks,
      settler,
      limit,
      bell: parts.bell,
    }),
    createPassengerRoutes({ ...authentication, checks, issuer, clock }),
    createPartnerUseRoutes({ ...authentication, database, checks, entitlements, clock }),
    createCallbackRoutes({ ...authentication, allowedHosts }),
    certificateRoutes.own,
  ];
  const text = createPartnerApiText({ routers: own, verifierUrl });

  return {
    gate: createApiVersionGate({ verifierUrl, clock }),
    routers: [
      createPartnerRoutes({ authenticate, partners, events, allowedHosts }),
      createConsentRoutes({ authenticate, checks }),
      createCounterRoutes({ ...asking, ...parts.counters, partners, checks, entitlements, limit, database, clock }),
      createPartnerTokenRoutes({ ...authentication, verifierUrl, tlsUrl, clock, log }),
      ...own,
      certificateRoutes.staff,
      createApiPageRoutes({ text, universityName: config.LANYARD_UNIVERSITY_NAME }),
    ],
    checks,
    partners,
    authority,
    webhooks,
    settler,
    /** What goes on without a call: presentations become checks, events are delivered. */
    async work(): Promise<void> {
      await settler.work();
      await webhooks.work();
    },
    sweepers: [partners, certificates, checks, entitlements, requests, events, followUps],
    /** The listener for partners with client certificates, where one is configured. */
    async openListener(handle: Parameters<typeof openMachineListener>[0]['handle']) {
      if (config.LANYARD_PARTNER_TLS_PORT === '') return undefined;
      const { LANYARD_PARTNER_TLS_CERTIFICATE: certificate, LANYARD_PARTNER_TLS_KEY: key } = config;
      return openMachineListener({
        ...{ label: 'partner-listener', authority, others: 'registered', isRoute: isPartnerRoute },
        ...{ port: config.LANYARD_PARTNER_TLS_PORT, host: config.LANYARD_PARTNER_TLS_HOST },
        ...{ name: new URL(tlsUrl ?? verifierUrl).hostname, handle, clock, log },
        files: certificate === '' ? undefined : { certificate, key },
      });
    },
  };
}

function tlsUrlOf(config: VerifierConfig, verifierUrl: string): string | undefined {
  if (config.LANYARD_PARTNER_TLS_PORT === '') return undefined;
  if (config.LANYARD_PARTNER_TLS_URL !== '') return new URL(config.LANYARD_PARTNER_TLS_URL).origin;
  return `https://${new URL(verifierUrl).hostname}:${config.LANYARD_PARTNER_TLS_PORT}`;
}
