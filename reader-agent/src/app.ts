import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import {
  type Clock,
  createBearerAuthentication,
  createCallerTokenVerifier,
  createServiceApp,
  type Logger,
  type SealedStore,
  servePages,
} from '@lanyard/platform';
import { type CryptoPort, gatePolicyDefaults } from '@lanyard/protocol';
import { nodeRandomBytes } from '@lanyard/protocol/node-crypto';
import { createBox } from './adapters/box.js';
import { findConsoleKey } from './adapters/console-key.js';
import { openClientKey } from './adapters/identity-store.js';
import { openLmdbDocuments } from './adapters/lmdb-documents.js';
import { openLmdbLedger } from './adapters/lmdb-ledger.js';
import { openSerialLine } from './adapters/serial-line.js';
import { openUdpGossip, parseAddresses } from './adapters/udp-gossip.js';
import { connectCardReaders } from './card-readers.js';
import type { AgentConfig } from './config.js';
import { type AgentConnection, connectAgent } from './connection.js';
import { createCardDesk } from './domain/card-desk.js';
import { carryOutOrders } from './domain/carry-out-orders.js';
import { type ChallengeRing, createChallengeRing } from './domain/challenge-ring.js';
import { createDecisionSession, type ShownVerdict } from './domain/decision-session.js';
import { createDoorControl } from './domain/doors/door-control.js';
import { freshnessShown } from './domain/freshness-level.js';
import { createZoneGossip, type GossipZone } from './domain/gossip/zone-gossip.js';
import { createPackageHolder } from './domain/package-holder.js';
import { createScreenFeed } from './domain/screen-feed.js';
import { createCardDeskRoutes } from './http/card-desk-routes.js';
import { createCodeRoutes, type ShowCode } from './http/code-routes.js';
import { guardHost } from './http/guard-host.js';
import { surroundings } from './http/screen-body.js';
import { createScreenRoutes } from './http/screen-routes.js';
import { AGENT_PROBLEMS } from './problems.js';

