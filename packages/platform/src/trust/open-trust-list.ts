import { readFile } from 'node:fs/promises';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import {
  type AcceptedTrustList,
  acceptTrustList,
  pinTrustListOperator,
  type TrustAnchor,
  TrustListError,
} from '@lanyard/protocol/trust-list';
import { appendAudit } from '../audit/append-audit.js';
import type { Database } from '../db/connect-database.js';
import type { Logger } from '../log/create-logger.js';
import type { GuardedFetch } from '../net/guarded-fetch.js';
import type { Clock } from '../time/clock.js';

/** Where a list lies (an https address or a file) and whose it is: the compressed key pinned at installation. */
export interface TrustListSource {
  address: string;
  operatorKey: Uint8Array;
}

/** Keeps the list in force. `save` takes one only over a lower sequence, and is durable when it returns. */
export interface TrustListStore {
  read(): Promise<{ compact: string; anchor: TrustAnchor } | undefined>;
  save(compact: string, anchor: TrustAnchor): Promise<boolean>;
  /** A list that is genuine and goes back, forks or breaks the chain: somebody must look at it. */
  recordAlarm(code: string): Promise<void>;
}

/** Writes the alarm into the audit of a service: what most stores do. */
export const auditTrustListAlarm =
  (database: Database, actor: string, clock: Clock): TrustListStore['recordAlarm'] =>
  (code) =>
    database.transaction((transaction) =>
      appendAudit(
        transaction,
        [{ actor, action: 'trust-list.alarm', subject: 'trust-list', detail: { code } }],
        clock.nowMs(),
      ),
    );

/** How the last look went wrong. */
export interface TrustProblem {
  code: string;
  atSeconds: number;
}

export interface TrustListReader {
  /** The list in force; its end is for whoever decides by it. */
  list(): AcceptedTrustList | undefined;
  /** Looks again; whatever goes wrong leaves the list in force as it is. */
  look(): Promise<void>;
  problem(): TrustProblem | undefined;
}

const MAX_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 5_000;
const ALARMS: readonly string[] = ['trust-list-rolled-back', 'trust-list-forked', 'trust-list-chain-broken'];

/** Opens the list that was kept; the source is not needed for that. */
export async function openTrustList(parts: {
  source: TrustListSource;
  store: TrustListStore;
  guardedFetch: GuardedFetch;
  clock: Clock;
  log: Logger;
}): Promise<TrustListReader> {
  const { source, store, clock, log } = parts;
  let anchor: TrustAnchor = pinTrustListOperator(source.operatorKey, nodeCrypto.sha256);
  let list: AcceptedTrustList | undefined;
  let problem: TrustProblem | undefined;
  const accept = (compact: string, state: TrustAnchor) =>
    acceptTrustList(compact, state, { nowSeconds: clock.nowSeconds(), crypto: nodeCrypto });

  const kept = await store.read();
  if (kept !== undefined) {
    try {
      ({ list } = accept(kept.compact, kept.anchor));
      anchor = kept.anchor;
    } catch (error) {
      if (!(error instanceof TrustListError)) throw error;
      log.error('trust-list.kept-unusable', { code: error.code });
    }
  }

  function note(code: string, error: unknown): void {
    if (problem?.code !== code)
      log.warn('trust-list.problem', { code, detail: error instanceof Error ? error.message : '' });
    problem = { code, atSeconds: clock.nowSeconds() };
  }

  async function read(): Promise<string> {
    const { address } = source;
    if (!/^https?:\/\//.test(address)) return (await readFile(address, 'utf8')).trim();
    const answer = await parts.guardedFetch(address, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
    if (answer.status !== 200) throw new TypeError(`answered ${answer.status}`);
    return answer.body.toString('utf8').trim();
  }

  return {
    list: () => list,
    problem: () => problem,
    async look() {
      let compact: string;
      try {
        compact = await read();
      } catch (error) {
        note('trust-list-unreachable', error);
        return;
      }
      try {
        const accepted = accept(compact, anchor);
        problem = undefined;
        if (list !== undefined && accepted.state.sequence === anchor.sequence) return;
        if (await store.save(compact, accepted.state))
          log.info('trust-list.taken', { sequence: accepted.state.sequence });
        anchor = accepted.state;
        list = accepted.list;
      } catch (error) {
        if (!(error instanceof TrustListError)) throw error;
        const repeated = problem?.code === error.code;
        note(error.code, error);
        if (!ALARMS.includes(error.code) || repeated) return;
        log.error('trust-list.alarm', { code: error.code });
        await store.recordAlarm(error.code);
      }
    },
  };
}
