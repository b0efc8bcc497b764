import { describe, expect, it } from 'vitest';
import { clientSettings } from '../../../src/domain/relying-parties/client-settings.js';
import { type RelyingPartyInput, zRelyingParty } from '../../../src/domain/relying-parties/relying-party.js';

const LAYER = { issuer: 'https://id.example.edu.cn', casPrefix: '/cas' };
const BASE = { id: 'library', name_zh: '图书馆', name_en: 'Library', purpose_zh: '借书', purpose_en: 'Loans' };
function settingsOf(party: Omit<RelyingPartyInput, keyof typeof BASE>, client: string, layer = LAYER): string {
  const all = clientSettings(zRelyingParty.parse({ ...BASE, ...party }), layer);
  return all.find((one) => one.client.startsWith(client))?.text ?? '';
}
const cas: Omit<RelyingPartyInput, keyof typeof BASE> = {
  protocol: 'cas',
  cas: { services: [{ url: 'https://lib.example.edu.cn/app/', match: 'prefix' }] },
};
const oidc = (method: 'client_secret_basic' | 'client_secret_post' | 'none' | 'private_key_jwt') => ({
  protocol: 'oidc' as const,
  oidc: {
    redirect_uris: ['https://lib.example.edu.cn/signed-in'],
    token_endpoint_auth_method: method,
    ...(method === 'private_key_jwt' ? { jwks: { keys: [{ kty: 'EC' }] } } : {}),
  },
});

describe('settings of CAS clients', () => {
  it('name host, port and path apart [phpCAS, default port]', () => {
    const text = settingsOf(cas, 'phpCAS');
    expect(text).toContain("'id.example.edu.cn', 443, '/cas', 'https://lib.example.edu.cn')");
  });
  it('name host, port and path apart [phpCAS, another port]', () => {
    const text = settingsOf(cas, 'phpCAS', { issuer: 'https://localhost:8443', casPrefix: '/authserver' });
    expect(text).toContain("'localhost', 8443, '/authserver'");
  });
  it('take logout calls by their ticket, not by reverse DNS [phpCAS]', () => {
    expect(settingsOf(cas, 'phpCAS')).toContain('handleLogoutRequests(false)');
  });
  it('tell where attributes go and which certificates hold [mod_auth_cas]', () => {
    const text = settingsOf(cas, 'mod_auth_cas');
    expect(text).toContain('CASAttributePrefix CAS-');
    expect(text).toContain('CASCertificatePath /etc/ssl/certs/ca-certificates.crt');
    expect(text).toContain('CASSSOEnabled On');
  });
  it('validate in one call, since a ticket is good for one [AuthCAS]', () => {
    const text = settingsOf(cas, 'AuthCAS');
    expect(text.match(/\$ticket\)/g)).toHaveLength(1);
    expect(text).toContain("getServerLoginURL('https://lib.example.edu.cn/app/')");
  });
});

describe('settings of OpenID Connect clients', () => {
  it.each([
    ['client_secret_basic', 'client.ClientSecretBasic(process.env.CLIENT_SECRET)'],
    ['client_secret_post', 'client.ClientSecretPost(process.env.CLIENT_SECRET)'],
    ['none', 'client.None()'],
    ['private_key_jwt', 'client.PrivateKeyJwt(privateKey)'],
  ] as const)('authenticate as registered [openid-client, %s]', (method, expected) => {
    expect(settingsOf(oidc(method), 'openid-client')).toContain(`undefined, ${expected});`);
  });
  it('name the secret and do not write it [mod_auth_openidc]', () => {
    const text = settingsOf(oidc('client_secret_basic'), 'mod_auth_openidc');
    expect(text).toContain(`OIDCClientSecret "\${OIDC_CLIENT_SECRET}"`);
    expect(text).toContain('OIDCProviderTokenEndpointAuth client_secret_basic');
    expect(text).toContain('OIDCPKCEMethod S256');
  });
  it.each(['private_key_jwt', 'none'] as const)(
    'are not given to a client that cannot use them [mod_auth_openidc, %s]',
    (method) => {
      expect(settingsOf(oidc(method), 'mod_auth_openidc')).toBe('');
    },
  );
});
