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
import { createIdpApp } from './app.js';
import { zIdpConfig } from './config.js';

const SWEEP_EVERY_MS = 60_000;
const RETAIN_EVERY_MS = 10 * 60_000;
const RENEW_EVERY_MS = 6 * 3_600_000;

const config = parseConfig('idp', zIdpConfig, process.env);
const log = createLogger('idp', createLineWriter(process.stdout), systemClock.nowMs);
const database = connectDatabase({ url: config.LANYARD_DATABASE_URL, poolSize: 16, applicationName: 'idp' });
const sealer = connectDatabase({ url: config.LANYARD_DATABASE_SEAL_URL, poolSize: 2, applicationName: 'idp sealer' });
const store = openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE);
const idp = await createIdpApp({ config, database, store, clock: systemClock, log });
const stopSealer = runAuditSealer({
  sealer,
  signHead: (head) => signAuditHead(head, idp.signers.active('audit')),
  clock: systemClock,
  log,
});
const timers = [
  every(SWEEP_EVERY_MS, idp.sweep),
  every(RETAIN_EVERY_MS, () => idp.retain(sealer)),
  every(RENEW_EVERY_MS, idp.signers.renew),
];

await runService({
  app: idp.app,
  port: config.LANYARD_PORT,
  log,
  onClose: async () => {
    for (const timer of timers) clearInterval(timer);
    await idp.stop();
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