/** What a door's board sends when somebody turns the key in the lock. */
const keyLine = 'KEY';
const upkeepEveryMs = 30_000;
/** Doors and peers are told again, and the challenge changes. */
const tickEveryMs = 1_000;
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
  let challenges: ChallengeRing | undefined;
  /** The challenges of this checkpoint, as soon as its package requires them. */
  function findChallenges(): ChallengeRing | undefined {
    const checkpoint = holder.state?.checkpoint;
    if (checkpoint?.policy.requires_challenge !== true) return undefined;
    challenges ??= createChallengeRing({
      checkpointNumber: checkpoint.checkpointNumber,
      randomBytes: (length) => new Uint8Array(randomBytes(length)),
    });
    return challenges;
  }
  const holder = createPackageHolder({
    crypto,
    store: documents.packages,
    nowSeconds: clock.nowSeconds,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    onChanged: () => {
      feed.announce();
      connection?.packageChanged();
      carryOut();
    },
  });
  const session = createDecisionSession({
    crypto,
    replayKey: store.derive('replay memory'),
    ledger,
    findPackage: () => holder.state,
    findChallenges,
    nowMs: clock.nowMs,
    onTaken: (use, moved) => gossip?.zone.tell(use, moved),
    onFault: (error) => log.error('decision.fault', { detail: error instanceof Error ? error.message : 'unknown' }),
  });
  /** On the glass, at the door and on its way to the verifier: whatever was decided, by whomever. */
  function present(shown: ShownVerdict, held: boolean, opens = true): void {
    if (opens && !held && shown.verdict === 'accepted') door.open();
    door.setHealthy(shown.reason !== 'internal');
    feed.show(shown, held);
    if (!held) connection?.entryAdded();
  }
  function carryOut(): void {
    carryOutOrders(holder.state?.checkpoint.orders ?? [], {
      ...{ session, nowSeconds: clock.nowSeconds(), onOpened: (shown) => present(shown, false) },
    });
  }
  const showCode: ShowCode = (text, readerId) => {
    const { shown, held } = session.decide(text, readerId);
    present(shown, held);
    const onGlass = feed.state.kind === 'verdict' && feed.state.shown.n === shown.n && feed.state.portraitStored;
    return { shown, held, portraitStored: onGlass };
  };
  const doorLine =
    config.LANYARD_DOOR === ''
      ? undefined
      : openSerialLine({
          ...{ path: config.LANYARD_DOOR, baudRate: config.LANYARD_DOOR_BAUD, nowMs: clock.nowMs },
          onEvent: (event) => {
            if (event.kind !== 'line' || event.text !== keyLine) return;
            const shown = session.openByHand({ scheme: 'physical-key', row: null });
            if (shown !== undefined) present(shown, false);
          },
          onState: (state) => log.info('door.state', { state }),
        });
  const [facility, card] = config.LANYARD_DOOR_WIEGAND.split(':').map(Number);
  const door = createDoorControl({
    policy: () => (doorLine === undefined ? gatePolicyDefaults.door : session.inForce().policy.door),
    heldOpen: () => session.inForce().mode === 'open',
    wiring: {
      ...{ osdpAddress: config.LANYARD_DOOR_ADDRESS, channel: config.LANYARD_DOOR_CHANNEL },
      wiegand: { facility: facility ?? 1, card: card ?? 1 },
    },
    send: (bytes) => doorLine?.send(bytes),
    nowMs: clock.nowMs,
  });
  const gossip = openGossip();

  function openGossip() {
    if (config.LANYARD_GOSSIP_PORT === 0) return undefined;
    const { sign, compressed } = openClientKey(store);
    const line = openUdpGossip({
      port: config.LANYARD_GOSSIP_PORT,
      addresses: parseAddresses(config.LANYARD_GOSSIP_TO),
      onPacket: (bytes) => zone.receive(bytes),
      onFault: (error) => log.warn('gossip.fault', { detail: error.message }),
    });
    const zone = createZoneGossip({
      ...{ crypto, findZone, ownKey: compressed, sign, send: line.send, nowMs: clock.nowMs },
      onHeard: ({ uses, moved }) => session.remember(uses, moved),
    });
    return { zone, close: line.close };
  }
  function findZone(): GossipZone | undefined {
    const checkpoint = holder.state?.checkpoint;
    if (checkpoint?.peers === undefined || checkpoint.zoneKey === undefined) return undefined;
    return { name: checkpoint.policy.zone, peers: checkpoint.peers, box: createBox(checkpoint.zoneKey) };
  }
  const scanner =
    config.LANYARD_SCANNER === ''
      ? undefined
      : openSerialLine({
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
  connection = connectAgent({
    config,
    crypto,
    store,
    ledger,
    holder,
    portraits: documents.portraits,
    session,
    showPresented: (shown, opens) => present(shown, false, opens),
    feed,
    clock,
    log,
  });
  const online = connection;
  const desk = config.LANYARD_CARD_DESK === '1' ? createCardDesk() : undefined;
  const cards = connectCardReaders({
    ...{
      config,
      desk,
      log,
      session,
      show: present,
      randomBytes: nodeRandomBytes,
      checkCardTaps: online.checkCardTaps,
      sign: online.sign,
      isOnline: online.isOnline,
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
      mode: session.inForce().mode,
      challenge: findChallenges()?.shown(clock.nowMs()),
      nowSeconds: clock.nowSeconds(),
    });

  const authenticate = createBearerAuthentication({
    findOperatorTokenDigest: () => readDigest(config.LANYARD_OPERATOR_TOKEN_DIGEST_FILE),
    verifyCallerToken: createCallerTokenVerifier({
      ...{ audience: 'reader-agent', findCallerKey: findConsoleKey(config.LANYARD_CALLERS), clock },
    }),
  });
  const status = () => ({
    ...online.status(),
    ...around(),
    package_sequence: holder.state?.checkpoint.sequence ?? null,
    people: holder.state?.people.table.size ?? 0,
    taps: cards.times,
    door: { line: doorLine?.state ?? 'none', state: door.state },
    peers: { listed: holder.state?.checkpoint.peers?.length ?? 0, heard: gossip?.zone.heard ?? 0 },
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
    middlewares: [
      guardHost(config.LANYARD_PORT),
      codes.routes(),
      createCardDeskRoutes({ desk, authenticate }).routes(),
      screen.routes(),
      ...pages,
    ],
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
  let challengeShown: string | undefined;
  const ticker = setInterval(() => {
    door.tick();
    gossip?.zone.tick();
    const challenge = findChallenges()?.shown(clock.nowMs());
    if (challenge !== challengeShown) feed.announce();
    challengeShown = challenge;
  }, tickEveryMs);
  return {
    app,
    async prepare() {
      await holder.prepare();
      carryOut();
      void upkeep().catch(fault);
    },
    async close() {
      clearInterval(timer);
      clearInterval(ticker);
      door.rest();
      await doorLine?.close();
      await gossip?.close();
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
