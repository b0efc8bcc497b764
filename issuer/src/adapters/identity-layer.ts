import { type Clock, ServiceCallError, type ServiceClient } from '@lanyard/platform';
import { isJsonObject, parseP256Jwk, type VerifyKey } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';

/** The second authorization server, as the issuer needs it. */
export interface IdentityLayer {
  /** Issuer identifier of its tokens. */
  readonly issuer: string;
  /** Its key of this kid. @throws IdentityLayerAway */
  findKey(kid: string): Promise<VerifyKey | undefined>;
  /** Student number behind a subject of its access tokens; undefined for who is no active student. @throws IdentityLayerAway */
  findStudentNumber(subject: string): Promise<string | undefined>;
}

/** It could not be asked: nothing is known, so nothing is granted and nothing is refused for good. */
export class IdentityLayerAway extends Error {}

const FRESH_MS = 5 * 60_000;
/** A made-up kid in a stranger's token must not make us ask each time. */
const ASK_AGAIN_MS = 5_000;
const TIMEOUT_MS = 10_000;
/** A closed account is noticed after this long; its tokens live five minutes at most anyway. */
const SUBJECT_FRESH_MS = 60_000;
const SUBJECTS_AT_MOST = 10_000;

export function createIdentityLayer(parts: { issuer: string; client: ServiceClient; clock: Clock }): IdentityLayer {
  const { issuer, client, clock } = parts;
  let keys: { byKid: ReadonlyMap<string, VerifyKey>; atMs: number } | undefined;
  const students = new Map<string, { number: string; atMs: number }>();
  return {
    issuer,
    async findKey(kid) {
      const ageMs = keys === undefined ? Number.POSITIVE_INFINITY : clock.nowMs() - keys.atMs;
      if (ageMs > FRESH_MS || (keys?.byKid.has(kid) === false && ageMs > ASK_AGAIN_MS))
        keys = { byKid: await fetchKeys(`${issuer}/jwks`), atMs: clock.nowMs() };
      return keys?.byKid.get(kid);
    },
    async findStudentNumber(subject) {
      const known = students.get(subject);
      if (known !== undefined && clock.nowMs() - known.atMs < SUBJECT_FRESH_MS) return known.number;
      students.delete(subject);
      const number = await askStudentNumber(client, subject);
      if (number === undefined) return undefined;
      if (students.size >= SUBJECTS_AT_MOST) students.clear();
      students.set(subject, { number, atMs: clock.nowMs() });
      return number;
    },
  };
}

async function askStudentNumber(client: ServiceClient, sub: string): Promise<string | undefined> {
  try {
    const answer = await client.json<{ student_number: string }>('/v1/issuance-subjects', {
      method: 'POST',
      body: { sub },
      timeoutMs: TIMEOUT_MS,
    });
    return answer.student_number;
  } catch (cause) {
    if (cause instanceof ServiceCallError && cause.status >= 400 && cause.status < 500) return undefined;
    throw new IdentityLayerAway('subjects', { cause });
  }
}

/** Only ES256 keys for signatures count; others in the set are for other clients. */
async function fetchKeys(address: string): Promise<ReadonlyMap<string, VerifyKey>> {
  let body: unknown;
  try {
    const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new TypeError(`key set: ${answer.status}`);
    body = await answer.json();
  } catch (cause) {
    throw new IdentityLayerAway('keys', { cause });
  }
  const byKid = new Map<string, VerifyKey>();
  const listed = isJsonObject(body) && Array.isArray(body.keys) ? body.keys : [];
  for (const jwk of listed) {
    if (!isJsonObject(jwk) || typeof jwk.kid !== 'string' || jwk.alg !== 'ES256') continue;
    const key = nodeCrypto.importVerifyKey(parseP256Jwk(jwk).compressed);
    if (key !== undefined) byKid.set(jwk.kid, key);
  }
  return byKid;
}
