import type { Logger } from '../log/create-logger.js';
import { createMetrics } from './metrics.js';

/** Headers that go out with every answer. */
export const SAFE_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
];

export interface AnsweredRequest {
  requestId: string;
  method: string;
  route: string;
  status: number;
  ms: number;
  /** Counted and not logged: probes. */
  quiet?: boolean;
}

/** Counts and logs answered requests of one service, whichever server part answered them. */
export interface RequestLog {
  note(request: AnsweredRequest): void;
  /** The counters in the text format Prometheus reads. */
  render(): string;
}

export function createRequestLog(service: string, log: Logger): RequestLog {
  const metrics = createMetrics(service);
  return {
    note({ requestId, method, route, status, ms, quiet }) {
      metrics.count(method, status, ms / 1000);
      if (quiet !== true)
        log.info('request', { request_id: requestId, method, route, status, ms: Math.round(ms * 10) / 10 });
    },
    render: metrics.render,
  };
}
