import { ACR_LADDER } from '@lanyard/platform';
import { z } from 'zod';
import { GRANTABLE_CLAIMS } from './claims.js';

const zId = z.string().regex(/^[a-z0-9][a-z0-9-]{1,62}$/, 'lower-case letters, digits and hyphens, 2 to 63');
const zText = z.string().trim().min(1).max(200);
const zName = z.string().trim().min(1).max(100);
const isLoopback = (url: URL) => ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);

/** An absolute address without fragment, user info or backslash; the text itself is what is compared later. */
export const zAddress = z
  .string()
  .max(1_000)
  .refine((text) => {
    if (text.includes('#') || !/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
    const url = new URL(text);
    return url.username === '' && url.password === '' && (url.href === text || `${url.origin}` === text);
  }, 'an absolute http or https address in its normal form, without user info and fragment');

/** https, or http on a campus network; graded, not refused. Tells whether the address travels in the clear. */
export const isClear = (address: string): boolean => {
  const url = new URL(address);
  return url.protocol === 'http:' && !isLoopback(url);
};

const zOidc = z.strictObject({
  redirect_uris: z.array(zAddress).min(1).max(20),
  post_logout_redirect_uris: z.array(zAddress).max(20).default([]),
  backchannel_logout_uri: zAddress.optional(),
  token_endpoint_auth_method: z
    .enum(['private_key_jwt', 'client_secret_basic', 'client_secret_post', 'none'])
    .default('private_key_jwt'),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(10) }).optional(),
  jwks_uri: zAddress.optional(),
  dpop_bound_access_tokens: z.boolean().default(false),
  require_pushed_authorization_requests: z.boolean().default(false),
  refresh_tokens: z.boolean().default(false),
  /** A wallet: gets access tokens of the credential issuer (OpenID4VCI 1.0), by PAR and bound by DPoP. */
  credential_wallet: z.boolean().default(false),
  id_token_signed_response_alg: z.enum(['ES256', 'RS256']).default('ES256'),
});

/** `prefix` matches below one folder of one origin only; it ends with a slash. */
const zServiceAddress = z
  .strictObject({ url: zAddress, match: z.enum(['exact', 'prefix']).default('exact') })
  .refine(
    (service) => service.match === 'exact' || (service.url.endsWith('/') && !service.url.includes('?')),
    'a prefix ends with a slash and has no query',
  );

/** Element names with a meaning of their own in CAS answers: clients look for them at any depth. */
export const CAS_WORDS: ReadonlySet<string> = new Set([
  ...['user', 'proxy', 'proxies', 'proxyGrantingTicket', 'attribute', 'attributes'],
  ...['authenticationDate', 'longTermAuthenticationRequestTokenUsed', 'isFromNewLogin', 'authnContextClass'],
]);

const zCas = z.strictObject({
  services: z.array(zServiceAddress).min(1).max(50),
  /** The name that clients read: `cas:user`. */
  user: z.enum(['number', 'pairwise']).default('number'),
  /** Name of the attribute as the client expects it → our claim. Without it the granted claims go out under their names. */
  attributes: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/)
        .refine((name) => !CAS_WORDS.has(name), 'a word of the protocol'),
      z.enum(GRANTABLE_CLAIMS),
    )
    .optional(),
  single_logout: z.enum(['back', 'front', 'none']).default('back'),
  /** Where the logout request is posted; without it the service address of the ticket. */
  logout_url: zAddress.optional(),
  proxy: z
    .strictObject({
      callback_urls: z.array(zAddress).max(10).default([]),
      /** Relying parties this one may reach for its users. */
      targets: z.array(zId).max(50).default([]),
    })
    .optional(),
});

const zOauth2 = z.strictObject({
  redirect_uris: z.array(zAddress).min(1).max(20),
  /** Excused only for confidential clients; shown red. */
  pkce: z.enum(['required', 'excused']).default('required'),
  /** Shape of the profile: any JSON whose strings `{claim}` are replaced, a string that is only `{claim}` by the value itself. `{sub}` and `{client_id}` also. */
  profile: z.json().default({ id: '{sub}', attributes: {} }),
});

