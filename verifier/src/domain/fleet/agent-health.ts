import type { AgentReport } from './agent-report.js';

/** The worst first: what an agent is, is the first of these that has a reason. */
export const HEALTHS = ['silent', 'degraded', 'lagging', 'outdated', 'ok'] as const;
export type Health = (typeof HEALTHS)[number];

/** Why, in stable codes; texts are looked up by the page. */
export const HEALTH_REASONS = {
  'never-reported': 'silent',
  'no-contact': 'silent',
  'journal-broken': 'degraded',
  'package-missing': 'degraded',
  'package-not-fresh': 'degraded',
  'clock-off': 'degraded',
  'readers-not-installed': 'degraded',
  'readers-no-daemon': 'degraded',
  'readers-failing': 'degraded',
  'reader-stuck': 'degraded',
  'scanner-lost': 'degraded',
  'door-lost': 'degraded',
  'settings-refused': 'degraded',
  'starts-often': 'degraded',
  'certificate-ends': 'degraded',
  'package-old': 'lagging',
  'journal-waiting': 'lagging',
  'settings-behind': 'lagging',
  'version-below-wanted': 'outdated',
  'protocol-below-ours': 'outdated',
} as const satisfies Record<string, Exclude<Health, 'ok'>>;
export type HealthReason = keyof typeof HEALTH_REASONS;

export interface AgentHealth {
  readonly health: Health;
  readonly reasons: readonly HealthReason[];
}

/** What an agent is compared with. */
export interface Expected {
  readonly nowMs: number;
  /** Dotted, three numbers; undefined where no version is wanted. */
  readonly wantedVersion: string | undefined;
  /** Newest revision of the settings that are meant for it, and since when. */
  readonly settings: { readonly revision: number; readonly sinceMs: number } | undefined;
}

/** What agents have to understand; see `agentProtocol` of the agent. */
export const AGENT_PROTOCOL = 1;
/** Three polls and three reports missed. */
export const SILENT_MS = 180_000;
/** Packages come again every ten minutes. */
const OLD_PACKAGE_SECONDS = 1_500;
const WAITING_SECONDS = 120;
const OFFSET_MS = 2_000;
const STARTS = 4;
const SETTINGS_MS = 180_000;
/** Renewal begins 30 days before the end. */
const CERTIFICATE_MS = 14 * 86_400_000;

/** How an agent is, from its last report and from when it was last heard of. */
export function healthOf(
  agent: { lastSeenMs: number | undefined; report: AgentReport | undefined },
  expected: Expected,
): AgentHealth {
  const reasons = [...reasonsOf(agent, expected)];
  const health = HEALTHS.find((one) => reasons.some((reason) => HEALTH_REASONS[reason] === one)) ?? 'ok';
  return { health, reasons };
}

function* reasonsOf(
  { lastSeenMs, report }: Parameters<typeof healthOf>[0],
  { nowMs, wantedVersion, settings }: Expected,
): Iterable<HealthReason> {
  if (report === undefined) yield 'never-reported';
  if (lastSeenMs !== undefined && nowMs - lastSeenMs > SILENT_MS) yield 'no-contact';
  if (report === undefined) return;
  yield* deviceReasons(report);
  if (report.starts_in_hour >= STARTS) yield 'starts-often';
  if (report.settings.refused !== null) yield 'settings-refused';
  if (report.tls_until !== null && report.tls_until * 1000 - nowMs < CERTIFICATE_MS) yield 'certificate-ends';
  if (report.package.age_seconds !== null && report.package.age_seconds > OLD_PACKAGE_SECONDS) yield 'package-old';
  if ((report.journal.oldest_seconds ?? 0) > WAITING_SECONDS) yield 'journal-waiting';
  const behind = settings !== undefined && report.settings.revision < settings.revision;
  if (behind && report.settings.refused === null && nowMs - settings.sinceMs > SETTINGS_MS) yield 'settings-behind';
  if (wantedVersion !== undefined && isBelow(report.version, wantedVersion)) yield 'version-below-wanted';
  if (report.protocol < AGENT_PROTOCOL) yield 'protocol-below-ours';
}

function* deviceReasons(report: AgentReport): Iterable<HealthReason> {
  const { journal, clock, readers } = report;
  if (!journal.whole) yield 'journal-broken';
  if (report.package.level === 'none') yield 'package-missing';
  if (report.package.level === 'grace' || report.package.level === 'expired') yield 'package-not-fresh';
  if (!clock.reliable || Math.abs(clock.offset_ms ?? 0) > OFFSET_MS) yield 'clock-off';
  if (readers?.state === 'not-installed') yield 'readers-not-installed';
  if (readers?.state === 'no-daemon') yield 'readers-no-daemon';
  if (readers?.state === 'failing') yield 'readers-failing';
  if (readers?.readers.some(({ state }) => state === 'stuck') === true) yield 'reader-stuck';
  if (report.scanner === 'lost') yield 'scanner-lost';
  if (report.door === 'lost') yield 'door-lost';
}

/** Whether a dotted version is lower than another, number by number. */
export function isBelow(version: string, wanted: string): boolean {
  const [have, want] = [version, wanted].map((text) => text.split('.').map(Number));
  for (let place = 0; place < 3; place += 1) {
    const difference = (have?.[place] ?? 0) - (want?.[place] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
