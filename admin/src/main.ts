import {
  createLineWriter,
  createLogger,
  openClientKey,
  openSealedStore,
  parseConfig,
  runService,
  systemClock,
} from '@lanyard/platform';
import { createAdminApp } from './app.js';
import { zAdminConfig } from './config.js';

const config = parseConfig('admin', zAdminConfig, process.env);
const log = createLogger('admin', createLineWriter(process.stdout), systemClock.nowMs);
const store = openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE);
const { sign } = openClientKey(store, { name: 'admin', callersFolder: config.LANYARD_CALLERS });
const pages = new URL('../dist-web', import.meta.url).pathname;
const app = createAdminApp({ config, store, sign, pages, clock: systemClock, log });

await runService({ app, port: config.LANYARD_PORT, log, onClose: async () => {} });
