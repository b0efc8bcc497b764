import {
  AuthorizationDetailsError,
  grantedCredentialDetails,
  isCredentialConfigurationId,
  isJsonObject,
  isSingleConfiguration,
  OPENID_CREDENTIAL,
  readCredentialDetail,
  STUDENT_CONFIGURATION_IDS,
} from '@lanyard/protocol';
import {
  type AuthorizationCode,
  type AuthorizationDetail,
  type Client,
  errors,
  type KoaContextWithOIDC,
  type Provider,
} from 'oidc-provider';
import { MINUTE } from './lifetimes.js';

/** Everything a wallet may ask for at the credential issuer, as scope values. */
export const CREDENTIAL_SCOPES = STUDENT_CONFIGURATION_IDS.join(' ');
const ACCESS_TOKEN_SECONDS = 5 * MINUTE;
const MAX_STATE_CHARACTERS = 256;

export interface CredentialIssuanceDeps {
  /** Credential issuer identifier: the only resource there is, and the audience of its access tokens. */
  credentialIssuer: string;
  isWallet: (clientId: string) => Promise<boolean>;
  /** Subject of an account for the credential issuer alone; written down before the token that carries it is signed. */
  subjectFor: (accountId: string) => Promise<string>;
}

type CodeWithState = AuthorizationCode & { issuerState?: string };

/**
 * The second authorization server of the credential issuer (OpenID4VCI 1.0 §5, §6): scopes and authorization details
 * become an access token of RFC 9068 for one audience (RFC 8707). Only registered wallets get one.
 */
export function credentialIssuance(deps: CredentialIssuanceDeps) {
  const { credentialIssuer } = deps;
  const features = {
    resourceIndicators: {
      enabled: true,
      // A wallet asks for nothing else, so it need not say so; other clients go on without a resource.
      defaultResource: async (_context: KoaContextWithOIDC, client: Client, oneOf?: string[]) =>
        oneOf?.[0] ?? ((await deps.isWallet(client.clientId)) ? credentialIssuer : []),
      getResourceServerInfo: async (_context: KoaContextWithOIDC, resource: string, client: Client) => {
        if (resource !== credentialIssuer || !(await deps.isWallet(client.clientId))) throw new errors.InvalidTarget();
        return {
          scope: CREDENTIAL_SCOPES,
          audience: credentialIssuer,
          accessTokenTTL: ACCESS_TOKEN_SECONDS,
          accessTokenFormat: 'jwt' as const,
          jwt: { sign: { alg: 'ES256' as const } },
        };
      },
      useGrantedResource: () => true,
    },
    richAuthorizationRequests: {
      enabled: true,
      types: {
        [OPENID_CREDENTIAL]: {
          validate: (_context: KoaContextWithOIDC, detail: AuthorizationDetail) => {
            try {
              // Which documents there are, the issuer alone knows: they come over the wallet's own line to it.
              if (!isSingleConfiguration(readCredentialDetail(detail, credentialIssuer)))
                throw new AuthorizationDetailsError('credential_configuration_id');
            } catch (cause) {
              if (!(cause instanceof AuthorizationDetailsError)) throw cause;
              throw new errors.InvalidAuthorizationDetails(`not a credential of this issuer: ${cause.message}`);
            }
          },
        },
      },
      authorizationDetailsForGrantSource: (context: KoaContextWithOIDC) =>
        detailsOf(textOf(context.oidc.params?.['authorization_details'])),
      authorizationDetailsForAccessToken: (context: KoaContextWithOIDC, _token: unknown, source: unknown) =>
        grantDetails(context, source as AuthorizationCode, credentialIssuer),
      authorizationDetailsForIntrospection: () => undefined,
    },
  };
  return {
    features,
    extraParams: {
      issuer_state: (_context: KoaContextWithOIDC, value: string | undefined) => {
        if (value !== undefined && value.length > MAX_STATE_CHARACTERS)
          throw new errors.InvalidRequest('issuer_state is too long');
      },
    },
    /** The library's last word on a code before it is saved: the state of the offer stays with it. */
    noteState: (context: KoaContextWithOIDC, code: CodeWithState) => {
      const state = textOf(context.oidc.params?.['issuer_state']);
      if (code.kind === 'AuthorizationCode' && state !== undefined) code.issuerState = state;
    },
    /** The offer an access token belongs to; the issuer checks whose it is. */
    extraTokenClaims: (context: KoaContextWithOIDC) => {
      const state = (context.oidc.entities.AuthorizationCode as CodeWithState | undefined)?.issuerState;
      return state === undefined ? undefined : { issuer_state: state };
    },
    /** RFC 9068 asks for one subject per audience, not per client. */
    customise: async (
      _context: KoaContextWithOIDC,
      token: { accountId?: string },
      jwt: { payload: Record<string, unknown> },
    ) => {
      if (jwt.payload['aud'] === credentialIssuer && token.accountId !== undefined)
        jwt.payload['sub'] = await deps.subjectFor(token.accountId);
    },
  };
}

/** The model drops members it does not know; this is one more. */
export function keepsIssuerState(provider: Provider): void {
  const known = provider.AuthorizationCode.IN_PAYLOAD;
  Object.defineProperty(provider.AuthorizationCode, 'IN_PAYLOAD', { get: () => [...known, 'issuerState'] });
}

/**
 * What was asked for in the authorization request, or the part of it that the token request names (§6.1.1). Where
 * details are answered at all, credentials asked for by scope are among them: a token has identifiers or it has not.
 */
function grantDetails(context: KoaContextWithOIDC, source: AuthorizationCode, credentialIssuer: string) {
  const granted = idsOf(source.rar);
  for (const scope of (source.scope ?? '').split(' ')) if (isCredentialConfigurationId(scope)) granted.add(scope);
  const asked = textOf(context.oidc.params?.['authorization_details']);
  const wanted = asked === undefined ? granted : idsOf(detailsOf(asked));
  for (const id of wanted)
    if (!granted.has(id)) throw new errors.InvalidAuthorizationDetails('more than the person was asked for');
  return grantedCredentialDetails([...wanted], credentialIssuer) as unknown as AuthorizationDetail[];
}

/** Details that {@link credentialIssuance} has validated. */
const detailsOf = (text: string | undefined): AuthorizationDetail[] | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as AuthorizationDetail[]);

const idsOf = (details: readonly unknown[] | undefined) =>
  new Set(
    (details ?? []).flatMap((detail) => {
      const id = isJsonObject(detail) ? detail.credential_configuration_id : undefined;
      return isCredentialConfigurationId(id) ? [id] : [];
    }),
  );

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
