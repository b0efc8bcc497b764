import type Router from '@koa/router';
import type { Authenticate, Clock, Database, Logger } from '@lanyard/platform';
import { toString as qrToString } from 'qrcode';
import type { OwnThingsClient } from '../../adapters/own-things.js';
import type { Interactions } from '../../adapters/provider/interactions.js';
import type { HomeUniversity } from '../../domain/accounts/research-names.js';
import { createCommonPasswords } from '../../domain/passwords/common-passwords.js';
import { createPasswordHashing } from '../../domain/passwords/hash-password.js';
import type { Notify } from '../../domain/recovery/notice.js';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';
import type { AccountStore } from '../../storage/account-store.js';
import { openBreachedPasswords } from '../../storage/breached-passwords.js';
import { createChallengeStore } from '../../storage/challenge-store.js';
import type { ConsentStore } from '../../storage/consent-store.js';
import { createEnrolmentPassStore } from '../../storage/enrolment-pass-store.js';
import { createPasskeyStore } from '../../storage/passkey-store.js';
import { createPasswordStore } from '../../storage/password-store.js';
import { createRecoveryCaseStore } from '../../storage/recovery-case-store.js';
import { createRecoveryStore } from '../../storage/recovery-store.js';
import type { SessionStore } from '../../storage/session-store.js';
import type { ThrottleStore } from '../../storage/throttle-store.js';
import { createAccountPageRoutes } from '../account/account-routes.js';
import { createOwnThingsRoutes } from '../account/own-things-routes.js';
import { createRecoveryRoutes } from '../account/recovery-routes.js';
import { createWaysInRoutes } from '../account/ways-in-routes.js';
import type { AccountSessions } from '../account-session.js';
import type { SignInDeps, UpstreamChoice } from './sign-in-deps.js';
import { createSignInRoutes } from './sign-in-routes.js';

export interface SignInParts {
  db: Database;
  clock: Clock;
  log: Logger;
  /** Public address of the layer. */
  issuer: string;
  university: HomeUniversity & { name: string };
  throttle: ThrottleStore;
  /** 32 bytes, from the key file. */
  recoveryKey: Uint8Array;
  authenticate: Authenticate;
  interactions: Interactions;
  accountSessions: AccountSessions;
  accounts: AccountStore;
  sessions: SessionStore;
  consents: ConsentStore;
  findParty: (id: string) => Promise<RelyingParty | undefined>;
  passwordsAllowed: boolean;
  /** Sorted SHA-1 digests of leaked passwords; empty for the built-in list alone. */
  breachedPasswordsFile: string;
  upstreams: readonly UpstreamChoice[];
  redeemClaimCode: SignInDeps['redeemClaimCode'];
  notify: Notify;
  things: OwnThingsClient;
}

/** Sign-in, recovery and account pages with their stores. */
export async function createSignIn(parts: SignInParts): Promise<{ routers: Router[]; sweep: () => Promise<void> }> {
  const { db, clock } = parts;
  const address = new URL(parts.issuer);
  const isCommon = createCommonPasswords();
  const isBreached = openBreachedPasswords(parts.breachedPasswordsFile);
  const challenges = createChallengeStore(db, clock);
  const passes = createEnrolmentPassStore(db, clock);
  const recovery = createRecoveryStore(db, { key: parts.recoveryKey, clock });
  const deps = {
    ...parts,
    place: { rpId: address.hostname, origin: address.origin },
    passkeys: createPasskeyStore(db, clock),
    challenges,
    passwords: createPasswordStore(db, clock),
    hashing: await createPasswordHashing(),
    isCommonPassword: (password: string) => isCommon(password) || isBreached(password),
    recovery,
    passes,
  };
  return {
    routers: [
      ...createSignInRoutes(deps),
      createAccountPageRoutes(deps),
      createWaysInRoutes(deps),
      createOwnThingsRoutes({
        ...deps,
        drawQr: (text) => qrToString(text, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 }),
      }),
      createRecoveryRoutes({
        authenticate: parts.authenticate,
        accounts: parts.accounts,
        cases: createRecoveryCaseStore(db, {
          digest: recovery.digest,
          findAccount: (id) => parts.accounts.findById(id),
          clock,
        }),
        notify: parts.notify,
      }),
    ],
    async sweep() {
      for (const swept of [challenges, passes]) await swept.sweep();
    },
  };
}
