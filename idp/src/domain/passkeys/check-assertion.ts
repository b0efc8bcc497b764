import { createHash, timingSafeEqual } from 'node:crypto';
import { parseAuthenticatorData, verifySignature } from '@simplewebauthn/server/helpers';
import type { ClientData } from './client-data.js';
import type { PasskeyLevel } from './passkey.js';
import type { Assertion } from './z-responses.js';

export interface KnownCredential {
  passkeyId: string;
  accountId: string;
  publicKey: Uint8Array;
  level: PasskeyLevel;
  /** What the authenticator was given to know the account by. */
  handle: Uint8Array;
}

/** Our own place: the address people open, exactly. */
export interface Place {
  /** Host of the public address, without port. */
  rpId: string;
  origin: string;
}

export type AssertionOutcome = { counter: number } | { refused: string };

/**
 * Proves that the credential's key signed this challenge, here, with the person checked by the device (WebAuthn §7.2,
 * steps 6 to 21), and that the handle is its account's. `client` was read from the assertion, and its challenge has been
 * used up by the caller: only a challenge of ours is. It does not prove that the counter went forward: the store does, in
 * the statement that writes it. `refused` is for the log.
 */
export async function checkAssertion(
  assertion: Assertion,
  client: ClientData,
  credential: KnownCredential,
  place: Place,
): Promise<AssertionOutcome> {
  const { response } = assertion;
  if (!sameBytes(Buffer.from(response.userHandle, 'base64url'), credential.handle))
    return { refused: 'user handle of another account' };
  if (client.type !== 'webauthn.get') return { refused: 'type' };
  if (client.origin !== place.origin) return { refused: 'origin' };
  const authenticator = Buffer.from(response.authenticatorData, 'base64url');
  const parsed = parseOrUndefined(authenticator);
  if (parsed === undefined) return { refused: 'authenticator data' };
  const { flags, rpIdHash, counter } = parsed;
  if (!sameBytes(rpIdHash, digest(Buffer.from(place.rpId)))) return { refused: 'rpId' };
  if (!flags.up) return { refused: 'person not present' };
  if (!flags.uv) return { refused: 'person not verified' };
  if (flags.bs && !flags.be) return { refused: 'backed up without being eligible' };
  const signed = Buffer.concat([authenticator, digest(Buffer.from(response.clientDataJSON, 'base64url'))]);
  if (!(await isSignedBy(credential.publicKey, signed, Buffer.from(response.signature, 'base64url'))))
    return { refused: 'signature' };
  // §7.2 step 19: backup eligibility never changes; a key that was bound to its device must stay so.
  if (flags.be !== (credential.level === 'synced-passkey')) return { refused: 'backup eligibility changed' };
  return { counter };
}

/** A signature of another form, or a key that is none, is no signature. */
export async function isSignedBy(coseKey: Uint8Array, data: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    return await verifySignature({
      credentialPublicKey: new Uint8Array(coseKey),
      data: new Uint8Array(data),
      signature: new Uint8Array(signature),
    });
  } catch {
    return false;
  }
}

function parseOrUndefined(bytes: Uint8Array): ReturnType<typeof parseAuthenticatorData> | undefined {
  try {
    return parseAuthenticatorData(new Uint8Array(bytes));
  } catch {
    return undefined;
  }
}

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const sameBytes = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && timingSafeEqual(left, right);