/** A service that signs its people in here (依赖方). One shape for the command, the console and the table. */
export const zRelyingParty = z
  .strictObject({
    id: zId,
    name_zh: zName,
    name_en: zName,
    protocol: z.enum(['oidc', 'oauth2', 'cas']),
    home_url: zAddress.optional(),
    /** Who answers for it. Shown to operators only. */
    contact: z.string().max(200).default(''),
    /** What the granted claims are for; recorded and shown on consent. */
    purpose_zh: zText.optional(),
    purpose_en: zText.optional(),
    claims: z.array(z.enum(GRANTABLE_CLAIMS)).max(GRANTABLE_CLAIMS.length).default([]),
    /** Data leave the campus: the person is asked first. */
    leaves_campus: z.boolean().default(false),
    acr: z.enum(ACR_LADDER).default('password'),
    people: z.enum(['all', 'students', 'staff']).default('all'),
    /** Hosts (`name` or `name:port`) with private addresses that calls for it may reach; without it those of its own addresses. */
    private_hosts: z
      .array(z.string().regex(/^[a-z0-9.-]{1,253}(:\d{1,5})?$/))
      .max(20)
      .optional(),
    oidc: zOidc.optional(),
    oauth2: zOauth2.optional(),
    cas: zCas.optional(),
  })
  .superRefine((party, check) => {
    for (const protocol of ['oidc', 'oauth2', 'cas'] as const) {
      if ((party.protocol === protocol) !== (party[protocol] !== undefined))
        check.addIssue({ code: 'custom', path: [protocol], message: `exactly the part "${party.protocol}" is needed` });
    }
    if (party.claims.length > 0 && (party.purpose_zh === undefined || party.purpose_en === undefined))
      check.addIssue({ code: 'custom', path: ['purpose_zh'], message: 'claims need a purpose in both languages' });
    if (party.cas?.user === 'number' && party.purpose_zh === undefined)
      check.addIssue({ code: 'custom', path: ['purpose_zh'], message: 'the number needs a purpose in both languages' });
    const oidc = party.oidc;
    if (
      oidc?.token_endpoint_auth_method === 'private_key_jwt' &&
      (oidc.jwks === undefined) === (oidc.jwks_uri === undefined)
    )
      check.addIssue({
        code: 'custom',
        path: ['oidc', 'jwks'],
        message: 'private_key_jwt needs either jwks or jwks_uri',
      });
    if (oidc !== undefined && oidc.token_endpoint_auth_method !== 'private_key_jwt' && (oidc.jwks ?? oidc.jwks_uri))
      check.addIssue({ code: 'custom', path: ['oidc', 'jwks'], message: 'keys are only for private_key_jwt' });
    if (oidc?.credential_wallet) {
      if (party.people !== 'students')
        check.addIssue({ code: 'custom', path: ['people'], message: 'a wallet is for students' });
      if (party.acr === 'password')
        check.addIssue({ code: 'custom', path: ['acr'], message: 'a wallet needs more than a password' });
      if (oidc.refresh_tokens)
        check.addIssue({ code: 'custom', path: ['oidc'], message: 'the credential issuer refreshes, not this layer' });
    }
    for (const key of oidc?.jwks?.keys ?? [])
      if ('d' in key || 'k' in key)
        check.addIssue({ code: 'custom', path: ['oidc', 'jwks'], message: 'public keys only' });
  });
export type RelyingParty = z.output<typeof zRelyingParty>;
export type RelyingPartyInput = z.input<typeof zRelyingParty>;

/** Client with a secret of ours: it is made by us, shown once, kept as a digest where the protocol lets us. */
export const needsSecret = (party: RelyingParty): boolean =>
  party.protocol === 'oauth2' || (party.oidc?.token_endpoint_auth_method ?? '').startsWith('client_secret');

/** Hosts that logout calls, key fetches and proxy callbacks of this party may reach although they are private. */
export function privateHostsOf(party: RelyingParty): string[] {
  if (party.private_hosts !== undefined) return party.private_hosts;
  const addresses = [
    party.oidc?.backchannel_logout_uri,
    party.oidc?.jwks_uri,
    party.cas?.logout_url,
    ...(party.cas?.services ?? []).map((service) => service.url),
    ...(party.cas?.proxy?.callback_urls ?? []),
  ];
  return [...new Set(addresses.flatMap((address) => (address === undefined ? [] : hostAndPort(address))))];
}

function hostAndPort(address: string): string {
  const url = new URL(address);
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}
