import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODULE_CLIENTS } from '@lanyard/campus/api';
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

const STUDENT_PURPOSE = {
  purpose_zh: '办理本人的事项，并按学籍填好已知的内容',
  purpose_en: "To handle the student's own affairs, with what the register knows filled in",
};

/** A relying party of ours whose key is a service's own client key. */
interface OwnParty {
  /** The service. */
  name: string;
  id: string;
  name_zh: string;
  name_en: string;
  url: string;
  /** Where it begins, and where its sign-in lies. */
  home: string;
  signIn: string;
  grants: object;
}

const staffParty = (service: {
  name: string;
  url: string;
  name_zh: string;
  name_en: string;
  path: string;
}): OwnParty => ({
  ...service,
  id: `lanyard-${service.name}`,
  home: service.path || '/',
  signIn: `${service.path}/sign-in`,
  grants: {
    claims: ['name', 'staff_number', 'roles'],
    ...STAFF_PURPOSE,
    ...{ acr: 'device-passkey', people: 'staff' },
  },
});

/** The home page of the five modules and each module: clients of their own, with sessions of their own. */
const moduleParties = (campusUrl: string): OwnParty[] =>
  MODULE_CLIENTS.map(({ id, clientId, title, path, acr }) => ({
    ...{ name: 'campus', id: clientId, name_zh: title.zh, name_en: title.en, url: campusUrl },
    ...{ home: id === 'home' ? '/' : path, signIn: `${path}/sign-in` },
    grants: { claims: ['name', 'student_number'], ...STUDENT_PURPOSE, acr, people: 'students' },
  }));

/**
 * The console, the verifier's staff page and the five modules as relying parties. Their keys are the client keys that they already call
 * other services with (`LANYARD_CALLERS/<name>.jwk.json`), so nothing has to be registered by hand.
 */
export function createBuiltInParties(options: {
  callersFolder: string;
  adminUrl: string;
  verifierUrl: string;
  walletUrl: string;
  campusUrl: string;
}): () => RelyingParty[] {
  const parties = [
    staffParty({ name: 'admin', url: options.adminUrl, name_zh: '管理台', name_en: 'Console', path: '' }),
    staffParty({
      ...{ name: 'verifier', url: options.verifierUrl, path: '/staff' },
      name_zh: '核验台',
      name_en: 'Verification desk',
    }),
    ...moduleParties(options.campusUrl),
  ];
  const wallet = walletParty(options.walletUrl);
  const made = new Map<string, RelyingParty>();
  return () => [
    ACCOUNT_PARTY,
    wallet,
    ...parties.flatMap((own) => {
      const known = made.get(own.id);
      if (known !== undefined) return [known];
      const file = join(options.callersFolder, `${own.name}.jwk.json`);
      if (!existsSync(file)) return [];
      const party = zRelyingParty.parse({
        ...{ id: own.id, name_zh: own.name_zh, name_en: own.name_en, protocol: 'oidc' },
        home_url: `${own.url}${own.home}`,
        ...own.grants,
        oidc: {
          redirect_uris: [`${own.url}${own.signIn}/callback`],
          post_logout_redirect_uris: [`${own.url}${own.home}`],
          backchannel_logout_uri: `${own.url}${own.signIn}/backchannel-logout`,
          jwks: { keys: [JSON.parse(readFileSync(file, 'utf8'))] },
          require_pushed_authorization_requests: true,
        },
      });
      made.set(own.id, party);
      return [party];
    }),
  ];
}
