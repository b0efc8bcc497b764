import type { Sign } from '@lanyard/protocol';
import { createCallerToken } from '../auth/create-caller-token.js';
import type { SendRequest } from '../net/mutual-tls-fetch.js';
import type { Clock } from '../time/clock.js';

/** An answer that was not a success: the other service's problem, or that it could not be reached. */
export class ServiceCallError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    options?: { cause?: unknown; problem?: unknown },
  ) {
    super(`service call failed: ${status} ${code}`, { cause: options?.cause });
    this.problem = options?.problem;
  }
  readonly problem: unknown;
}

export interface CallOptions {
  method?: string;
  /** JSON, or bytes as they are. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeoutMs?: number;
  actor?: string;
}

/** Calls another service as `caller`, each call with a token of its own. */
export interface ServiceClient {
  json<T>(path: string, options?: CallOptions): Promise<T>;
  raw(path: string, options?: CallOptions): Promise<Response>;
}

export function createServiceClient(options: {
  /** Looked up at each call where it may change. */
  baseUrl: string | (() => string);
  audience: string;
  caller: string;
  sign: Sign;
  clock: Clock;
  /** In place of `fetch`, such as one with a client certificate; undefined at the moment: `fetch`. */
  send?: () => SendRequest | undefined;
}): ServiceClient {
  const baseUrl = options.baseUrl;
  const baseOf = typeof baseUrl === 'string' ? () => baseUrl : baseUrl;
  const raw = async (path: string, call: CallOptions = {}): Promise<Response> => {
    const token = createCallerToken({
      caller: options.caller,
      audience: options.audience,
      sign: options.sign,
      nowSeconds: options.clock.nowSeconds(),
    });
    const timeout = AbortSignal.timeout(call.timeoutMs ?? 10_000);
    const isBytes = call.body instanceof Uint8Array;
    let response: Response;
    try {
      const send = options.send?.();
      const init = {
        method: call.method ?? 'GET',
        headers: {
          Authorization: `Bearer ${token}`,
          ...(call.body === undefined || isBytes ? {} : { 'Content-Type': 'application/json' }),
          ...(call.actor === undefined ? {} : { 'Lanyard-Actor': call.actor }),
          ...call.headers,
        },
        ...(call.body === undefined
          ? {}
          : { body: isBytes ? Buffer.from(call.body as Uint8Array) : JSON.stringify(call.body) }),
        signal: call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]),
      };
      const url = new URL(path, baseOf());
      response = await (send === undefined ? fetch(url, { ...init, redirect: 'error' }) : send(url, init));
    } catch (cause) {
      throw new ServiceCallError(0, 'unreachable', { cause });
    }
    if (!response.ok && response.status !== 304) {
      const problem: unknown = await response.json().catch(() => undefined);
      const code =
        typeof problem === 'object' && problem !== null && 'code' in problem ? String(problem.code) : 'unknown';
      throw new ServiceCallError(response.status, code, { problem });
    }
    return response;
  };
  return { raw, json: async <T>(path: string, call?: CallOptions) => (await (await raw(path, call)).json()) as T };
}
