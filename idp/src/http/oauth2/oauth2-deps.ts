import type { Oauth2Store } from '../../storage/oauth2-store.js';
import type { FacadeDeps } from '../cas/cas-deps.js';

export interface Oauth2Deps extends FacadeDeps {
  /** `/oauth2.0`, `/cas/oauth2.0`; without a slash at the end. */
  prefixes: readonly string[];
  codes: Oauth2Store;
  /** Whether the secret is the one of the relying party; in the same time for every party and every secret. */
  checkClientSecret(relyingPartyId: string, secret: string): Promise<boolean>;
  /** Seconds. */
  codeLifeSeconds?: number;
  /** Seconds. */
  accessTokenLifeSeconds?: number;
}
