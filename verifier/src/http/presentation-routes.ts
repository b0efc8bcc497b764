import { randomBytes } from 'node:crypto';
import {
  type Authenticate,
  actorOf,
  type Caller,
  type Clock,
  createRoutes,
  Refusal,
  type WakeBell,
} from '@lanyard/platform';
import {
  CLIENT_ID_PREFIXES,
  type ClientIdPrefix,
  type DcqlQuery,
  DcqlQueryError,
  parseDcqlQuery,
  RESPONSE_MODES,
  type RequestPurpose,
  STUDENT_ID_VCT,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { certificateHash } from '@lanyard/protocol/x509';
import { z } from 'zod';
import type { RequestCertificates, RequestSigner } from '../adapters/request-certificates.js';
import { makeResponseKey } from '../adapters/response-encryption.js';
import { queryOfPurpose } from '../domain/presentations/purpose-query.js';
import { requestLink } from '../domain/presentations/request-object.js';
import { findPurpose } from '../domain/verifications/purposes.js';
import type { PresentationStore, PresentationView } from '../storage/presentation-store.js';
import { presentationAnswer } from './presentation-answer.js';

export interface PresentationDeps {
  authenticate: Authenticate;
  presentations: PresentationStore;
  certificates: RequestCertificates;
  bell: WakeBell;
  clock: Clock;
  verifierUrl: string;
  walletUrl: string;
  /** Origins of our own services: a presentation returns nowhere else. */
  returnOrigins: ReadonlySet<string>;
}

const callers = ['operator', 'service:idp', 'service:admin'] as const;
const ID_BYTES = 16;
const SECRET_BYTES = 24;
const MAX_WAIT_SECONDS = 25;
/** Another process may have taken the answer: the bell rings only in this one. */
const LOOK_AGAIN_MS = 2_000;

const zReason = z.string().trim().min(1).max(200);
const zRequest = z
  .strictObject({
    dcql_query: z.unknown().optional(),
    purpose: z.string().min(1).max(64).optional(),
    response_mode: z.enum(RESPONSE_MODES).default('direct_post.jwt'),
    client_id_prefix: z.enum(CLIENT_ID_PREFIXES).default('x509_san_dns'),
    flow: z.enum(['cross-device', 'same-device']).default('cross-device'),
    expires_in: z.number().int().min(30).max(600).default(300),
    return_url: z.string().max(2_048).optional(),
    /** What the wallet shows as the reason; a purpose of ours brings its own. */
    purpose_text: z.strictObject({ zh: zReason, en: zReason }).optional(),
  })
  .refine((body) => (body.dcql_query === undefined) !== (body.purpose === undefined), {
    message: 'either dcql_query or purpose',
  });
const zId = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });
const zRead = z.object({
  after: z.enum(['created', 'fetched', 'answered', 'expired']).optional(),
  wait: z.coerce.number().min(0).max(MAX_WAIT_SECONDS).default(0),
  response_code: z.string().min(1).max(128).optional(),
});

/** Asking for an online presentation, and what came of it (OpenID4VP 1.0, verifier side). */
export function createPresentationRoutes(deps: PresentationDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/presentation-requests',
      callers,
      body: zRequest,
      summary: 'A request for a presentation, for a wallet to fetch',
    },
    async ({ body, caller }) => {
      const query = body.purpose === undefined ? parseQuery(body.dcql_query) : queryOf(body.purpose);
      const returnUrl = checkReturnUrl(body.return_url, body.flow, deps.returnOrigins);
      const { signer, leaf, root } = await requireSigner(deps.certificates);
      const id = secret(ID_BYTES);
      const key = body.response_mode === 'direct_post.jwt' ? makeResponseKey() : undefined;
      const createdAtMs = deps.clock.nowMs();
      const expiresAtMs = createdAtMs + body.expires_in * 1000;
      const clientId = clientIdOf(body.client_id_prefix, leaf, deps.verifierUrl);
      await deps.presentations.create(
        {
          id,
          caller: callerOf(caller),
          purpose: body.purpose,
          purposeText: body.purpose_text ?? textOfPurpose(body.purpose),
          query,
          responseMode: body.response_mode,
          clientId,
          flow: body.flow,
          returnUrl,
          nonce: secret(SECRET_BYTES),
          walletState: secret(SECRET_BYTES),
          signer: { kid: signer.kid, leaf, root },
          encryptionKey: key === undefined ? undefined : { kid: key.jwk.kid, pkcs8: key.pkcs8 },
          createdAtMs,
          expiresAtMs,
        },
        actorOf(caller),
      );
      const requestUri = `${deps.verifierUrl}/openid4vp/requests/${id}`;
      return {
        status: 201,
        headers: { 'Cache-Control': 'no-store' },
        body: {
          id,
          authorization_request: requestLink('openid4vp://', clientId, requestUri),
          wallet_link: requestLink(`${deps.walletUrl}/present`, clientId, requestUri),
          request_uri: requestUri,
          expires_at: new Date(expiresAtMs).toISOString(),
        },
      };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/presentation-requests/:id',
      callers,
      params: zId,
      query: zRead,
      summary: 'State of a request; verdict and claims for the one who made it',
    },
    async ({ params: { id }, query, caller, signal }) => {
      const view = await waitFor(deps, id, caller, query, signal);
      const state = { id, state: view.state, expires_at: new Date(view.expiresAtMs).toISOString() };
      const headers = { 'Cache-Control': 'no-store' };
      if (query.response_code !== undefined) {
        const answer = await deps.presentations.redeem(id, query.response_code, actorOf(caller));
        if (answer === 'invalid') throw new Refusal('response-code-invalid');
        if (answer === 'used') throw new Refusal('response-code-used');
        return { headers, body: { ...state, ...presentationAnswer(view.query, answer) } };
      }
      if (view.state !== 'answered' || view.hasReturnUrl) return { headers, body: state };
      const answer = await deps.presentations.read(id, actorOf(caller));
      return { headers, body: { ...state, ...presentationAnswer(view.query, answer) } };
    },
  );
  return router;
}

