import { ACR_LADDER, type AcrLevel, higher, levelOf, reaches } from '@lanyard/platform';
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { type Account, mayEnter } from '../../domain/accounts/account.js';
import type { RelyingParty } from '../../domain/relying-parties/relying-party.js';

export interface PolicyDeps {
  /** The relying party this request is for; behind a facade, the service and not the facade's client. */
  findParty: (context: KoaContextWithOIDC) => Promise<RelyingParty | undefined>;
  findAccount: (id: string) => Promise<Account | undefined>;
  /** The account the provider has read for this request already. */
  loadedAccount: (context: KoaContextWithOIDC) => Account | undefined;
  hasConsent: (accountId: string, party: RelyingParty) => Promise<boolean>;
  /** A facade's request that asks for the person anew, and has not had its proof yet. */
  needsProof: (context: KoaContextWithOIDC) => Promise<boolean>;
}

/** The rung a request needs: the relying party's, or a higher one it asks for in `acr_values`. */
export function neededLevel(party: RelyingParty, acrValues: string | undefined): AcrLevel {
  const asked = (acrValues ?? '').split(' ').flatMap((value) => levelOf(value) ?? []);
  // Any of the asked values would do (OpenID Connect Core §3.1.2.1): the lowest of them.
  const lowest = ACR_LADDER.find((level) => asked.includes(level));
  return lowest === undefined ? party.acr : higher(party.acr, lowest);
}

/**
 * When a person is asked: nobody is signed in, the proof is not high enough or not fresh enough, the account may not
 * enter here, or data would leave the campus without consent. Scopes are no question of their own: what a relying
 * party may learn is in its registration.
 */
export function createPolicy(deps: PolicyDeps) {
  const { Check, base } = interactionPolicy;
  const policy = base();
  const login = policy.get('login');
  const consent = policy.get('consent');
  if (login === undefined || consent === undefined) throw new TypeError('the provider has no such prompts');

  login.checks.add(
    new Check('request_unknown', 'nobody asked for this', 'invalid_request', async (context) => {
      // Without a party there are no rules to apply: a facade's request that we did not begin ends here.
      if ((await deps.findParty(context)) === undefined) throw new errors.InvalidRequest('unknown request');
      return Check.NO_NEED_TO_PROMPT;
    }),
    0,
  );
  login.checks.add(
    new Check(
      'acr_too_low',
      'a stronger proof of the person is needed',
      'unmet_authentication_requirements',
      async (context) => {
        const { oidc } = context;
        const party = await deps.findParty(context);
        if (party === undefined || oidc.session?.accountId === undefined) return Check.NO_NEED_TO_PROMPT;
        const needed = neededLevel(party, textOf(oidc.params?.['acr_values']));
        return reaches(levelOf(oidc.session.acr), needed) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
      },
    ),
  );
  login.checks.add(
    new Check('not_fresh', 'the person is asked anew', 'login_required', async (context) => {
      return (await deps.needsProof(context)) ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
    }),
  );
  login.checks.add(
    new Check('may_not_enter', 'this account may not enter here', 'access_denied', async (context) => {
      const accountId = context.oidc.session?.accountId;
      const party = await deps.findParty(context);
      if (accountId === undefined || party === undefined) return Check.NO_NEED_TO_PROMPT;
      const loaded = deps.loadedAccount(context);
      const account = loaded?.id === accountId ? loaded : await deps.findAccount(accountId);
      return account !== undefined && mayEnter(account, party) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
    }),
  );

  consent.checks.clear();
  consent.checks.add(
    new Check('data_leave_campus', 'the person has to agree first', 'consent_required', async (context) => {
      const accountId = context.oidc.session?.accountId;
      const party = await deps.findParty(context);
      if (accountId === undefined || party === undefined || !party.leaves_campus) return Check.NO_NEED_TO_PROMPT;
      return (await deps.hasConsent(accountId, party)) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
    }),
  );
  return policy;
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
