import { expect, it } from 'vitest';
import { startCodeTurns, TURN_MS } from '../../web/src/present/code-turns.js';

/** Timers and frames that move only when they are told to. */
function createHost() {
  let nowMs = 0;
  let ids = 0;
  const timers = new Map<number, { atMs: number; work: () => void }>();
  const frames: (() => void)[] = [];
  return {
    setTimeout: (work: () => void, ms: number) => {
      ids += 1;
      timers.set(ids, { atMs: nowMs + ms, work });
      return ids;
    },
    clearTimeout: (id: number) => void timers.delete(id),
    frame: (work: () => void) => void frames.push(work),
    waiting: () => timers.size,
    async draw() {
      await Promise.resolve();
      await Promise.resolve();
      for (const work of frames.splice(0)) work();
    },
    pass(ms: number) {
      nowMs += ms;
      for (const [id, timer] of timers) {
        if (timer.atMs > nowMs) continue;
        timers.delete(id);
        timer.work();
      }
    },
  };
}

function start(make?: () => Promise<string>) {
  const host = createHost();
  const shown: string[] = [];
  const failed: unknown[] = [];
  let count = 0;
  const turns = startCodeTurns(
    {
      make:
        make ??
        (async () => {
          count += 1;
          return `code ${count}`;
        }),
      show: (code) => shown.push(code),
      fail: (error) => failed.push(error),
    },
    host,
  );
  return { host, shown, failed, turns };
}

it('makes the first code at once and the next after ten seconds [not before]', async () => {
  const { host, shown } = start();
  await host.draw();
  host.pass(TURN_MS - 1);
  await host.draw();
  expect(shown).toEqual(['code 1']);
  host.pass(1);
  await host.draw();
  expect(shown).toEqual(['code 1', 'code 2']);
});

it('begins the ten seconds anew on a touch', async () => {
  const { host, shown, turns } = start();
  await host.draw();
  host.pass(6_000);
  turns.turnNow();
  await host.draw();
  host.pass(6_000);
  await host.draw();
  expect(shown).toEqual(['code 1', 'code 2']);
  expect(host.waiting()).toBe(1);
});

it('shows a code only in a frame, and never one that was overtaken', async () => {
  const { host, shown, turns } = start();
  turns.turnNow();
  expect(shown).toEqual([]);
  await host.draw();
  expect(shown).toEqual(['code 2']);
});

it('reports a failure [signing refused]', async () => {
  const { host, shown, failed } = start(() => Promise.reject(new Error('refused')));
  await host.draw();
  expect([shown.length, failed.length]).toEqual([0, 1]);
});

it('stops for good [a touch after it, a code under way]', async () => {
  const { host, shown, turns } = start();
  turns.stop();
  turns.turnNow();
  await host.draw();
  host.pass(TURN_MS * 3);
  await host.draw();
  expect([shown.length, host.waiting()]).toEqual([0, 0]);
});
