import { createHash, timingSafeEqual } from 'node:crypto';

const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

/** A challenge of method S256 (RFC 7636 §4.2); `plain` is never taken. */
export function isS256Challenge(challenge: string, method: string | undefined): boolean {
  return method === 'S256' && CHALLENGE.test(challenge);
}

/**
 * Whether the verifier belongs to the challenge (RFC 7636 §4.6). A verifier where no challenge was is refused too: the
 * client meant to be protected and was not (RFC 9700 §4.8.2).
 */
export function verifierFits(challenge: string | undefined, verifier: string | undefined): boolean {
  if (challenge === undefined || verifier === undefined) return challenge === verifier;
  if (!VERIFIER.test(verifier)) return false;
  const made = createHash('sha256').update(verifier).digest();
  const wanted = Buffer.from(challenge, 'base64url');
  return made.length === wanted.length && timingSafeEqual(made, wanted);
}
