import type { JSONWebKeySet } from 'jose';
import { type Credentials, createAccessTokens } from './access-tokens.js';
import type {
  Check,
  CheckRequest,
  CheckRequestState,
  Journey,
  RequestOptions,
  SandboxAnswered,
  Shown,
  Use,
} from './answers.js';
import { PartnerError } from './partner-error.js';
import { createReceipts } from './receipts.js';
import type { SendRequest } from './send.js';
import { createEventMemory, createWebhookVerifier, type EventMemory } from './webhooks.js';

export interface PartnerClientOptions {
  /** Of the verifier: what receipts and events name as their issuer. */
  readonly verifierUrl: string;
  /** Where calls go: the listener for client certificates. Absent: the verifier's own address. */
  readonly baseUrl?: string;
  readonly partnerId: string;
  readonly credentials: Credentials;
  /** Absent: `fetch`. */
  readonly send?: SendRequest;
  /** Absent: one in this process. */
  readonly memory?: EventMemory;
  readonly nowMs?: () => number;
  /** How long a call may take; long polls take as much longer as they wait. */
  readonly timeoutMs?: number;
}

const LONGEST_WAIT_SECONDS = 25;
const TRIES = 3;

/**
 * A client of the partner API. Calls that change something carry a key of their own and are sent again where nobody
 * answered: they count once. @throws PartnerError from every call
 */
