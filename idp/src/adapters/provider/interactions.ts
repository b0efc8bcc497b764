import { type AcrLevel, acrOf, appendAudit, type Clock, type Database, levelOf, Refusal } from '@lanyard/platform';
import type { Context } from 'koa';
import { errors, type Provider } from 'oidc-provider';
import { mayEnter } from '../../domain/accounts/account.js';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';
import type { SignInProof } from '../../domain/sign-in/sign-in-proof.js';
import type { AccountStore } from '../../storage/account-store.js';
import type { ConsentStore } from '../../storage/consent-store.js';
import { FACADE_CLIENT } from './client-metadata.js';
import { neededLevel } from './policy.js';

/** What a page needs to know of the interaction it serves. */
export interface Interaction {
  uid: string;
  prompt: 'login' | 'consent';
  /** Why the person is asked: `no_session`, `login_prompt`, `acr_too_low`, `not_fresh`, `may_not_enter`, `data_leave_campus` … */
  reasons: readonly string[];
  party: RelyingParty;
  needed: AcrLevel;
  /** Who is signed in in this browser, where somebody is: a step-up must be the same person or sign out first. */
  present: { accountId: string; level: AcrLevel | undefined; sessionUid: string } | undefined;
  /** Where the browser goes in the end: origins that form-action has to allow (Chromium follows redirects of forms). */
  continueOrigins: readonly string[];
  uiLocales: string | undefined;
  loginHint: string | undefined;
}

/**
 * Interactions of the provider as the pages see them. The interaction's cookie binds them to one browser: a request
 * from another site, or of another interaction, finds none.
 */
export function createInteractions(deps: {
  provider: Provider;
  db: Database;
  clock: Clock;
  accounts: AccountStore;
  consents: ConsentStore;
  findParty: (params: Record<string, unknown>) => Promise<RelyingParty | undefined>;
  /** Told of each proof with the request's parameters. */
  noteProof: (params: Record<string, unknown>) => Promise<void>;
}) {
  const { provider } = deps;
  /** @throws Refusal `interaction-expired` where this browser has no such interaction */
  async function read(context: Context, uid: string): Promise<Interaction> {
    const details = await provider.interactionDetails(context.req, context.res).catch(expired);
    const party = details.uid === uid ? await deps.findParty(details.params) : undefined;
    if (party === undefined) throw new Refusal('interaction-expired');
    const redirect = details.params['redirect_uri'];
    const session = details.session;
    return {
      uid,
      prompt: details.prompt.name === 'consent' ? 'consent' : 'login',
      reasons: details.prompt.reasons,
      party,
      needed: neededLevel(party, textOf(details.params['acr_values'])),
      present:
        session?.accountId === undefined
          ? undefined
          : { accountId: session.accountId, level: levelOf(session.acr), sessionUid: session.uid },
      continueOrigins: originsOf(
        party,
        typeof redirect === 'string' && details.params['client_id'] !== FACADE_CLIENT ? redirect : undefined,
      ),
      uiLocales: textOf(details.params['ui_locales']),
      loginHint: textOf(details.params['login_hint']),
    };
  }
  return {
    read,
    /**
     * Ends the interaction with a proof of the person; answers where the browser goes on.
     * @throws Refusal `account-may-not-enter`
     */
    async finishSignIn(context: Context, uid: string, proof: SignInProof): Promise<string> {
      const interaction = await read(context, uid);
      const account = await deps.accounts.findById(proof.accountId);
      if (account === undefined || !mayEnter(account, interaction.party)) throw new Refusal('account-may-not-enter');
      const details = await provider.interactionDetails(context.req, context.res).catch(expired);
      await deps.noteProof(details.params);
      return provider
        .interactionResult(context.req, context.res, {
          login: {
            accountId: proof.accountId,
            acr: acrOf(proof.level),
            amr: [...proof.methods],
            remember: false,
            ts: deps.clock.nowSeconds(),
          },
        })
        .catch(expired);
    },
    /** Records the consent with its claims and purpose, in one transaction with its audit row. */
    async finishConsent(context: Context, uid: string): Promise<string> {
      const { party, present, prompt } = await read(context, uid);
      if (present === undefined || prompt !== 'consent') throw new Refusal('interaction-expired');
      await deps.db.transaction(async (transaction) => {
        await deps.consents.giveIn(transaction, present.accountId, party);
        await appendAudit(
          transaction,
          [
            {
              actor: `account:${present.accountId}`,
              action: 'consent.given',
              subject: `account:${present.accountId}`,
              detail: { relying_party: party.id, claims: party.claims },
            },
          ],
          deps.clock.nowMs(),
        );
      });
      return provider.interactionResult(context.req, context.res, { consent: {} }).catch(expired);
    },
    /** The person goes back without signing in, or refuses; the relying party reads `access_denied`. */
    async refuse(context: Context, uid: string): Promise<string> {
      const { party, present, prompt } = await read(context, uid);
      if (present !== undefined && prompt === 'consent') {
        await deps.db.transaction((transaction) =>
          appendAudit(
            transaction,
            [
              {
                actor: `account:${present.accountId}`,
                action: 'consent.refused',
                subject: `account:${present.accountId}`,
                detail: { relying_party: party.id },
              },
            ],
            deps.clock.nowMs(),
          ),
        );
      }
      return provider
        .interactionResult(
          context.req,
          context.res,
          { error: 'access_denied', error_description: 'the person refused' },
          { mergeWithLastSubmission: false },
        )
        .catch(expired);
    },
  };
}
export type Interactions = ReturnType<typeof createInteractions>;

function expired(error: unknown): never {
  if (error instanceof errors.SessionNotFound) throw new Refusal('interaction-expired', { cause: error });
  throw error;
}

function originsOf(party: RelyingParty, redirectUri: string | undefined): string[] {
  const addresses =
    redirectUri === undefined
      ? [...(party.cas?.services.map((service) => service.url) ?? []), ...(party.oauth2?.redirect_uris ?? [])]
      : [redirectUri];
  return [...new Set(addresses.map((address) => new URL(address).origin))];
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
