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
import { type CryptoPort, gatePolicyDefaults, settingsFor } from '@lanyard/protocol';
import { nodeRandomBytes } from '@lanyard/protocol/node-crypto';
import { z } from 'zod';
import { createBox } from './adapters/box.js';
import { findConsoleKey } from './adapters/console-key.js';
import { openClientKey } from './adapters/identity-store.js';
import { keepSettings, readKeptSettings } from './adapters/kept-settings.js';
import { openLmdbDocuments } from './adapters/lmdb-documents.js';
import { openLmdbLedger } from './adapters/lmdb-ledger.js';
import { noteStart } from './adapters/note-start.js';
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
import { agentReport } from './domain/fleet/agent-report.js';
import { createFaultLog } from './domain/fleet/fault-log.js';
import { readersCameUp } from './domain/fleet/readers-came-up.js';
import { createSettingsKeeper, type EffectiveSettings } from './domain/fleet/settings-keeper.js';
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
/** Stands in package.json beside `src` and `dist`. */
const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));
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
  const faults = createFaultLog(clock.nowSeconds);
  const startedMs = performance.now();
  const findStarts = noteStart(store, clock.nowSeconds());
  let cameraUsed = false;
  const ledger = openLmdbLedger(config.LANYARD_STORE, crypto);
  if (!ledger.whole) log.error('journal.broken', { sequence: ledger.endSequence });
  const documents = openLmdbDocuments({
    folder: config.LANYARD_STORE,
    crypto,
    box: createBox(store.derive('package and portraits')),
    onUnreadable: (code) => {
      faults.note('package.unreadable');
      log.warn('package.unreadable', { code });
    },
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
      takeSettings();
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
    onFault: (error) => {
      faults.note('decision.fault');
      log.error('decision.fault', { detail: error instanceof Error ? error.message : 'unknown' });
    },
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
    cameraUsed ||= readerId === 'camera';
    const { shown, held } = session.decide(text, readerId);
    present(shown, held);
    const onGlass = feed.state.kind === 'verdict' && feed.state.shown.n === shown.n && feed.state.portraitStored;
    return { shown, held, portraitStored: onGlass };
  };
  const settings = createSettingsKeeper({
    own: ownSettings(config),
    pinned: config.LANYARD_SETTINGS_PINNED.split(',').map((name) => name.trim()),
    kept: readKeptSettings(store),
    keep: (kept) => keepSettings(store, kept),
    apply: async (next, before) => {
      if (next.readers !== before.readers || next.reader_binding !== before.reader_binding) await changeReaders();
      if (next.scanner_baud !== before.scanner_baud) {
        await scanner?.close();
        scanner = openScanner();
      }
      const peersMoved = next.gossip_port !== before.gossip_port || `${next.gossip_to}` !== `${before.gossip_to}`;
      if (peersMoved) {
        await gossip?.close();
        gossip = openGossip();
      }
      feed.announce();
    },
    onRefused: (revision, code) => log.warn('settings.refused', { revision, code }),
  });
  /** What the package sets of this agent; a package that came before the agent knew its name is looked at again. */
  function takeSettings(): void {
    const agentId = connection?.status().agent_id;
    if (agentId === null || agentId === undefined) return;
    const carried = settingsFor(holder.state?.checkpoint.settings, agentId);
    void settings.take(carried).catch((error: Error) => log.error('settings.fault', { detail: error.message }));
  }
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
      get osdpAddress() {
        return settings.effective.door_address;
      },
      get channel() {
        return settings.effective.door_channel;
      },
      wiegand: { facility: facility ?? 1, card: card ?? 1 },
    },
    send: (bytes) => doorLine?.send(bytes),
    nowMs: clock.nowMs,
  });
  let gossip = openGossip();

  function openGossip() {
    const { gossip_port: port, gossip_to: addresses } = settings.effective;
    if (port === 0) return undefined;
    const { sign, compressed } = openClientKey(store);
    const line = openUdpGossip({
      port,
      addresses: addresses.flatMap(parseAddresses),
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
  let scanner = openScanner();

  function openScanner() {
    return config.LANYARD_SCANNER === ''
      ? undefined
      : openSerialLine({
          path: config.LANYARD_SCANNER,
          baudRate: settings.effective.scanner_baud,
          nowMs: clock.nowMs,
          // A line that is no text at all is decided too, so that the person sees why nothing happens.
          onEvent: (event) => void showCode(event.kind === 'line' ? event.text : '', 'scanner'),
          onState: (state) => {
            log.info('scanner.state', { state });
            feed.announce();
          },
        });
  }
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
    faults,
    collect: () => report(),
    reportSeconds: () => settings.effective.report_seconds,
    clock,
    log,
  });
  const online = connection;
  /** What the verifier is told about once a minute, from what the screen and the status show too. */
  const report = () =>
    agentReport({
      version,
      uptimeSeconds: Math.floor((performance.now() - startedMs) / 1000),
      startsInHour: findStarts(clock.nowSeconds()),
      sequence: holder.state?.checkpoint.sequence,
      freshness: freshnessShown(holder.state, clock.nowSeconds()),
      ledger,
      readers: cards.health,
      scanner: scanner?.state ?? 'none',
      door: doorLine?.state ?? 'none',
      cameraUsed,
      settings: { revision: settings.revision, refused: settings.refused },
      tlsUntilMs: online.tlsUntilMs,
      faults: faults.list(),
      nowSeconds: clock.nowSeconds(),
    });
  const desk = config.LANYARD_CARD_DESK === '1' ? createCardDesk() : undefined;
  let cards = openCards();

  function openCards() {
    return connectCardReaders({
      ...{
        config,
        readers: settings.effective,
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
  }
  /** Starts the readers anew with what holds now. @throws SettingsRefused where they were well and are not any more */
  async function changeReaders(): Promise<void> {
    const before = cards.health;
    await cards.close();
    cards = openCards();
    await readersCameUp(before, () => cards.health);
  }
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
    version,
    faults: faults.list(),
    package_sequence: holder.state?.checkpoint.sequence ?? null,
    people: holder.state?.people.table.size ?? 0,
    taps: cards.times,
    settings: { revision: settings.revision, refused: settings.refused ?? null, effective: settings.effective },
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
      takeSettings();
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

/** What the machine's environment says, before anything is set from afar. */
function ownSettings(config: AgentConfig): EffectiveSettings {
  return {
    report_seconds: 60,
    scanner_baud: config.LANYARD_SCANNER_BAUD,
    readers: config.LANYARD_READERS,
    reader_binding: config.LANYARD_READER_BINDING,
    door_channel: config.LANYARD_DOOR_CHANNEL,
    door_address: config.LANYARD_DOOR_ADDRESS,
    gossip_port: config.LANYARD_GOSSIP_PORT,
    gossip_to: config.LANYARD_GOSSIP_TO.split(',').filter((address) => address.trim() !== ''),
  };
}

function readDigest(path: string): string | undefined {
  if (path === '' || !existsSync(path)) return undefined;
  const digest = readFileSync(path, 'utf8').trim();
  return /^[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}
