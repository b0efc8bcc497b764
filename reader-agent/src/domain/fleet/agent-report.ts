import { isClockReliable } from '../clock-guard.js';
import { clockUncertainty, isWithinCap } from '../clock-uncertainty.js';
import type { FreshnessShown } from '../freshness-level.js';
import type { PassageLedger } from '../ledger.js';
import type { ReadersHealth } from '../reader-port.js';
import type { KnownFault } from './fault-log.js';

/** What verifier and agent understand of each other; the verifier calls an agent below its own number outdated. */
export const agentProtocol = 1;

export interface ReportSources {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly startsInHour: number;
  readonly sequence: number | undefined;
  readonly freshness: FreshnessShown;
  readonly ledger: Pick<PassageLedger, 'whole' | 'endSequence' | 'acceptedUpTo' | 'after' | 'clockSync' | 'endSeconds'>;
  readonly readers: ReadersHealth | undefined;
  readonly scanner: 'none' | 'connected' | 'lost';
  readonly door: 'none' | 'connected' | 'lost';
  readonly cameraUsed: boolean;
  readonly settings: { readonly revision: number; readonly refused: { revision: number; code: string } | undefined };
  readonly tlsUntilMs: number | undefined;
  readonly faults: readonly KnownFault[];
  readonly nowSeconds: number;
}

const mostReaders = 8;

/** The body of a report, docs/formats.md: states and counts, no text that could name anybody. */
export function agentReport(from: ReportSources) {
  const { ledger, freshness, readers, nowSeconds } = from;
  const sync = ledger.clockSync;
  const oldest = ledger.after(ledger.acceptedUpTo, 1)[0];
  const known = { packageIssuedAtSeconds: freshness.issued_at ?? undefined, journalEndSeconds: ledger.endSeconds };
  return {
    version: from.version,
    protocol: agentProtocol,
    uptime_seconds: from.uptimeSeconds,
    starts_in_hour: from.startsInHour,
    package: { sequence: from.sequence ?? null, age_seconds: freshness.age_seconds, level: freshness.level },
    journal: {
      whole: ledger.whole,
      waiting: Math.max(0, ledger.endSequence - ledger.acceptedUpTo),
      oldest_seconds: oldest === undefined ? null : Math.max(0, nowSeconds - oldest.at),
    },
    clock: {
      offset_ms: sync === undefined ? null : Math.round(sync.offsetSeconds * 1000),
      uncertainty_ms: Math.round(clockUncertainty(sync, nowSeconds) * 1000),
      reliable: isClockReliable(nowSeconds, known) && isWithinCap(sync),
    },
    readers:
      readers === undefined
        ? null
        : {
            state: readers.state,
            // Names come from drivers: what is not plain ASCII is no name we asked for.
            readers: readers.readers.slice(0, mostReaders).map(({ name, state }) => ({
              ...{ name: name.replace(/[^\x20-\x7e]/g, '?').slice(0, 100) || '?', state },
            })),
            restarts: readers.restarts,
          },
    scanner: from.scanner,
    door: from.door,
    camera: from.cameraUsed ? ('used' as const) : ('idle' as const),
    settings: { revision: from.settings.revision, refused: from.settings.refused ?? null },
    tls_until: from.tlsUntilMs === undefined ? null : Math.floor(from.tlsUntilMs / 1000),
    faults: from.faults,
  };
}
export type AgentReportBody = ReturnType<typeof agentReport>;

/** What a change of is told at once; ages and counts wait for the next minute. */
export function reportState(report: AgentReportBody): string {
  const { package: held, journal, clock, readers, scanner, door, settings, faults } = report;
  return JSON.stringify([
    ...[report.version, held.sequence, held.level, journal.whole, clock.reliable, scanner, door, settings],
    readers === null ? null : [readers.state, readers.readers],
    faults.map(({ code }) => code).sort(),
  ]);
}
