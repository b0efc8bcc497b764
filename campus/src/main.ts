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
import { createCampusApp } from './app.js';
import { zCampusConfig } from './config.js';

const PLACES_EVERY_MS = 1_000;
const EFFECTS_EVERY_MS = 1_000;
const NOTICES_EVERY_MS = 2_000;
const BREACHES_EVERY_MS = 30_000;
const LISTS_EVERY_MS = 20_000;
const SWEEP_EVERY_MS = 60_000;
const TRENDS_EVERY_MS = 3_600_000;
const RETAIN_EVERY_MS = 10 * 60_000;
const RENEW_EVERY_MS = 6 * 3_600_000;

const config = parseConfig('campus', zCampusConfig, process.env);
const log = createLogger('campus', createLineWriter(process.stdout), systemClock.nowMs);
const database = connectDatabase({ url: config.LANYARD_DATABASE_URL, poolSize: 12, applicationName: 'campus' });
const sealer = connectDatabase({
  url: config.LANYARD_DATABASE_SEAL_URL,
  poolSize: 2,
  applicationName: 'campus sealer',
});
const store = openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE);
const pages = new URL('../dist-web', import.meta.url).pathname;
const campus = await createCampusApp({ config, database, store, pages, clock: systemClock, log });
const stopSealer = runAuditSealer({
  sealer,
  signHead: (head) => signAuditHead(head, campus.signers.active('audit')),
  clock: systemClock,
  log,
});
const every = (ms: number, work: () => Promise<unknown>) =>
  setInterval(() => void work().catch((error: Error) => log.warn('maintenance.failed', { detail: error.message })), ms);
const timers = [
  every(PLACES_EVERY_MS, campus.tellPlaces),
  every(EFFECTS_EVERY_MS, campus.carryOutEffects),
  every(EFFECTS_EVERY_MS, campus.answerRegisterChecks),
  every(NOTICES_EVERY_MS, campus.sendNotices),
  every(BREACHES_EVERY_MS, campus.tellBreaches),
  every(LISTS_EVERY_MS, campus.listUnlisted),
  every(SWEEP_EVERY_MS, campus.sweepSessions),
  every(TRENDS_EVERY_MS, campus.countTrends),
  every(RETAIN_EVERY_MS, () => campus.retain(sealer)),
  every(RENEW_EVERY_MS, campus.signers.renew),
];

await runService({
  app: campus.app,
  port: config.LANYARD_PORT,
  log,
  onClose: async () => {
    for (const timer of timers) clearInterval(timer);
    await stopSealer();
    await database.destroy();
    await sealer.destroy();
  },
});
