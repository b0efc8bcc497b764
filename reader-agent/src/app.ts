import { existsSync, readFileSync } from 'node:fs';
import {
  type Clock,
  createBearerAuthentication,
  createServiceApp,
  type Logger,
  Refusal,
  type SealedStore,
  servePages,
} from '@lanyard/platform';
import type { CryptoPort } from '@lanyard/protocol';
import { nodeRandomBytes } from '@lanyard/protocol/node-crypto';
import { createBox } from './adapters/box.js';
import { openLmdbDocuments } from './adapters/lmdb-documents.js';
import { openLmdbLedger } from './adapters/lmdb-ledger.js';
import { openSerialScanner } from './adapters/serial-scanner.js';
import { connectCardReaders } from './card-readers.js';
import type { AgentConfig } from './config.js';
import { type AgentConnection, connectAgent } from './connection.js';
import { createDecisionSession, type ShownVerdict } from './domain/decision-session.js';
import { freshnessShown } from './domain/freshness-level.js';
import { createPackageHolder } from './domain/package-holder.js';
import { createScreenFeed } from './domain/screen-feed.js';
import { createCodeRoutes, type ShowCode } from './http/code-routes.js';
import { guardHost } from './http/guard-host.js';
import { surroundings } from './http/screen-body.js';
import { createScreenRoutes } from './http/screen-routes.js';
import { AGENT_PROBLEMS } from './problems.js';

const upkeepEveryMs = 30_000;
const keepEntriesSeconds = 7 * 86_400;

/** Puts the agent together: the only place, with `connection.ts`, where its floors meet. */
export function createAgentApp(parts: {
  config: AgentConfig;
  store: SealedStore;
  crypto: CryptoPort;
  clock: Clock;
  log: Logger;
  webFolder: string;
}) {
  const { config, store, crypto, clock, log } = parts;
  const ledger = openLmdbLedger(config.LANYARD_STORE, crypto);
  if (!ledger.whole) log.error('journal.broken', { sequence: ledger.endSequence });
  const documents = openLmdbDocuments({
    folder: config.LANYARD_STORE,
    crypto,
    box: createBox(store.derive('package and portraits')),
    onUnreadable: (code) => log.warn('package.unreadable', { code }),
  });
  const feed = createScreenFeed({
    isPortraitStored: (id) => documents.portraits.has(Buffer.from(id).toString('hex')),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  });
  let connection: AgentConnection | undefined;
  const holder = createPackageHolder({
    crypto,
    store: documents.packages,
    nowSeconds: clock.nowSeconds,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    onChanged: () => {
      feed.announce();
      connection?.packageChanged();
    },
  });
  const session = createDecisionSession({
    crypto,
    replayKey: store.derive('replay memory'),
    ledger,
    findPackage: () => holder.state,
    nowMs: clock.nowMs,
    onFault: (error) => log.error('decision.fault', { detail: error instanceof Error ? error.message : 'unknown' }),
  });
  const show = (shown: ShownVerdict, held: boolean) => {
    feed.show(shown, held);
    if (!held) connection?.entryAdded();
  };
  const showCode: ShowCode = (text, readerId) => {
    const { shown, held } = session.decide(text, readerId);
    show(shown, held);
    const onGlass = feed.state.kind === 'verdict' && feed.state.shown.n === shown.n && feed.state.portraitStored;
    return { shown, held, portraitStored: onGlass };
  };
  const scanner =
    config.LANYARD_SCANNER === ''
      ? undefined
      : openSerialScanner({
          path: config.LANYARD_SCANNER,
          baudRate: config.LANYARD_SCANNER_BAUD,
          nowMs: clock.nowMs,
          // A line that is no text at all is decided too, so that the person sees why nothing happens.
          onEvent: (event) => void showCode(event.kind === 'line' ? event.text : '', 'scanner'),
          onState: (state) => {
            log.info('scanner.state', { state });
            feed.announce();
          },
        });
  connection = connectAgent({ config, store, ledger, holder, portraits: documents.portraits, feed, clock, log });
  const online = connection;
  const cards = connectCardReaders({
    ...{
      config,
      log,
      session,
      show,
      randomBytes: nodeRandomBytes,
      checkCardTaps: online.checkCardTaps,
      sign: online.sign,
    },
    findPackage: () => holder.state,
    onHealth: feed.announce,
  });
  const around = () =>
    surroundings({
      state: holder.state,
      online: online.isOnline(),
      scanner: scanner?.state ?? 'none',
      readers: cards.health,
      nowSeconds: clock.nowSeconds(),
    });

  const authenticate = createBearerAuthentication({
    findOperatorTokenDigest: () => readDigest(config.LANYARD_OPERATOR_TOKEN_DIGEST_FILE),
    verifyCallerToken: () => Promise.reject(new Refusal('caller-unknown')),
  });
  const status = () => ({
    ...online.status(),
    ...around(),
    package_sequence: holder.state?.checkpoint.sequence ?? null,
    people: holder.state?.people.table.size ?? 0,
    taps: cards.times,
    journal: { whole: ledger.whole, end: ledger.endSequence, accepted_up_to: ledger.acceptedUpTo },
  });
  const codes = createCodeRoutes({
    ...{ showCode, status, authenticate },
    freshness: () => freshnessShown(holder.state, clock.nowSeconds()),
  });
  const screen = createScreenRoutes({ feed, portraits: documents.portraits, around, authenticate });
  const pages = existsSync(parts.webFolder)
    ? [servePages({ folder: parts.webFolder, appRoutes: /^\/camera$/, wasm: true })]
    : [];
  const app = createServiceApp({
    service: 'reader-agent',
    log,
    problems: AGENT_PROBLEMS,
    middlewares: [guardHost(config.LANYARD_PORT), codes.routes(), screen.routes(), ...pages],
    checkReady: async () => {
      if (!ledger.whole) throw new Error('the journal does not hold together');
    },
  });

  const upkeep = async () => {
    ledger.sweep(clock.nowSeconds(), keepEntriesSeconds);
    await holder.keepUp();
  };
  const fault = (error: Error) => log.error('upkeep.failed', { detail: error.message });
  const timer = setInterval(() => void upkeep().catch(fault), upkeepEveryMs);
  return {
    app,
    async prepare() {
      await holder.prepare();
      void upkeep().catch(fault);
    },
    async close() {
      clearInterval(timer);
      await scanner?.close();
      await cards.close();
      await online.close();
      await ledger.close();
      await documents.close();
    },
  };
}

function readDigest(path: string): string | undefined {
  if (path === '' || !existsSync(path)) return undefined;
  const digest = readFileSync(path, 'utf8').trim();
  return /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}
