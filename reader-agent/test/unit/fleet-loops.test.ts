import { describe, expect, it } from 'vitest';
import { zAgentReport } from '../../../verifier/src/domain/fleet/agent-report.js';
import { type AgentReportBody, agentReport, type ReportSources } from '../../src/domain/fleet/agent-report.js';
import { createFaultLog } from '../../src/domain/fleet/fault-log.js';
import { readersCameUp } from '../../src/domain/fleet/readers-came-up.js';
import { renewCertificate } from '../../src/domain/fleet/renew-certificate.js';
import { reportHealth } from '../../src/domain/fleet/report-health.js';
import type { ReadersHealth } from '../../src/domain/reader-port.js';

const sources: ReportSources = {
  ...{ version: '1.2.3', uptimeSeconds: 5, startsInHour: 1, sequence: 4, cameraUsed: false, nowSeconds: 2_000 },
  freshness: { level: 'fresh', issued_at: 1_990, age_seconds: 10, expires_at: 9_000 },
  ledger: {
    ...{ whole: true, endSequence: 9, acceptedUpTo: 6, endSeconds: 1_980 },
    after: () => [{ at: 1_970 } as never],
    clockSync: { atSeconds: 1_990, offsetSeconds: 0.5, roundTripSeconds: 0.1 },
  },
  readers: { state: 'working', readers: [{ name: 'Leser für 张三', state: 'ready' }], restarts: 0 },
  ...{ scanner: 'connected' as const, door: 'none' as const },
  settings: { revision: 0, refused: undefined },
  ...{ tlsUntilMs: undefined, faults: [] },
};

/** A clock that moves when somebody waits. */
function waiting(rounds: number) {
  const ended = new AbortController();
  let nowMs = 0;
  let left = rounds;
  return {
    signal: ended.signal,
    nowMs: () => nowMs,
    wait: async (ms: number) => {
      nowMs += ms;
      left -= 1;
      if (left <= 0) ended.abort();
    },
  };
}

describe('a report', () => {
  it('fits what the verifier takes, and holds no letters of a reader’s name beyond ASCII', () => {
    const body = agentReport(sources);
    expect(zAgentReport.parse(body)).toEqual(body);
    expect(body.readers?.readers[0]?.name).toBe('Leser f?r ??');
    expect(body.journal).toEqual({ whole: true, waiting: 3, oldest_seconds: 30 });
    expect(body.clock).toMatchObject({ offset_ms: 500, reliable: true });
  });
  it('says so where the clock is before the package', () => {
    expect(agentReport({ ...sources, nowSeconds: 1_000 }).clock.reliable).toBe(false);
  });
});

describe('reporting', () => {
  const run = async (rounds: number, collect: (nowMs: number) => AgentReportBody, fails = false) => {
    const time = waiting(rounds);
    const sent: number[] = [];
    const faults: unknown[] = [];
    await reportHealth({
      ...{ ...time, collect: () => collect(time.nowMs()), intervalMs: () => 60_000, random: () => 0.5 },
      send: async () => {
        sent.push(time.nowMs());
        if (fails) throw new Error('away');
      },
      onFault: (error) => faults.push(error),
    });
    return { sent, faults };
  };
  it('happens at the start and once a minute', async () => {
    expect((await run(65, () => agentReport(sources))).sent).toEqual([0, 60_000, 120_000]);
  });
  it('happens at once when a state changes, not when an age does', async () => {
    const collect = (nowMs: number) =>
      agentReport({
        ...{ ...sources, uptimeSeconds: nowMs, scanner: nowMs < 10_000 ? ('connected' as const) : ('lost' as const) },
      });
    expect((await run(15, collect)).sent).toEqual([0, 10_000]);
  });
  it('asks a verifier that is away no more often', async () => {
    const { sent, faults } = await run(35, () => agentReport(sources), true);
    expect([sent, faults.length]).toEqual([[0, 60_000], 2]);
  });
});

describe('renewal', () => {
  const day = 86_400_000;
  const run = async (rounds: number, endsMs: number | undefined, answer: () => Promise<'kept' | 'no-listener'>) => {
    const time = waiting(rounds);
    const asked: number[] = [];
    await renewCertificate({
      ...{ ...time, endsMs: () => endsMs, onFault: () => {} },
      renew: async () => {
        asked.push(time.nowMs());
        return answer();
      },
    });
    return asked;
  };
  it('waits until 30 days before the end', async () => {
    const [first] = await run(400, 40 * day, async () => 'kept');
    expect(first).toBe(10 * day + 3_600_000);
  });
  it('gets the first one at once, and asks daily where there is no listener', async () => {
    expect(await run(3, undefined, async () => 'no-listener')).toEqual([0, day, 2 * day]);
  });
  it('tries again after ten minutes', async () => {
    expect(await run(3, undefined, () => Promise.reject(new Error('away')))).toEqual([0, 600_000, 1_200_000]);
  });
});

describe('readers after a change', () => {
  const of = (state: ReadersHealth['state'], names = ['A']): ReadersHealth => ({
    ...{ state, restarts: 0, readers: names.map((name) => ({ name, state: 'ready' as const })) },
  });
  const wait = async () => {};
  it('came up where they work, where none are wanted, and where they did not work before', async () => {
    await expect(readersCameUp(of('working'), () => of('working'), wait)).resolves.toBeUndefined();
    await expect(readersCameUp(of('working'), () => undefined, wait)).resolves.toBeUndefined();
    await expect(readersCameUp(of('failing'), () => of('no-daemon'), wait)).resolves.toBeUndefined();
  });
  it.each<[string, ReadersHealth | undefined, ReadersHealth, string]>([
    ['the binding is missing', undefined, of('not-installed', []), 'readers-not-started'],
    ['no daemon', of('working'), of('no-daemon', []), 'readers-not-started'],
    ['never beyond starting', undefined, of('starting', []), 'readers-not-started'],
    ['none of that name', of('working'), of('working', []), 'readers-not-found'],
  ])('did not [%s]', async (_, before, after, code) => {
    await expect(readersCameUp(before, () => after, wait)).rejects.toMatchObject({ code });
  });
});

describe('the log of faults', () => {
  it('keeps the ten newest codes, newest first, and counts', () => {
    let now = 0;
    const log = createFaultLog(() => now);
    for (const code of ['a', 'b', 'a']) {
      now += 1;
      log.note(code);
    }
    expect(log.list()).toEqual([
      { code: 'a', at: 3, times: 2 },
      { code: 'b', at: 2, times: 1 },
    ]);
    for (let n = 0; n < 12; n += 1) log.note(`c${n}`);
    expect(log.list()).toHaveLength(10);
    expect(log.list()[0]?.code).toBe('c11');
  });
});
