import {
  connectDatabase,
  createLineWriter,
  createLogger,
  openSealedStore,
  parseConfig,
  runAuditSealer,
  runService,
  signAuditHead,
  systemClock,
} from '@lanyard/platform';
import { createVerifierApp } from './app.js';
import { zVerifierConfig } from './config.js';

const FLUSH_EVERY_MS = 1_000;
const RETAIN_EVERY_MS = 10 * 60_000;
const SWEEP_EVERY_MS = 60_000;
const PREPARE_EVERY_MS = 60_000;
/** Presentations that become checks, events for partners. */
const PARTNERS_EVERY_MS = 1_000;
const RENEW_EVERY_MS = 6 * 3_600_000;

const config = parseConfig('verifier', zVerifierConfig, process.env);
const log = createLogger('verifier', createLineWriter(process.stdout), systemClock.nowMs);
const database = connectDatabase({ url: config.LANYARD_DATABASE_URL, poolSize: 12, applicationName: 'verifier' });
const sealer = connectDatabase({
  url: config.LANYARD_DATABASE_SEAL_URL,
  poolSize: 2,
  applicationName: 'verifier sealer',
});
const store = openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE);
const verifier = await createVerifierApp({
  config,
  database,
  store,
  clock: systemClock,
  log,
  pagesFolder: new URL('../dist-web', import.meta.url).pathname,
});
const stopSealer = runAuditSealer({
  sealer,
  signHead: (head) => signAuditHead(head, verifier.signers.active('audit')),
  clock: systemClock,
  log,
});

const flush = () =>
  verifier.flushCounts().catch((error: Error) => log.warn('counts.flush-failed', { detail: error.message }));
const timers = [
  every(FLUSH_EVERY_MS, flush),
  every(SWEEP_EVERY_MS, verifier.sweep),
  every(PARTNERS_EVERY_MS, verifier.partners.work),
  every(RETAIN_EVERY_MS, () => verifier.retain(sealer)),
  every(PREPARE_EVERY_MS, verifier.mirror.prepare),
  every(RENEW_EVERY_MS, verifier.signers.renew),
  every(config.LANYARD_TRUST_REFRESH_SECONDS * 1_000, verifier.trust.refresh),
];

// Not waited for: what is stored decides until the list was looked at.
void verifier.trust.refresh().catch((error: Error) => log.warn('trust-list.failed', { detail: error.message }));

const agentListener = await verifier.openAgentListener();
const partnerListener = await verifier.openPartnerListener();
for (const listener of [agentListener, partnerListener])
  if (listener !== undefined) timers.push(every(RENEW_EVERY_MS, async () => listener.renew()));

await runService({
  app: verifier.app,
  first: verifier.hot,
  port: config.LANYARD_PORT,
  log,
  onClose: async () => {
    for (const timer of timers) clearInterval(timer);
    await agentListener?.close();
    await partnerListener?.close();
    await verifier.following.stop();
    await flush();
    await stopSealer();
    await database.destroy();
    await sealer.destroy();
  },
});

function every(ms: number, work: () => Promise<void>): NodeJS.Timeout {
  return setInterval(
    () => void work().catch((error: Error) => log.warn('timer.failed', { detail: error.message })),
    ms,
  );
}
