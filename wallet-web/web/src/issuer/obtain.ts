import { decodeBase64url, type StudentIdClaims } from '@lanyard/protocol';
import type {
  CredentialFormat,
  DeferredBatch,
  DeliveredBatch,
  Face,
  GateKey,
  HeldCredential,
  IssuerEndpoints,
  PublicJwk,
} from '../storage/kept.js';
import type { Clock } from '../time/corrected-clock.js';
import { CredentialProblem, checkPass, checkStudentId, portraitBytes } from './check-credential.js';
import { type DeferredBatches, IssuanceDeferred } from './deferred.js';
import type { CallIssuer } from './holder-line.js';
import { ask, readJson, ServiceRefusal } from './refusal.js';
import { generateProofKey, type ProofKey, signHolderProof } from './sign-proof.js';
import { wellKnown } from './well-known.js';

export const STUDENT_ID = 'student-id-sd-jwt';
export const STUDENT_ID_MDOC = 'student-id-mdoc';
export const STUDENT_PASS = 'student-pass';
/** Copies in a full wallet: each is shown once, so that showings cannot be linked. */
export const FULL_COPIES: Record<string, number> = { [STUDENT_ID]: 10, [STUDENT_ID_MDOC]: 10, [STUDENT_PASS]: 8 };

export interface ObtainDeps {
  readonly call: CallIssuer;
  readonly endpoints: IssuerEndpoints;
  readonly clock: Clock;
  readonly identifiers?: Readonly<Record<string, string>> | undefined;
  /** What the claim waits for; a refill waits for nothing and asks again another day. */
  readonly deferred?: DeferredBatches;
}

/** A batch as it came: nothing of it is checked. */
export interface Batch {
  readonly credentials: readonly { readonly credential: string; readonly key: ProofKey }[];
  readonly notificationId: string | undefined;
}

/** A batch that did not pass the checks; its issuer is told. */
export class BatchProblem extends CredentialProblem {
  constructor(
    readonly notificationId: string | undefined,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : 'unknown', { cause });
  }
}

export async function nonceOf({ nonce }: IssuerEndpoints): Promise<string | undefined> {
  if (nonce === undefined) return undefined;
  return (await readJson<{ c_nonce: string }>(await ask(nonce, { method: 'POST' }))).c_nonce;
}

interface BatchAnswer {
  credentials?: { credential?: unknown }[];
  notification_id?: unknown;
  transaction_id?: unknown;
  interval?: unknown;
}

/**
 * Asks for `count` copies, each with a fresh key (OpenID4VCI 1.0 §8), or for those that an earlier request waits for.
 * @throws IssuanceDeferred, ServiceRefusal, CredentialProblem
 */
export async function requestBatch(deps: ObtainDeps, configuration: string, count: number): Promise<Batch> {
  const waiting = await deps.deferred?.find(configuration);
  const delivered = waiting === undefined ? undefined : await fetchDeferred(deps, waiting);
  if (waiting !== undefined && delivered !== undefined) return batchOf(waiting.keys, delivered);
  const { endpoints, clock, identifiers } = deps;
  const keys = await Promise.all(Array.from({ length: count }, generateProofKey));
  const proof = {
    audience: endpoints.issuer,
    nonce: await nonceOf(endpoints),
    typ: 'openid4vci-proof+jwt',
  } as const;
  const jwt = await Promise.all(keys.map((key) => signHolderProof(key, proof, clock.nowSeconds())));
  const identifier = identifiers?.[configuration];
  const answer = await deps.call<BatchAnswer>(endpoints.credential, {
    body: {
      ...(identifier === undefined
        ? { credential_configuration_id: configuration }
        : { credential_identifier: identifier }),
      proofs: { jwt },
    },
  });
  const { transaction_id: transactionId } = answer;
  if (transactionId === undefined) return batchOf(keys, deliveryOf(answer));
  await deps.deferred?.keep({ configuration, transactionId: String(transactionId), keys });
  throw new IssuanceDeferred(answer.interval);
}

/**
 * What was waited for; undefined where the issuer knows nothing of it any more, so that it has to be asked for anew.
 * It is delivered once, so it is kept before anything else is done with it.
 * @throws IssuanceDeferred, ServiceRefusal
 */
async function fetchDeferred(deps: ObtainDeps, waiting: DeferredBatch): Promise<DeliveredBatch | undefined> {
  const { configuration, transactionId } = waiting;
  if (waiting.delivered !== undefined) return waiting.delivered;
  if (deps.endpoints.deferred === undefined) return undefined;
  try {
    const answer = await deps.call<BatchAnswer>(deps.endpoints.deferred, { body: { transaction_id: transactionId } });
    if (answer.transaction_id !== undefined) throw new IssuanceDeferred(answer.interval);
    const delivered = deliveryOf(answer);
    await deps.deferred?.keep({ ...waiting, delivered });
    return delivered;
  } catch (error) {
    if (error instanceof IssuanceDeferred || !(error instanceof ServiceRefusal) || !GONE.includes(error.code))
      throw error;
    await deps.deferred?.drop(configuration);
    if (error.code !== 'invalid_transaction_id') throw error;
    return undefined;
  }
}

