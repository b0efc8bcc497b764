import {
  connectDatabase,
  createLineWriter,
  createLogger,
  openCustody,
  openSealedStore,
  parseConfig,
  runAuditSealer,
  runService,
  signAuditHead,
  systemClock,
} from '@lanyard/platform';
import { openChangeBell } from './adapters/change-bell.js';
import { createFileSender, createGatewaySender, runNotices } from './adapters/send-notices.js';
import { createIssuerApp } from './app.js';
import { zIssuerConfig } from './config.js';

const SWEEP_EVERY_MS = 60_000;
const RETAIN_EVERY_MS = 10 * 60_000;

const config = parseConfig('issuer', zIssuerConfig, process.env);
const log = createLogger('issuer', createLineWriter(process.stdout), systemClock.nowMs);
const database = connectDatabase({ url: config.LANYARD_DATABASE_URL, poolSize: 12, applicationName: 'issuer' });
const sealer = connectDatabase({
  url: config.LANYARD_DATABASE_SEAL_URL,
  poolSize: 2,
  applicationName: 'issuer sealer',
});
const store = openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE);
const custody = openCustody(store, {
  module: config.LANYARD_PKCS11_MODULE,
  label: config.LANYARD_PKCS11_TOKEN,
  pinFile: config.LANYARD_PKCS11_PIN_FILE,
});
const bell = openChangeBell(config.LANYARD_DATABASE_URL, log);
const { app, signers, notices, maintain, retain } = await createIssuerApp({
  config,
  database,
  store,
  custody,
  bell,
  clock: systemClock,
  log,
});
const stopSealer = runAuditSealer({
  sealer,
  signHead: (head) => signAuditHead(head, signers.active('audit')),
  clock: systemClock,
  log,
});
const stopNotices = runNotices({
  notices,
  send: config.LANYARD_NOTICE_GATEWAY_URL
    ? createGatewaySender({ url: config.LANYARD_NOTICE_GATEWAY_URL, token: config.LANYARD_NOTICE_GATEWAY_TOKEN })
    : config.LANYARD_NOTICE_FOLDER === ''
      ? () => Promise.reject(new Error('no gateway'))
      : createFileSender(config.LANYARD_NOTICE_FOLDER),
  log,
});
// Not waited for: what is kept is in force until then.
void maintain().catch((error: Error) => log.warn('maintenance.failed', { detail: error.message }));
const sweeper = setInterval(
  () => void maintain().catch((error: Error) => log.warn('maintenance.failed', { detail: error.message })),
  SWEEP_EVERY_MS,
);
const retention = setInterval(
  () => void retain(sealer).catch((error: Error) => log.warn('retention.failed', { detail: error.message })),
  RETAIN_EVERY_MS,
);

await runService({
  app,
  port: config.LANYARD_PORT,
  log,
  onClose: async () => {
    clearInterval(sweeper);
    clearInterval(retention);
    await stopNotices();
    await bell.close();
    await stopSealer();
    custody.close();
    await database.destroy();
    await sealer.destroy();
  },
});
