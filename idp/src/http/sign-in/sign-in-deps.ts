import { randomBytes } from 'node:crypto';
import type { AcrLevel } from '@lanyard/platform';
import {
  type Clock,
  type Database,
  type Logger,
  parseFormBody,
  parseJsonBody,
  Refusal,
  readBody,
} from '@lanyard/platform';
import type { Context } from 'koa';
import type { Interactions } from '../../adapters/provider/interactions.js';
import type { HomeUniversity } from '../../domain/accounts/research-names.js';
import type { Place } from '../../domain/passkeys/check-assertion.js';
import type { PasswordHashing } from '../../domain/passwords/hash-password.js';
import type { Notify } from '../../domain/recovery/notice.js';
import { placeOf } from '../../domain/sign-in/request-origin.js';
import type { AccountStore } from '../../storage/account-store.js';
import type { ChallengeStore } from '../../storage/challenge-store.js';
import type { EnrolmentPassStore } from '../../storage/enrolment-pass-store.js';
import type { PasskeyStore } from '../../storage/passkey-store.js';
import type { PasswordStore } from '../../storage/password-store.js';
import type { RecoveryStore } from '../../storage/recovery-store.js';
import type { SessionStore } from '../../storage/session-store.js';
import type { ThrottleStore } from '../../storage/throttle-store.js';

/** A server of the university that people may sign in with instead. */
export interface UpstreamChoice {
  id: string;
  name_zh: string;
  name_en: string;
  /** How much its word is worth. */
  level: AcrLevel;
}

export interface SignInDeps {
  db: Database;
  clock: Clock;
  log: Logger;
  place: Place;
  university: HomeUniversity & { name: string };
  interactions: Interactions;
  accounts: AccountStore;
  sessions: SessionStore;
  passkeys: PasskeyStore;
  challenges: ChallengeStore;
  passwords: PasswordStore;
  hashing: PasswordHashing;
  isCommonPassword: (password: string) => boolean;
  throttle: ThrottleStore;
  recovery: RecoveryStore;
  passes: EnrolmentPassStore;
  /** Password sign-in, only where the installation insists on it. */
  passwordsAllowed: boolean;
  upstreams: readonly UpstreamChoice[];
  /** Takes an account for the first time, once. */
  redeemClaimCode: (text: string) => Promise<{ accountId: string } | undefined>;
  notify: Notify;
}

const MAX_FORM_BYTES = 8_192;
const MAX_RESPONSE_BYTES = 32_768;
const BROWSER_COOKIE = 'lanyard_idp_known';
const BROWSER_DAYS = 400;

export const uidOf = (context: Context): string =>
  (context as Context & { params: Record<string, string> }).params['uid'] ?? '';
export const readForm = async (context: Context): Promise<Record<string, string>> =>
  parseFormBody(await readBody(context.req, MAX_FORM_BYTES));

/** The script's answer of an authenticator, as JSON; other types could be sent by other sites without asking. */
export async function readResponse(context: Context): Promise<unknown> {
  if (!context.is('application/json')) throw new Refusal('body-type-unsupported');
  return parseJsonBody(await readBody(context.req, MAX_RESPONSE_BYTES));
}

export function goTo(context: Context, address: string): void {
  context.status = 303;
  context.redirect(address);
}

/** The network a request comes from, as it is counted. */
export const networkOf = (context: Context): string => placeOf(context.ip);

/** The mark a browser got at an earlier sign-in. */
export const browserOf = (context: Context): string | undefined =>
  context.cookies.get(BROWSER_COOKIE, { signed: true });

/** After a proof: this browser is known from now on. The mark is the person's own, so it names nobody else. */
export async function noteBrowser(context: Context, deps: Pick<SignInDeps, 'passwords' | 'place'>, accountId: string) {
  const known = browserOf(context);
  const browser = known ?? randomBytes(24).toString('base64url');
  if (known === undefined)
    context.cookies.set(BROWSER_COOKIE, browser, {
      signed: true,
      httpOnly: true,
      sameSite: 'lax',
      secure: deps.place.origin.startsWith('https:'),
      maxAge: BROWSER_DAYS * 86_400_000,
      path: '/',
    });
  await deps.passwords.noteBrowser(accountId, browser);
}
