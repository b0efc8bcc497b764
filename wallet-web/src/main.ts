import {
  createLineWriter,
  createLogger,
  createServiceApp,
  parseConfig,
  runService,
  systemClock,
} from '@lanyard/platform';
import { zWalletConfig } from './config.js';
import { walletPages } from './wallet-pages.js';

const config = parseConfig('wallet', zWalletConfig, process.env);
const log = createLogger('wallet', createLineWriter(process.stdout), systemClock.nowMs);
const issuer = config.LANYARD_PUBLIC_URL_ISSUER.replace(/\/$/, '');
const verifier = config.LANYARD_PUBLIC_URL_VERIFIER.replace(/\/$/, '');
const idp = config.LANYARD_PUBLIC_URL_IDP.replace(/\/$/, '');

// Static pages and nothing else: the origin that holds holder keys runs only the wallet.
const pages = walletPages({
  folder: new URL('../dist-web', import.meta.url).pathname,
  issuer,
  verifier,
  idp,
  universityCode: config.LANYARD_UNIVERSITY_CODE,
  universityName: config.LANYARD_UNIVERSITY_NAME,
});

await runService({
  app: createServiceApp({ service: 'wallet', log, problems: {}, middlewares: pages, checkReady: async () => {} }),
  port: config.LANYARD_PORT,
  log,
  onClose: async () => {},
});
