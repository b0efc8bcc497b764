import { isClear, needsSecret, type RelyingParty } from './relying-party.js';

export type FindingCode =
  | 'pkce-excused'
  | 'address-by-prefix'
  | 'address-in-the-clear'
  | 'no-logout-address'
  | 'shared-secret'
  | 'public-client'
  | 'number-disclosed'
  | 'never-seen'
  | 'not-seen-for-long';

export interface Finding {
  code: FindingCode;
  weight: 'red' | 'amber';
  zh: string;
  en: string;
}

/** A to D: A has nothing to mend, D has something that must be mended. */
export interface Grade {
  grade: 'A' | 'B' | 'C' | 'D';
  findings: Finding[];
}

const LONG_MS = 90 * 86_400_000;

const TEXTS: Record<FindingCode, Omit<Finding, 'code'>> = {
  'pkce-excused': {
    weight: 'red',
    zh: '没有用 PKCE：截获的授权码可以被别人兑换。请升级客户端。',
    en: 'No PKCE: an intercepted code can be redeemed by others. Update the client.',
  },
  'address-by-prefix': {
    weight: 'amber',
    zh: '按前缀匹配地址：同一目录下任何页面都能收到票据。请改成确切地址。',
    en: 'Address by prefix: any page below the folder can receive tickets. Name exact addresses.',
  },
  'address-in-the-clear': {
    weight: 'red',
    zh: '地址不是 https：票据和注销通知在网上是明文。',
    en: 'Address without https: tickets and logout calls travel in the clear.',
  },
  'no-logout-address': {
    weight: 'amber',
    zh: '没有注销地址：统一退出时它不会知道。',
    en: 'No logout address: it does not hear of a single logout.',
  },
  'shared-secret': {
    weight: 'amber',
    zh: '用共享密钥认证：能用的话改成 private_key_jwt。',
    en: 'Authenticates by a shared secret: use private_key_jwt where possible.',
  },
  'public-client': {
    weight: 'amber',
    zh: '公开客户端：不能证明自己是谁。',
    en: 'A public client: it cannot prove who it is.',
  },
  'number-disclosed': {
    weight: 'amber',
    zh: '拿到学号或工号：确认用途仍然需要。',
    en: 'Learns the student or staff number: check that the purpose still needs it.',
  },
  'never-seen': { weight: 'amber', zh: '登记后还没有人登录过。', en: 'Nobody has signed in since it was registered.' },
  'not-seen-for-long': {
    weight: 'amber',
    zh: '90 天没有人登录：不用了就停用。',
    en: 'Nobody signed in for 90 days: disable it if it is out of use.',
  },
};

/** How well a relying party is set up, by its registration and its use alone. */
export function gradeRelyingParty(party: RelyingParty, use: { lastSeenMs: number | undefined; nowMs: number }): Grade {
  const codes = [...findings(party, use)];
  const reds = codes.filter((code) => TEXTS[code].weight === 'red').length;
  const ambers = codes.length - reds;
  return {
    grade: reds > 0 ? 'D' : ambers === 0 ? 'A' : ambers <= 2 ? 'B' : 'C',
    findings: codes.map((code) => ({ code, ...TEXTS[code] })),
  };
}

function* findings(
  party: RelyingParty,
  use: { lastSeenMs: number | undefined; nowMs: number },
): Generator<FindingCode> {
  if (party.oauth2?.pkce === 'excused') yield 'pkce-excused';
  if (party.cas?.services.some((service) => service.match === 'prefix')) yield 'address-by-prefix';
  if (addressesOf(party).some(isClear)) yield 'address-in-the-clear';
  if (!hearsOfLogout(party)) yield 'no-logout-address';
  if (needsSecret(party)) yield 'shared-secret';
  if (party.oidc?.token_endpoint_auth_method === 'none') yield 'public-client';
  if (party.cas?.user === 'number' || party.claims.some((claim) => claim.endsWith('_number'))) yield 'number-disclosed';
  if (use.lastSeenMs === undefined) yield 'never-seen';
  else if (use.nowMs - use.lastSeenMs > LONG_MS) yield 'not-seen-for-long';
}

const hearsOfLogout = (party: RelyingParty): boolean =>
  party.oidc?.backchannel_logout_uri !== undefined || (party.cas !== undefined && party.cas.single_logout !== 'none');

function addressesOf(party: RelyingParty): string[] {
  return [
    ...(party.oidc?.redirect_uris ?? []),
    ...(party.oauth2?.redirect_uris ?? []),
    ...(party.cas?.services.map((service) => service.url) ?? []),
    ...(party.oidc?.backchannel_logout_uri ? [party.oidc.backchannel_logout_uri] : []),
    ...(party.cas?.logout_url ? [party.cas.logout_url] : []),
  ];
}
