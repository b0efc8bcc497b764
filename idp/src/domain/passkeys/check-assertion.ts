import { timingSafeEqual } from 'node:crypto';
import { type AuthenticationResponseJSON, verifyAuthenticationResponse } from '@simplewebauthn/server';
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
 * steps 6 to 21), and that the handle is its account's. It does not prove that the counter went forward: the store does,
 * in the statement that writes it. `refused` is for the log.
 */
export async function checkAssertion(
  assertion: Assertion,
  credential: KnownCredential,
  expected: Place & { challenge: string },
): Promise<AssertionOutcome> {
  const handle = Buffer.from(assertion.response.userHandle, 'base64url');
  if (handle.length !== credential.handle.length || !timingSafeEqual(handle, credential.handle))
    return { refused: 'user handle of another account' };
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: assertion as AuthenticationResponseJSON,
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origin,
      expectedRPID: expected.rpId,
      requireUserVerification: true,
      // Below every counter: the order of counters is checked when it is written.
      credential: { id: assertion.id, publicKey: new Uint8Array(credential.publicKey), counter: -1 },
    });
    if (!verified) return { refused: 'signature' };
    const synced = authenticationInfo.credentialDeviceType === 'multiDevice';
    // §7.2 step 19: backup eligibility never changes; a key that was bound to its device must stay so.
    if (synced !== (credential.level === 'synced-passkey')) return { refused: 'backup eligibility changed' };
    return { counter: authenticationInfo.newCounter };
  } catch (error) {
    return { refused: (error as Error).message };
  }
}