export function createPartnerClient(options: PartnerClientOptions) {
  const verifierUrl = options.verifierUrl.replace(/\/$/, '');
  const baseUrl = (options.baseUrl ?? verifierUrl).replace(/\/$/, '');
  const nowMs = options.nowMs ?? Date.now;
  const send: SendRequest = options.send ?? ((url, init) => fetch(url, { ...init, redirect: 'error' }));
  const { partnerId } = options;
  const tokens = createAccessTokens({ baseUrl, partnerId, credentials: options.credentials, send, nowMs });

  async function once(
    method: string,
    path: string,
    init: { body?: object; key?: string; waitSeconds?: number },
    retried = false,
  ): Promise<Response> {
    const token = await tokens.get();
    const answer = await send(`${baseUrl}/partner/v1${path}`, {
      method,
      headers: {
        ...{ Authorization: `Bearer ${token}`, Accept: 'application/json' },
        ...(init.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(init.key === undefined ? {} : { 'Idempotency-Key': init.key }),
      },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
      signal: AbortSignal.timeout((options.timeoutMs ?? 10_000) + (init.waitSeconds ?? 0) * 1000),
    });
    if (answer.status !== 401 || retried) return answer;
    tokens.forget(token);
    return once(method, path, init, true);
  }

  async function call<T>(
    method: string,
    path: string,
    init: { body?: object; key?: string; waitSeconds?: number } = {},
  ): Promise<T> {
    for (let tried = 1; ; tried += 1) {
      let answer: Response;
      try {
        answer = await once(method, path, init);
      } catch (cause) {
        if (cause instanceof PartnerError) throw cause;
        // Nobody answered: it may have been done. With a key, or where nothing changes, it is sent again.
        if (tried < TRIES && (init.key !== undefined || method === 'GET')) continue;
        throw new PartnerError('unreachable', 0, {}, { cause });
      }
      if (answer.status === 204) return undefined as T;
      const body = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
      if (answer.ok) return body as T;
      const code = typeof body['code'] === 'string' ? body['code'] : 'unexpected-answer';
      throw new PartnerError(code, answer.status, body);
    }
  }
  const newKey = () => globalThis.crypto.randomUUID();
  const keysAt = (path: string) => async (): Promise<JSONWebKeySet> => {
    const answer = await send(`${baseUrl}/partner/v1/${path}`, {
      method: 'GET',
      headers: { Accept: 'application/json' },
    });
    if (!answer.ok) throw new PartnerError('keys-unavailable', answer.status);
    return (await answer.json()) as JSONWebKeySet;
  };
  const idOf = (id: string) => encodeURIComponent(id);
  const query = (values: Record<string, string | undefined>) => {
    const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  };

  async function readRequest(id: string, how: { waitSeconds?: number; responseCode?: string; session?: string } = {}) {
    const waitSeconds = Math.min(how.waitSeconds ?? 0, LONGEST_WAIT_SECONDS);
    const asked = {
      wait: waitSeconds === 0 ? undefined : String(waitSeconds),
      response_code: how.responseCode,
      session: how.session,
    };
    return call<CheckRequestState>('GET', `/check-requests/${idOf(id)}${query(asked)}`, { waitSeconds });
  }

  return {
    /** Is this a student? By a code that was scanned, or a campus card. `key`: one for each passenger, kept for repeats. */
    check: (purpose: string, shown: Shown, key: string = newKey()) =>
      call<Check>('POST', '/checks', { body: { purpose, ...shown }, key }),
    readCheck: (id: string) => call<Exclude<Check, { result: 'cannot-decide' }>>('GET', `/checks/${idOf(id)}`),
    /** A check the student agrees to in the wallet. */
    requestCheck: (asked: RequestOptions, key: string = newKey()) =>
      call<CheckRequest>('POST', '/check-requests', { body: asked, key }),
    /** In the sandbox: answers in the place of the student's wallet, as `SANDBOX:ELIGIBLE` and the others. */
    answerInSandbox: (id: string, person: string) =>
      call<SandboxAnswered>('POST', `/check-requests/${idOf(id)}/sandbox-answer`, { body: { person } }),
    /** What came of it; waits up to 25 seconds. With `same-device`, the response code the browser brought. */
    readRequest,
    /** Polls until it is answered or has ended. @throws PartnerError `timeout` */
    async waitForRequest(id: string, timeoutMs: number): Promise<Exclude<CheckRequestState, { state: 'open' }>> {
      const untilMs = nowMs() + timeoutMs;
      for (;;) {
        const leftSeconds = Math.max(0, Math.ceil((untilMs - nowMs()) / 1000));
        const state = await readRequest(id, { waitSeconds: leftSeconds });
        if (state.state !== 'open') return state;
        if (nowMs() >= untilMs) throw new PartnerError('timeout', 0);
      }
    },
    /** Is the passenger this student? */
    async matchPassenger(check: string, passenger: { name: string; document_number?: string }): Promise<boolean> {
      const answer = await call<{ passenger: string }>('POST', `/checks/${idOf(check)}/passenger`, { body: passenger });
      return answer.passenger === 'match';
    },
    /** Holds one use for half an hour and says what the student pays. */
    reserve: (check: string, journey: Journey, key: string = newKey()) =>
      call<Use>('POST', `/checks/${idOf(check)}/uses`, { body: journey, key }),
    redeem: (use: string, key: string = newKey()) => call<Use>('POST', `/uses/${idOf(use)}/redeem`, { body: {}, key }),
    release: (use: string, key: string = newKey()) =>
      call<Use>('POST', `/uses/${idOf(use)}/release`, { body: {}, key }),
    refund: (use: string, key: string = newKey()) => call<Use>('POST', `/uses/${idOf(use)}/refund`, { body: {}, key }),
    setCallback: (url: string, events: readonly string[]) =>
      call<{ callback: object }>('PUT', '/callback', { body: { url, events } }),
    testCallback: () => call<object>('POST', '/callback/test'),
    /** Evidence, verified under the verifier's published keys. */
    receipts: createReceipts({ issuer: verifierUrl, partnerId, fetchKeys: keysAt('receipt-keys'), nowMs }),
    /** What comes to the callback. */
    webhooks: createWebhookVerifier({
      ...{ issuer: verifierUrl, partnerId, fetchKeys: keysAt('webhook-keys'), nowMs },
      memory: options.memory ?? createEventMemory(nowMs),
    }),
  };
}
export type PartnerClient = ReturnType<typeof createPartnerClient>;
