import { fileURLToPath } from 'node:url';
import { createLogger, openSealedStore, parseConfig, runService, systemClock } from '@lanyard/platform';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { createAgentApp } from './app.js';
import { zAgentConfig } from './config.js';

const config = parseConfig('reader-agent', zAgentConfig, process.env);
const log = createLogger('reader-agent', (line) => process.stdout.write(`${line}\n`), systemClock.nowMs);
const store = openSealedStore(config.LANYARD_STORE, config.LANYARD_KEY_FILE);
const webFolder = fileURLToPath(new URL('../dist-web', import.meta.url));
const agent = createAgentApp({ config, store, crypto: nodeCrypto, clock: systemClock, log, webFolder });
await agent.prepare();

await runService({ app: agent.app, port: config.LANYARD_PORT, log, onClose: agent.close });
