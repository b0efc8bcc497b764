import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RelyingParty, zRelyingParty } from '../domain/relying-parties/relying-party.js';

/** Ids of the installation's own services; nobody else can be registered under them. */
export const RESERVED = /^lanyard(-|$)/;

const STAFF_PURPOSE = {
  purpose_zh: '按岗位和范围决定能看什么、能做什么，并写进审计',
  purpose_en: 'To decide by role and scope what may be seen and done, and for the audit',
};

/** Our own pages for a person's account. Without claims: they read the account itself. */
export const ACCOUNT_PARTY: RelyingParty = zRelyingParty.parse({
  id: 'lanyard-account',
  name_zh: '我的账号',
  name_en: 'My account',
  protocol: 'cas',
  purpose_zh: '管理自己的登录方式',
  purpose_en: "To manage one's own ways to sign in",
  cas: { services: [{ url: 'https://account.invalid/' }], user: 'pairwise', single_logout: 'none' },
});

/** Our own wallet where it lets its student sign in to get a student ID (OpenID4VCI 1.0, authorization code flow). */
const walletParty = (walletUrl: string): RelyingParty =>
  zRelyingParty.parse({
    id: 'lanyard-wallet',
    name_zh: '校园钱包',
    name_en: 'Campus wallet',
    protocol: 'oidc',
    home_url: `${walletUrl}/`,
    acr: 'device-passkey',
    people: 'students',
    oidc: {
      redirect_uris: [`${walletUrl}/issue/callback`],
      token_endpoint_auth_method: 'none',
      credential_wallet: true,
    },
  });

/**
 * The console and the verifier's staff page as relying parties. Their keys are the client keys that they already call
 * other services with (`LANYARD_CALLERS/<name>.jwk.json`), so nothing has to be registered by hand.
 */
export function createBuiltInParties(options: {
  callersFolder: string;
  adminUrl: string;
  verifierUrl: string;
  walletUrl: string;
}): () => RelyingParty[] {
  const services = [
    { name: 'admin', url: options.adminUrl, name_zh: '管理台', name_en: 'Console', path: '' },
    { name: 'verifier', url: options.verifierUrl, name_zh: '核验台', name_en: 'Verification desk', path: '/staff' },
  ];
  const wallet = walletParty(options.walletUrl);
  const made = new Map<string, RelyingParty>();
  return () => [
    ACCOUNT_PARTY,
    wallet,
    ...services.flatMap((service) => {
      const known = made.get(service.name);
      if (known !== undefined) return [known];
      const file = join(options.callersFolder, `${service.name}.jwk.json`);
      if (!existsSync(file)) return [];
      const party = zRelyingParty.parse({
        id: `lanyard-${service.name}`,
        name_zh: service.name_zh,
        name_en: service.name_en,
        protocol: 'oidc',
        home_url: `${service.url}${service.path || '/'}`,
        claims: ['name', 'staff_number', 'roles'],
        ...STAFF_PURPOSE,
        acr: 'device-passkey',
        people: 'staff',
        oidc: {
          redirect_uris: [`${service.url}${service.path}/sign-in/callback`],
          post_logout_redirect_uris: [`${service.url}${service.path || '/'}`],
          backchannel_logout_uri: `${service.url}${service.path}/sign-in/backchannel-logout`,
          jwks: { keys: [JSON.parse(readFileSync(file, 'utf8'))] },
          require_pushed_authorization_requests: true,
        },
      });
      made.set(service.name, party);
      return [party];
    }),
  ];
}
