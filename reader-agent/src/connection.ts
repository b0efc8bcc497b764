import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, type Logger, type SealedStore, ServiceCallError } from '@lanyard/platform';
import type { CryptoPort, Sign } from '@lanyard/protocol';
import {
  type AgentIdentity,
  type ClientKey,
  keepIdentity,
  openClientKey,
  readIdentity,
} from './adapters/identity-store.js';
import { openTlsLine, type TlsLine, zTlsOfEnrolment } from './adapters/tls-identity.js';
import { createVerifierClient, enrolAgent, type VerifierClient } from './adapters/verifier-client.js';
import type { AgentConfig } from './config.js';
import type { CheckCardTaps } from './domain/card-check.js';
import type { DecisionSession, ShownVerdict } from './domain/decision-session.js';
import { fetchPortraits, type PortraitStore } from './domain/fetch-portraits.js';
import type { AgentReportBody } from './domain/fleet/agent-report.js';
import type { FaultLog } from './domain/fleet/fault-log.js';
import { type Renewal, renewCertificate } from './domain/fleet/renew-certificate.js';
import { reportHealth } from './domain/fleet/report-health.js';
import { followPackage, type Wait } from './domain/follow-package.js';
import type { PassageLedger } from './domain/ledger.js';
import type { PackageHolder } from './domain/package-holder.js';
import { followPresented } from './domain/presented-taps.js';
import type { ScreenFeed } from './domain/screen-feed.js';
import { synchroniseClock } from './domain/synchronise-clock.js';
import { uploadJournal } from './domain/upload-journal.js';

/** The agent's side of the network; whatever happens here, codes go on being decided. */
export interface AgentConnection {
  isOnline(): boolean;
  status(): { enrolment: string; agent_id: string | null; checkpoint_id: string | null };
  entryAdded(): void;
  packageChanged(): void;
  /** Rejects at once where this agent has not enrolled yet. */
  readonly checkCardTaps: CheckCardTaps;
  /** Signs with the agent's own client key. */
  readonly sign: Sign;
  /** End of the client certificate in use, in milliseconds. */
  readonly tlsUntilMs: number | undefined;
  close(): Promise<void>;
}

const enrolAgainMs = 1_000;
const idleMs = 30_000;

const wait: Wait = (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {});

