import { type Clock, createServiceClient, ServiceCallError, zDecidedTaps } from '@lanyard/platform';
import { cannotDecide, reasons, type Sign, type Verdict } from '@lanyard/protocol';
import { z } from 'zod';
import type { CheckCardTaps } from '../domain/card-check.js';
import type { LoadPackage } from '../domain/follow-package.js';
import type { LoadPresented, PresentedTap } from '../domain/presented-taps.js';
import type { SendPassages } from '../domain/upload-journal.js';
import type { ClientKey } from './identity-store.js';
import type { TlsLine } from './tls-identity.js';

const waitSeconds = 25;
const longestPackageMs = 90_000;
const longestPresentedMs = 40_000;
/** Of a portrait in a presentation, in bytes; the issuer makes none over 12 kB. */
const maxPortraitBytes = 65_536;
/** A slower answer says too little about the time. */
const timeAnswerMs = 5_000;
const zAccepted = z.object({ accepted_up_to: z.number().int().min(0) });

/** Enrols with a one-time code; the answer is checked by whoever keeps it. */
export async function enrolAgent(
  verifierUrl: string,
  code: string,
  key: ClientKey,
  tlsRequest: string | undefined,
): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(new URL('/v1/agent-enrolments', verifierUrl), {
      method: 'POST',
      redirect: 'error',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code, public_jwk: key.jwk, tls_request: tlsRequest }),
      signal: AbortSignal.timeout(10_000),
    });
  } catch (cause) {
    throw new ServiceCallError(0, 'unreachable', { cause });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body;
  const problem = z.object({ code: z.string() }).safeParse(body);
  throw new ServiceCallError(response.status, problem.success ? problem.data.code : 'unknown');
}

export interface VerifierClient {
  readonly loadPackage: LoadPackage;
  readonly sendPassages: SendPassages;
  loadPortrait(portraitId: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
  readonly checkCardTaps: CheckCardTaps;
  readonly loadPresented: LoadPresented;
  /** The verifier's signed time over a nonce, as it came. */
  loadSignedTime(nonce: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  /** Has a certificate request signed; the answer is checked by whoever keeps it. */
  certify(request: string, signal: AbortSignal): Promise<unknown>;
  sendReport(report: object, signal: AbortSignal): Promise<void>;
}

const zPresented = z.object({
  presented: z
    .array(
      z.object({
        n: z.number().int().min(1),
        at: z.number().int().min(0),
        verdict: z.enum(['accepted', 'rejected', 'cannot-decide']),
        reason: z.string().max(64).optional(),
        name: z.string().max(128).optional(),
        portrait: z.base64url().optional(),
      }),
    )
    .max(20),
});
const gateReasons: ReadonlySet<string> = new Set(reasons);

/** Reasons that only presentations have are put into two the gate has words for. */
function presentedTap(told: z.output<typeof zPresented>['presented'][number]): PresentedTap {
  const { n, at, name, verdict, reason } = told;
  const jpeg = told.portrait === undefined ? undefined : new Uint8Array(Buffer.from(told.portrait, 'base64url'));
  const portrait = jpeg !== undefined && jpeg.length <= maxPortraitBytes ? jpeg : undefined;
  const facts = { n, at, name, portrait };
  if (verdict === 'accepted') return { said: reason === undefined ? { verdict } : cannotDecide('internal'), ...facts };
  if (reason !== undefined && gateReasons.has(reason)) return { said: { verdict, reason } as Verdict, ...facts };
  return { said: reason === 'declined' ? 'declined' : 'other', ...facts };
}

/** The verifier as an enrolled agent sees it; each call carries a caller token of its own. */
export function createVerifierClient(options: {
  verifierUrl: string;
  agentId: string;
  checkpointId: string;
  sign: Sign;
  clock: Clock;
  /** With a client certificate calls go to the listener for agents. */
  tls: Pick<TlsLine, 'current'>;
}): VerifierClient {
  const { agentId, sign, clock } = options;
  const client = createServiceClient({
    ...{ audience: 'verifier', caller: agentId, sign, clock },
    baseUrl: () => options.tls.current?.baseUrl ?? options.verifierUrl,
    send: () => options.tls.current?.send,
  });
  const base = `/v1/checkpoints/${encodeURIComponent(options.checkpointId)}`;
  return {
    async loadPackage(have, signal) {
      const path = `${base}/package?have=${have}&wait=${waitSeconds}`;
      const response = await client.raw(path, { signal, timeoutMs: longestPackageMs });
      if (response.status === 304) return undefined;
      return new Uint8Array(await response.arrayBuffer());
    },
    async sendPassages(entries, signal) {
      try {
        const answer = await client.json('/v1/passages', { method: 'POST', body: { entries }, signal });
        return zAccepted.parse(answer).accepted_up_to;
      } catch (error) {
        // A verifier that holds more than we thought (our position was lost) says so with its refusal.
        const held = error instanceof ServiceCallError ? zAccepted.safeParse(error.problem) : undefined;
        if (held?.success === true) return held.data.accepted_up_to;
        throw error;
      }
    },
    async checkCardTaps(taps, signal) {
      const answer = await client.json('/v1/card-taps', { method: 'POST', body: { taps }, signal });
      return zDecidedTaps.parse(answer).results.map((result) => {
        const { id, row, portrait_id, verdict, reason } = result;
        const known = verdict === 'accepted' ? reason === undefined : reason !== undefined;
        const said = known ? ({ verdict, reason } as Verdict) : cannotDecide('internal');
        return { ...said, id, row, portrait_id };
      });
    },
    async loadPresented(after, signal) {
      const path = `${base}/presented?after=${after}&wait=${waitSeconds}`;
      const answer = await client.json(path, { signal, timeoutMs: longestPresentedMs });
      return zPresented.parse(answer).presented.map(presentedTap);
    },
    async loadSignedTime(nonce, signal) {
      const response = await client.raw(`/v1/agent-time?nonce=${Buffer.from(nonce).toString('base64url')}`, {
        ...{ signal, timeoutMs: timeAnswerMs },
      });
      return new Uint8Array(await response.arrayBuffer());
    },
    certify: (request, signal) =>
      client.json(`/v1/agents/${encodeURIComponent(agentId)}/certificate`, {
        method: 'POST',
        body: { request },
        signal,
      }),
    async sendReport(report, signal) {
      await client.raw('/v1/agent-reports', { method: 'POST', body: report, signal });
    },
    async loadPortrait(portraitId, signal) {
      try {
        const response = await client.raw(`${base}/portraits/${Buffer.from(portraitId, 'hex').toString('base64url')}`, {
          signal,
        });
        return new Uint8Array(await response.arrayBuffer());
      } catch (error) {
        if (error instanceof ServiceCallError && error.status === 404) return undefined;
        throw error;
      }
    },
  };
}
