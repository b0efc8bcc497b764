import { randomBytes } from 'node:crypto';
import { actorOf, type Caller, type Clock, Refusal } from '@lanyard/platform';
import { type ClientIdPrefix, DC_API_SIGNED, DC_API_UNSIGNED, type RequestPurpose } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { certificateHash } from '@lanyard/protocol/x509';
import type { RequestCertificates, RequestSigner } from '../adapters/request-certificates.js';
import { makeResponseKey } from '../adapters/response-encryption.js';
import { requestLink } from '../domain/presentations/request-object.js';
import type { Purpose } from '../domain/verifications/purposes.js';
import type { NewPresentation, PresentationStore } from '../storage/presentation-store.js';
import { isEncrypted, planRequest } from './plan-request.js';
import type { PresentationRequestBody } from './presentation-request-body.js';
import type { SignRequest } from './sign-request.js';

export interface MakeDeps {
  presentations: PresentationStore;
  certificates: RequestCertificates;
  signRequest: SignRequest;
  clock: Clock;
  verifierUrl: string;
  walletUrl: string;
  /** Origins of our own services: a presentation returns nowhere else, and no other page asks over the API. */
  ownOrigins: ReadonlySet<string>;
}

const ID_BYTES = 16;
const SECRET_BYTES = 24;

/** Makes a request with a nonce, a state and a key of its own, and says how a wallet gets it. */
export async function makePresentation(
  deps: MakeDeps,
  body: PresentationRequestBody,
  caller: Caller,
): Promise<{ id: string; expires_at: string }> {
  const made = await preparePresentation(deps, body, callerOf(caller), body.expires_in);
  await deps.presentations.create(made, actorOf(caller));
  const { id } = made;
  const expiresAt = new Date(made.expiresAtMs).toISOString();
  return { id, expires_at: expiresAt, ...(made.origin === undefined ? linksOf(made, deps) : dcRequestOf(made, deps)) };
}

/** A request with everything it needs, not written down yet. */
export async function preparePresentation(
  deps: MakeDeps,
  body: PresentationRequestBody,
  caller: string,
  lifeSeconds: number,
): Promise<NewPresentation> {
  const plan = planRequest(body, deps.ownOrigins);
  const { signer, leaf, root } = await requireSigner(deps.certificates);
  const id = secret(ID_BYTES);
  const key = isEncrypted(plan.responseMode) ? makeResponseKey() : undefined;
  const createdAtMs = deps.clock.nowMs();
  return {
    id,
    caller,
    purpose: plan.purpose?.id,
    purposeText: body.purpose_text ?? textOf(plan.purpose),
    query: plan.query,
    responseMode: plan.responseMode,
    clientId: clientIdOf(plan.clientIdPrefix, leaf, deps.verifierUrl),
    flow: body.flow,
    profile: body.profile,
    requestUriMethod: plan.requestUriMethod,
    transactions: plan.transactions,
    origin: plan.origin,
    session: body.session,
    returnUrl: plan.returnUrl,
    nonce: secret(SECRET_BYTES),
    walletState: secret(SECRET_BYTES),
    signer: { kid: signer.kid, leaf, root },
    encryptionKey: key === undefined ? undefined : { kid: key.jwk.kid, pkcs8: key.pkcs8 },
    createdAtMs,
    expiresAtMs: createdAtMs + lifeSeconds * 1000,
  };
}

/** How a wallet gets a request. */
export function linksOf(made: NewPresentation, { verifierUrl, walletUrl }: MakeDeps) {
  const requestUri = `${verifierUrl}/openid4vp/requests/${made.id}`;
  const link = (base: string) => requestLink(base, made.clientId, requestUri, made.requestUriMethod);
  return {
    authorization_request: link('openid4vp://'),
    ...(made.profile === 'haip' ? { haip_authorization_request: link('haip-vp://') } : {}),
    wallet_link: link(`${walletUrl}/present`),
    request_uri: requestUri,
  };
}

/** What a page hands to `navigator.credentials.get({ digital })`: the wallet takes the form it knows. */
function dcRequestOf(made: NewPresentation, { signRequest }: MakeDeps) {
  return {
    dc_request: {
      requests: [
        { protocol: DC_API_SIGNED, data: { request: signRequest.forPage(made, 'signed') } },
        { protocol: DC_API_UNSIGNED, data: signRequest.forPage(made, 'unsigned') },
      ],
    },
  };
}

function textOf(purpose: Purpose | undefined): RequestPurpose | undefined {
  return purpose === undefined ? undefined : { zh: purpose.name_zh, en: purpose.name_en };
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
export function callerOf(caller: Caller): string {
  if (caller.kind !== 'service') return caller.kind;
  // Staff are one caller by their cookie: each sees his own.
  return caller.id === 'staff' ? `staff:${caller.actor ?? ''}` : `service:${caller.id}`;
}

function secret(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