/** Answers after which a transaction is of no use (§9.3). */
const GONE = ['invalid_transaction_id', 'credential_request_denied'];

function deliveryOf({ credentials, notification_id: id }: BatchAnswer): DeliveredBatch {
  return {
    credentials: Array.isArray(credentials) ? credentials.map(({ credential }) => String(credential)) : [],
    notificationId: typeof id === 'string' && id !== '' ? id : undefined,
  };
}

function batchOf(keys: readonly ProofKey[], { credentials: texts, notificationId }: DeliveredBatch): Batch {
  if (texts.length === 0 || texts.length > keys.length) throw new CredentialProblem('count');
  const credentials = keys.slice(0, texts.length).map((key, index) => ({ key, credential: texts[index] ?? '' }));
  return { credentials, notificationId };
}

/** A batch of copies of our own issuer, all checked. Nothing is stored here. @throws BatchProblem */
export async function obtainCopies(
  deps: ObtainDeps,
  configuration: string,
  count = FULL_COPIES[configuration] ?? 1,
): Promise<{ held: HeldCredential[]; face: Face | undefined; notificationId: string | undefined }> {
  const { endpoints, clock } = deps;
  const batch = await requestBatch(deps, configuration, count);
  const { notificationId } = batch;
  try {
    const check = await checkerOf(configuration, endpoints.issuer, clock);
    const held: HeldCredential[] = [];
    let face: Face | undefined;
    for (const { credential, key } of batch.credentials) {
      const { claims, ...checked } = await check(credential, key.jwk);
      held.push({
        ...{ configuration, issuer: endpoints.issuer, credential, privateKey: key.privateKey, ...checked },
        ...(notificationId === undefined ? {} : { notificationId }),
      });
      face ??= claims === undefined ? undefined : faceOf(claims, checked.expiresAtSeconds, deps);
    }
    return { held, face, notificationId };
  } catch (cause) {
    throw new BatchProblem(notificationId, cause);
  }
}

type Check = (
  credential: string,
  ownKey: PublicJwk,
) => Promise<{
  claims: Partial<StudentIdClaims> | undefined;
  expiresAtSeconds: number;
  format?: CredentialFormat;
  signer?: string;
}>;

async function checkerOf(configuration: string, issuer: string, clock: Clock): Promise<Check> {
  if (configuration === STUDENT_PASS) {
    return async (credential, ownKey) => ({ claims: undefined, ...checkPass(credential, ownKey) });
  }
  const issuerKeys = await issuerKeysOf(issuer);
  if (configuration === STUDENT_ID_MDOC) {
    const { checkStudentIdMdoc } = await import('./check-mdoc.js');
    return async (credential, ownKey) => ({
      ...(await checkStudentIdMdoc(credential, { ownKey, issuerKeys, nowSeconds: clock.nowSeconds() })),
      format: 'mso_mdoc',
    });
  }
  return async (credential, ownKey) => ({
    ...(await checkStudentId(credential, { issuer, ownKey, issuerKeys })),
    format: 'dc+sd-jwt',
  });
}

function faceOf(all: Partial<StudentIdClaims>, expiresAtSeconds: number, { endpoints, clock }: ObtainDeps): Face {
  const { portrait: _, ...claims } = all;
  return {
    issuer: endpoints.issuer,
    issuerName: endpoints.name,
    claims,
    portrait: portraitBytes(all),
    expiresAtSeconds,
    receivedAtMs: clock.nowMs(),
  };
}

/** Keys of an issuer (SD-JWT VC, `/.well-known/jwt-vc-issuer`). @throws CredentialProblem, ServiceRefusal, NoAnswer */
export async function issuerKeysOf(issuer: string): Promise<Record<string, unknown>[]> {
  const answer = await ask(wellKnown(issuer, 'jwt-vc-issuer'));
  const body = await readJson<{ issuer?: unknown; jwks?: { keys?: Record<string, unknown>[] } }>(answer);
  if (body.issuer !== issuer) throw new CredentialProblem('issuer metadata');
  return body.jwks?.keys ?? [];
}

/** A fresh gate key, enrolled: from now on gates know this phone, and a former key runs out. */
export async function enrolGateKey(deps: ObtainDeps): Promise<GateKey> {
  const { endpoints, clock } = deps;
  const key = await generateProofKey();
  const proof = {
    audience: endpoints.issuer,
    nonce: await nonceOf(endpoints),
    typ: 'lanyard-gate-key-proof+jwt',
  } as const;
  const answer = await deps.call<{ link_key: string; key_day: number; renew_after: number }>(
    `${endpoints.issuer}/v1/gate-keys`,
    { body: { proof: await signHolderProof(key, proof, clock.nowSeconds()) } },
  );
  const linkKey = decodeBase64url(answer.link_key);
  if (linkKey.length !== 16 || !Number.isInteger(answer.key_day)) throw new CredentialProblem('gate key');
  return { privateKey: key.privateKey, linkKey, keyDay: answer.key_day, renewAfter: answer.renew_after };
}
