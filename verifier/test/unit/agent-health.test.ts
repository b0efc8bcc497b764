import { describe, expect, it } from 'vitest';
import { HEALTH_REASONS, type HealthReason, healthOf, isBelow } from '../../src/domain/fleet/agent-health.js';
import { type AgentReport, zAgentReport } from '../../src/domain/fleet/agent-report.js';

const nowMs = 1_800_000_000_000;
const well: AgentReport = {
  version: '1.4.0',
  protocol: 1,
  uptime_seconds: 90,
  starts_in_hour: 1,
  package: { sequence: 7, age_seconds: 60, level: 'fresh' },
  journal: { whole: true, waiting: 0, oldest_seconds: null },
  clock: { offset_ms: 3, uncertainty_ms: 20, reliable: true },
  readers: { state: 'working', readers: [{ name: 'ACS ACR1252 00 00', state: 'ready' }], restarts: 0 },
  scanner: 'connected',
  door: 'none',
  camera: 'idle',
  settings: { revision: 4, refused: null },
  tls_until: nowMs / 1000 + 300 * 86_400,
  faults: [],
};
const of = (change: Partial<AgentReport>, expected: Partial<Parameters<typeof healthOf>[1]> = {}) =>
  healthOf(
    { lastSeenMs: nowMs - 5_000, report: zAgentReport.parse({ ...well, ...change }) },
    { nowMs, wantedVersion: undefined, settings: undefined, ...expected },
  );

describe('the health of an agent', () => {
  it('is ok where nothing is wrong', () => {
    expect(of({})).toEqual({ health: 'ok', reasons: [] });
    expect(of({}, { wantedVersion: '1.4.0', settings: { revision: 4, sinceMs: 0 } }).health).toBe('ok');
  });
  it.each<[HealthReason, Partial<AgentReport>, Partial<Parameters<typeof healthOf>[1]>?]>([
    ['journal-broken', { journal: { ...well.journal, whole: false } }],
    ['package-missing', { package: { sequence: null, age_seconds: null, level: 'none' } }],
    ['package-not-fresh', { package: { ...well.package, level: 'grace' } }],
    ['package-not-fresh', { package: { ...well.package, level: 'expired' } }],
    ['clock-off', { clock: { ...well.clock, reliable: false } }],
    ['clock-off', { clock: { ...well.clock, offset_ms: -2_500 } }],
    ['readers-not-installed', { readers: { state: 'not-installed', readers: [], restarts: 0 } }],
    ['readers-no-daemon', { readers: { state: 'no-daemon', readers: [], restarts: 0 } }],
    ['readers-failing', { readers: { state: 'failing', readers: [], restarts: 9 } }],
    ['reader-stuck', { readers: { state: 'working', readers: [{ name: 'A', state: 'stuck' }], restarts: 0 } }],
    ['scanner-lost', { scanner: 'lost' }],
    ['door-lost', { door: 'lost' }],
    ['settings-refused', { settings: { revision: 4, refused: { revision: 5, code: 'readers-not-started' } } }],
    ['starts-often', { starts_in_hour: 4 }],
    ['certificate-ends', { tls_until: nowMs / 1000 + 86_400 }],
    ['package-old', { package: { ...well.package, age_seconds: 1_600 } }],
    ['journal-waiting', { journal: { whole: true, waiting: 3, oldest_seconds: 300 } }],
    ['settings-behind', {}, { settings: { revision: 5, sinceMs: nowMs - 200_000 } }],
    ['version-below-wanted', {}, { wantedVersion: '1.10.0' }],
  ])('is told by one reason [%s]', (reason, change, expected) => {
    expect(of(change, expected)).toEqual({ health: HEALTH_REASONS[reason], reasons: [reason] });
  });
  it('is silent where nothing was ever reported, or nothing for three minutes', () => {
    const expected = { nowMs, wantedVersion: undefined, settings: undefined };
    expect(healthOf({ lastSeenMs: undefined, report: undefined }, expected).reasons).toEqual(['never-reported']);
    expect(healthOf({ lastSeenMs: nowMs - 180_001, report: well }, expected).health).toBe('silent');
    expect(healthOf({ lastSeenMs: nowMs - 180_000, report: well }, expected).health).toBe('ok');
  });
  it('is the worst of several, and tells them all', () => {
    const { health, reasons } = of({ scanner: 'lost', version: '1.0.0' }, { wantedVersion: '1.4.0' });
    expect([health, reasons]).toEqual(['degraded', ['scanner-lost', 'version-below-wanted']]);
  });
  it('waits three minutes for new settings', () => {
    expect(of({}, { settings: { revision: 5, sinceMs: nowMs - 60_000 } }).health).toBe('ok');
  });
  it('compares versions by number', () => {
    expect([isBelow('1.9.0', '1.10.0'), isBelow('1.10.0', '1.9.0'), isBelow('1.2.3', '1.2.3')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('a report', () => {
  it.each<[string, unknown]>([
    ['free text as a fault', { ...well, faults: [{ code: 'Zhang San fell', at: 1, times: 1 }] }],
    ['an unknown field', { ...well, note: 'x' }],
    ['eleven faults', { ...well, faults: Array.from({ length: 11 }, () => ({ code: 'a', at: 1, times: 1 })) }],
    [
      'a reader’s name in other letters',
      { ...well, readers: { ...well.readers, readers: [{ name: '张三', state: 'ready' }] } },
    ],
    ['a version that is a text', { ...well, version: 'latest' }],
    ['a negative count', { ...well, uptime_seconds: -1 }],
  ])('is refused [%s]', (_, value) => {
    expect(zAgentReport.safeParse(value).success).toBe(false);
  });
});
