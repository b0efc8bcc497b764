import { type RegistrationResponseJSON, verifyRegistrationResponse } from '@simplewebauthn/server';
import type { Place } from './check-assertion.js';
import type { PasskeyLevel } from './passkey.js';
import type { Registration } from './z-responses.js';

/** ES256 and RS256: what phones, security keys and Windows Hello have. */
export const KEY_ALGORITHMS = [-7, -257];

export interface NewCredential {
  credentialId: Uint8Array;
  publicKey: Uint8Array;
  counter: number;
  level: PasskeyLevel;
  transports: string[];
}

/**
 * Proves that a new key was made here for this challenge with the person checked by the device (WebAuthn §7.1). It does
 * not prove what kind of device made it: no attestation is asked for, and the backup flag is the device's word.
 */
export async function checkRegistration(
  registration: Registration,
  expected: Place & { challenge: string },
): Promise<NewCredential | { refused: string }> {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: registration as unknown as RegistrationResponseJSON,
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.origin,
      expectedRPID: expected.rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: KEY_ALGORITHMS,
    });
    if (!verified) return { refused: 'attestation' };
    const { credential, credentialDeviceType } = registrationInfo;
    return {
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: credential.publicKey,
      counter: credential.counter,
      level: credentialDeviceType === 'multiDevice' ? 'synced-passkey' : 'device-passkey',
      transports: registration.response.transports,
    };
  } catch (error) {
    return { refused: (error as Error).message };
  }
}
