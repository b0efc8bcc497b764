import type { Wait } from '../follow-package.js';
import { type AgentReportBody, reportState } from './agent-report.js';

/** A change is looked for this often, so reports follow within it. */
const lookEveryMs = 2_000;
/** Jitter: a thousand agents that were started together must not report together. */
const spread = 0.2;

/**
 * Reports how this agent is until `signal` ends it: at the start, once an interval give or take a fifth, and when a
 * state has changed. A report that does not get through is not kept: the next one says more.
 */
export async function reportHealth(options: {
  collect: () => AgentReportBody;
  send: (report: AgentReportBody, signal: AbortSignal) => Promise<void>;
  /** Present interval in milliseconds, about. */
  intervalMs: () => number;
  /** From 0 to 1. */
  random: () => number;
  nowMs: () => number;
  onFault: (error: unknown) => void;
  wait: Wait;
  signal: AbortSignal;
}): Promise<void> {
  const { signal, nowMs } = options;
  let told: string | undefined;
  let nextMs = nowMs();
  while (!signal.aborted) {
    const report = options.collect();
    const state = reportState(report);
    if (state !== told || nowMs() >= nextMs) {
      nextMs = nowMs() + options.intervalMs() * (1 - spread + 2 * spread * options.random());
      try {
        await options.send(report, signal);
        told = state;
      } catch (error) {
        if (signal.aborted) return;
        // The state counts as told, so that a verifier that is away is asked once an interval only.
        told = state;
        options.onFault(error);
      }
    }
    await options.wait(lookEveryMs, signal);
  }
}