async function waitFor(
  deps: PresentationDeps,
  id: string,
  caller: Caller,
  query: z.output<typeof zRead>,
  signal: AbortSignal,
): Promise<PresentationView> {
  const untilMs = deps.clock.nowMs() + query.wait * 1000;
  for (;;) {
    const view = await deps.presentations.view(id, callerOf(caller));
    if (view === undefined) throw new Refusal('presentation-request-not-found');
    const final = view.state === 'answered' || view.state === 'expired';
    const leftMs = untilMs - deps.clock.nowMs();
    if (final || view.state !== query.after || leftMs <= 0 || signal.aborted) return view;
    const endsInMs = Math.max(1, view.expiresAtMs - deps.clock.nowMs());
    await deps.bell.wait(Math.min(leftMs, LOOK_AGAIN_MS, endsInMs), signal);
  }
}

/** @throws Refusal `dcql-query-invalid` */
function parseQuery(value: unknown): DcqlQuery {
  let query: DcqlQuery;
  try {
    query = parseDcqlQuery(value);
  } catch (cause) {
    if (cause instanceof DcqlQueryError)
      throw new Refusal('dcql-query-invalid', { detail: `${cause.code}: ${cause.message}`, cause });
    throw cause;
  }
  // A type this verifier cannot verify would only ever be refused.
  const foreign = query.credentials.find(
    ({ format, meta }) => format !== 'dc+sd-jwt' || !meta.vct_values.includes(STUDENT_ID_VCT),
  );
  if (foreign !== undefined)
    throw new Refusal('dcql-query-invalid', { detail: `only dc+sd-jwt, and vct_values has to name ${STUDENT_ID_VCT}` });
  // An answer's chain is not looked at here yet, so nothing could ever match.
  if (query.credentials.some((one) => one.trusted_authorities !== undefined))
    throw new Refusal('dcql-query-invalid', { detail: 'trusted_authorities cannot be checked here' });
  return query;
}

function textOfPurpose(purposeId: string | undefined): RequestPurpose | undefined {
  const purpose = purposeId === undefined ? undefined : findPurpose(purposeId);
  return purpose === undefined ? undefined : { zh: purpose.name_zh, en: purpose.name_en };
}

/** @throws Refusal `purpose-unknown` */
function queryOf(purposeId: string): DcqlQuery {
  const purpose = findPurpose(purposeId);
  if (purpose === undefined) throw new Refusal('purpose-unknown');
  return queryOfPurpose(purpose);
}

/** @throws Refusal `return-url-required`, `return-url-not-allowed` */
function checkReturnUrl(
  text: string | undefined,
  flow: 'cross-device' | 'same-device',
  origins: ReadonlySet<string>,
): string | undefined {
  if (text === undefined) {
    if (flow === 'same-device') throw new Refusal('return-url-required');
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.username === '' && url.password === '' && url.hash === '';
  if (url === undefined || !plain || !origins.has(url.origin)) throw new Refusal('return-url-not-allowed');
  return url.toString();
}

/** @throws Refusal `request-certificate-missing` */
async function requireSigner(certificates: RequestCertificates): Promise<RequestSigner> {
  const ready = certificates.active();
  if (ready !== undefined) return ready;
  const failed = await certificates.renew().then(
    () => undefined,
    (cause: unknown) => ({ cause }),
  );
  const made = certificates.active();
  if (made === undefined) throw new Refusal('request-certificate-missing', failed);
  return made;
}

function clientIdOf(prefix: ClientIdPrefix, leaf: Uint8Array, verifierUrl: string): string {
  if (prefix === 'x509_hash') return `x509_hash:${certificateHash(leaf, nodeCrypto.sha256)}`;
  return `x509_san_dns:${new URL(verifierUrl).hostname}`;
}

/** Whose request it is; nobody else may read it. */
function callerOf(caller: Caller): string {
  return caller.kind === 'service' ? `service:${caller.id}` : caller.kind;
}

function secret(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