/** Enrols where needed, then follows package, journal and portraits until it is closed. */
export function connectAgent(parts: {
  config: AgentConfig;
  store: SealedStore;
  ledger: PassageLedger;
  holder: PackageHolder;
  portraits: PortraitStore;
  session: DecisionSession;
  /** An answer to a touch of the door's tag; it opens where the policy says so. */
  showPresented: (shown: ShownVerdict, opens: boolean) => void;
  feed: ScreenFeed;
  faults: FaultLog;
  /** How this agent is at the moment. */
  collect: () => AgentReportBody;
  reportSeconds: () => number;
  crypto: CryptoPort;
  clock: Clock;
  log: Logger;
}): AgentConnection {
  const { config, store, ledger, holder, feed, crypto, clock, log } = parts;
  const closing = new AbortController();
  const { signal } = closing;
  const key = openClientKey(store);
  let identity = readIdentity(store);
  let enrolment = identity === undefined ? 'waiting' : 'enrolled';
  let online = false;
  let checkCardTaps: CheckCardTaps | undefined;
  const entries = createBell();
  const packages = createBell();
  const tagPolicy = createBell();
  const contact = (next: boolean) => {
    if (online === next) return;
    online = next;
    log.info('verifier.contact', { online });
    feed.announce();
  };
  let tls: TlsLine | undefined;
  const fault = (event: string) => (error: unknown) => {
    parts.faults.note(event);
    const status = error instanceof ServiceCallError ? `${error.status} ${error.code}` : String(error);
    log.warn(event, { detail: status });
  };

  async function enrol(line: TlsLine): Promise<AgentIdentity | undefined> {
    if (config.LANYARD_ENROLMENT_CODE === '') {
      enrolment = 'code-missing';
      log.warn('enrolment.code-missing');
      return undefined;
    }
    while (!signal.aborted) {
      try {
        const request = config.LANYARD_VERIFIER_TLS === 'auto' ? line.request() : undefined;
        const answer = await enrolAgent(config.LANYARD_VERIFIER_URL, config.LANYARD_ENROLMENT_CODE, key, request);
        const made = keepIdentity(store, answer);
        const { tls: certified } = zTlsOfEnrolment.parse(answer);
        if (certified !== null && certified !== undefined) line.keep(certified);
        log.info('enrolment.done', { agent_id: made.agentId, checkpoint_id: made.checkpointId });
        return made;
      } catch (error) {
        if (error instanceof ServiceCallError && error.status >= 400 && error.status < 500) {
          enrolment = 'refused';
          log.error('enrolment.refused', { code: error.code });
          return undefined;
        }
        fault('enrolment.failed')(error);
        await wait(enrolAgainMs, signal);
      }
    }
    return undefined;
  }

  async function run(): Promise<void> {
    // A bundle that does not open ends here: without it calls would go out unprotected.
    const line = await openTlsLine(store, {
      verifierUrl: config.LANYARD_VERIFIER_URL,
      tlsUrl: config.LANYARD_VERIFIER_TLS_URL,
      bundle: config.LANYARD_VERIFIER_TLS_BUNDLE,
      passphraseFile: config.LANYARD_VERIFIER_TLS_BUNDLE_PASSPHRASE_FILE,
      authorityFile: config.LANYARD_VERIFIER_TLS_CA,
    });
    tls = line;
    identity ??= await enrol(line);
    if (identity === undefined) return;
    enrolment = 'enrolled';
    await follow(identity, key, line);
  }

  async function renewOver(client: VerifierClient, line: TlsLine, ending: AbortSignal): Promise<Renewal> {
    try {
      line.keep(await client.certify(line.request(), ending));
      log.info('certificate.renewed', {});
      return 'kept';
    } catch (error) {
      // 404: a verifier that knows no certificates yet.
      const none = error instanceof ServiceCallError && (error.code === 'mutual-tls-off' || error.status === 404);
      if (none) return 'no-listener';
      throw error;
    }
  }

  async function follow(
    { agentId, checkpointId, pinned }: AgentIdentity,
    { sign }: ClientKey,
    line: TlsLine,
  ): Promise<void> {
    const withTls = config.LANYARD_VERIFIER_TLS === 'auto';
    const client = createVerifierClient({
      verifierUrl: config.LANYARD_VERIFIER_URL,
      agentId,
      checkpointId,
      sign,
      clock,
      tls: withTls ? line : { current: undefined },
    });
    checkCardTaps = client.checkCardTaps;
    let first = true;
    const sendReport: typeof client.sendReport = async (report, ending) => {
      await client.sendReport(report, ending);
      // The first poll may wait long for news; from then on it alone says whether the verifier is there.
      if (first) contact(true);
      first = false;
    };
    await Promise.all([
      followPackage({
        ...{ holder, pinned, checkpointId, wait, signal, load: client.loadPackage, onContact: contact },
        onRefused: (refusal, detail) => {
          parts.faults.note('package.refused');
          log.warn('package.refused', { code: refusal, detail });
        },
        onFault: fault('package.failed'),
      }),
      uploadJournal({
        ...{ ledger, wait, signal, send: client.sendPassages, waitForEntries: entries.wait },
        onFault: fault('journal.upload-failed'),
      }),
      synchroniseClock({
        ...{ crypto, ledger, nowMs: clock.nowMs, wait, signal, load: client.loadSignedTime },
        randomBytes: (length) => new Uint8Array(randomBytes(length)),
        signers: () => holder.state?.pinned.checkpoint ?? pinned.checkpoint,
        onFault: fault('clock.comparison-failed'),
      }),
      fetchPortraits({
        ...{ portraits: parts.portraits, load: client.loadPortrait, wait, signal, waitForPackage: packages.wait },
        findPackage: () => holder.state,
      }),
      reportHealth({
        ...{ collect: parts.collect, send: sendReport, nowMs: clock.nowMs, random: Math.random, wait, signal },
        intervalMs: () => parts.reportSeconds() * 1000,
        onFault: fault('report.failed'),
      }),
      ...(withTls
        ? [
            renewCertificate({
              ...{ endsMs: () => line.current?.toMs, nowMs: clock.nowMs, wait, signal },
              renew: (ending) => renewOver(client, line, ending),
              onFault: fault('certificate.renewal-failed'),
            }),
          ]
        : []),
      followPresented({
        ...{ session: parts.session, load: client.loadPresented, wait, signal, waitForPackage: tagPolicy.wait },
        position: () => ledger.presentedUpTo,
        show: parts.showPresented,
        onFault: fault('door-tag.failed'),
      }),
    ]);
  }
  const running = run().catch((error: unknown) => fault('connection.failed')(error));

  return {
    isOnline: () => online,
    status: () => ({
      enrolment,
      agent_id: identity?.agentId ?? null,
      checkpoint_id: identity?.checkpointId ?? null,
    }),
    entryAdded: entries.ring,
    packageChanged() {
      packages.ring();
      tagPolicy.ring();
    },
    checkCardTaps(taps, ended) {
      if (checkCardTaps === undefined) return Promise.reject(new ServiceCallError(0, 'not-enrolled'));
      return checkCardTaps(taps, ended);
    },
    sign: key.sign,
    get tlsUntilMs() {
      return tls?.current?.toMs;
    },
    async close() {
      closing.abort();
      await running;
      tls?.close();
    },
  };
}

/** Wakes whoever waits; rings before anybody waits are kept. */
function createBell() {
  let rung = false;
  let wake = () => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    async wait(signal: AbortSignal): Promise<void> {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const done = () => {
            clearTimeout(timer);
            signal.removeEventListener('abort', done);
            resolve();
          };
          const timer = setTimeout(done, idleMs);
          signal.addEventListener('abort', done);
          wake = done;
        });
      }
      rung = false;
    },
  };
}
