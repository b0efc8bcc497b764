import { Refusal } from '@lanyard/platform';
import type { Account } from '../../domain/accounts/account.js';
import { checkRegistration, KEY_ALGORITHMS, type NewCredential } from '../../domain/passkeys/check-registration.js';
import { readClientData } from '../../domain/passkeys/client-data.js';
import { zRegistration } from '../../domain/passkeys/z-responses.js';
import { CHALLENGE_SECONDS } from '../../storage/challenge-store.js';
import type { SignInDeps } from './sign-in-deps.js';

export type RegistrationDeps = Pick<SignInDeps, 'challenges' | 'passkeys' | 'place' | 'university' | 'log'>;

/** Options of a registration (WebAuthn §5.4), for somebody who has proved who he is. */
export async function registrationOptions(deps: RegistrationDeps, account: Account, binding: string) {
  const known = await deps.passkeys.listOf(account.id);
  const handle = await deps.passkeys.handleOf(account.id);
  return {
    rp: { id: deps.place.rpId, name: deps.university.name },
    user: { id: Buffer.from(handle).toString('base64url'), name: account.number, displayName: account.name },
    challenge: await deps.challenges.make({ ceremony: 'register', binding, accountId: account.id }),
    pubKeyCredParams: KEY_ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: CHALLENGE_SECONDS * 1000,
    // One passkey per authenticator: it would replace the old one without a word.
    excludeCredentials: known.map((passkey) => ({
      id: Buffer.from(passkey.credentialId).toString('base64url'),
      type: 'public-key',
      transports: passkey.transports,
    })),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: 'none',
    extensions: { credProps: true },
  };
}

/**
 * Checks an answer to {@link registrationOptions}; its challenge is used up whatever comes of it.
 * @throws Refusal `passkey-refused`
 */
export async function readRegistration(
  deps: RegistrationDeps,
  accountId: string,
  binding: string,
  body: unknown,
): Promise<NewCredential> {
  const refused = (detail: string) => {
    deps.log.info('passkey.refused', { detail });
    return new Refusal('passkey-refused');
  };
  const parsed = zRegistration.safeParse(body);
  const client = parsed.success ? readClientData(parsed.data.response.clientDataJSON) : undefined;
  if (!parsed.success || client === undefined) throw refused('malformed');
  if (!(await deps.challenges.consume(client.challenge, { ceremony: 'register', binding, accountId })))
    throw refused('challenge');
  const checked = await checkRegistration(parsed.data, { ...deps.place, challenge: client.challenge });
  if ('refused' in checked) throw refused(checked.refused);
  return checked;
}
