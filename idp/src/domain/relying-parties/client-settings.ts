import { needsSecret, type RelyingParty } from './relying-party.js';

/** Settings for one usual client, ready to paste. Secrets are named, never written. */
export interface ClientSettings {
  client: string;
  format: 'apache' | 'php' | 'javascript' | 'perl' | 'yaml' | 'text';
  text: string;
}

interface Layer {
  issuer: string;
  casPrefix: string;
}

/** What the administrator of an existing system pastes into it. */
export function clientSettings(party: RelyingParty, layer: Layer): ClientSettings[] {
  if (party.protocol === 'cas') return casSettings(party, layer);
  if (party.protocol === 'oauth2') return oauth2Settings(party, layer);
  return oidcSettings(party, layer);
}

function casSettings(party: RelyingParty, { issuer, casPrefix }: Layer): ClientSettings[] {
  const server = new URL(issuer);
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  const service = party.cas?.services[0]?.url ?? '';
  const base = service === '' ? '' : new URL(service).origin;
  return [
    {
      client: 'phpCAS 1.6',
      format: 'php',
      text: lines(
        "require_once 'CAS.php';",
        `phpCAS::client(CAS_VERSION_3_0, '${server.hostname}', ${port}, '${casPrefix}', '${base}');`,
        `phpCAS::setCasServerCACert('/etc/ssl/certs/ca-certificates.crt');`,
        // With a list it compares the caller's name by reverse DNS, which a proxy in front makes wrong.
        'phpCAS::handleLogoutRequests(false); // the ticket in the call is its proof',
        'phpCAS::forceAuthentication();',
        '$number = phpCAS::getUser(); $attributes = phpCAS::getAttributes();',
      ),
    },
    {
      client: 'mod_auth_cas 1.2',
      format: 'apache',
      text: lines(
        'CASVersion 2',
        `CASLoginURL ${issuer}${casPrefix}/login`,
        `CASValidateURL ${issuer}${casPrefix}/p3/serviceValidate`,
        'CASCertificatePath /etc/ssl/certs/ca-certificates.crt',
        `CASRootProxiedAs ${base}`,
        'CASSSOEnabled On',
        'CASAttributePrefix CAS-',
        '<Location "/">',
        '  AuthType CAS',
        '  Require valid-user',
        '  CASScope /',
        '  CASAuthNHeader CAS-User',
        '</Location>',
      ),
    },
    {
      client: 'http-cas-client',
      format: 'javascript',
      text: `const handler = casClient({ casServerUrlPrefix: '${issuer}${casPrefix}', serverName: '${base}', client: { service: '${service}' } });`,
    },
    {
      client: 'AuthCAS 1.7 (Perl)',
      format: 'perl',
      text: lines(
        `my $cas = AuthCAS->new(casUrl => '${issuer}${casPrefix}', CAFile => '/etc/ssl/certs/ca-certificates.crt');`,
        `my $login = $cas->getServerLoginURL('${service}');`,
        // validateST answers the user alone, and a ticket is good for one call.
        `my $answer = defined $ticket ? $cas->callCAS($cas->getServerServiceValidateURL('${service}', $ticket)) : {};`,
        "my $person = $answer->{'cas:serviceResponse'}[0]{'cas:authenticationSuccess'}[0];",
        "my ($user, $attributes) = ($person->{'cas:user'}[0], $person->{'cas:attributes'}[0]);",
      ),
    },
    {
      client: 'Spring Security, Apereo Java client',
      format: 'yaml',
      text: lines(
        'cas:',
        `  server-url-prefix: ${issuer}${casPrefix}`,
        `  server-login-url: ${issuer}${casPrefix}/login`,
        `  client-host-url: ${base}`,
        '  validation-type: CAS3',
      ),
    },
  ];
}

function oidcSettings(party: RelyingParty, { issuer }: Layer): ClientSettings[] {
  const redirect = party.oidc?.redirect_uris[0] ?? '';
  return [
    // It signs assertions by RS256 only, and here they are ES256: for it the party has a secret.
    ...(needsSecret(party) ? [apacheOidcSettings(party, issuer, redirect)] : []),
    {
      client: 'openid-client 6',
      format: 'javascript',
      text: lines(
        `const config = await client.discovery(new URL('${issuer}'), '${party.id}', undefined, ${clientAuthentication(party)});`,
        `const url = client.buildAuthorizationUrl(config, { redirect_uri: '${redirect}', scope: 'openid profile', code_challenge, code_challenge_method: 'S256', state, nonce });`,
      ),
    },
    {
      client: 'Spring Security',
      format: 'yaml',
      text: lines(
        'spring.security.oauth2.client:',
        `  provider.campus.issuer-uri: ${issuer}`,
        `  registration.campus: { client-id: ${party.id}, client-secret: "\${CLIENT_SECRET}", scope: "openid,profile" }`,
      ),
    },
    {
      client: 'OpenID Connect',
      format: 'text',
      text: lines(
        `issuer                 ${issuer}`,
        `client_id              ${party.id}`,
        `redirect_uri           ${redirect}`,
        'response_type          code, PKCE S256',
        `post_logout_redirect   ${party.oidc?.post_logout_redirect_uris[0] ?? '-'}`,
        `back-channel logout    ${party.oidc?.backchannel_logout_uri ?? '-'}`,
      ),
    },
  ];
}

function apacheOidcSettings(party: RelyingParty, issuer: string, redirect: string): ClientSettings {
  return {
    client: 'mod_auth_openidc 2.4',
    format: 'apache',
    text: lines(
      `OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration`,
      `OIDCClientID ${party.id}`,
      // `exec:` is read here by newer versions only; Apache itself puts in what /etc/apache2/envvars exports.
      `OIDCClientSecret "\${OIDC_CLIENT_SECRET}"`,
      `OIDCProviderTokenEndpointAuth ${party.oidc?.token_endpoint_auth_method ?? ''}`,
      `OIDCRedirectURI ${redirect}`,
      'OIDCScope "openid profile"',
      'OIDCPKCEMethod S256',
      'OIDCCryptoPassphrase "exec:/bin/cat /etc/apache2/oidc.passphrase"',
      '<Location "/">',
      '  AuthType openid-connect',
      '  Require valid-user',
      '</Location>',
    ),
  };
}

function clientAuthentication(party: RelyingParty): string {
  switch (party.oidc?.token_endpoint_auth_method) {
    case 'client_secret_basic':
      return 'client.ClientSecretBasic(process.env.CLIENT_SECRET)';
    case 'client_secret_post':
      return 'client.ClientSecretPost(process.env.CLIENT_SECRET)';
    case 'none':
      return 'client.None()';
    default:
      return 'client.PrivateKeyJwt(privateKey)';
  }
}

function oauth2Settings(party: RelyingParty, { issuer }: Layer): ClientSettings[] {
  return [
    {
      client: 'OAuth 2.0',
      format: 'text',
      text: lines(
        `client_id      ${party.id}`,
        `redirect_uri   ${party.oauth2?.redirect_uris[0] ?? ''}`,
        `authorize      ${issuer}/oauth2.0/authorize`,
        `access token   ${issuer}/oauth2.0/accessToken`,
        `profile        ${issuer}/oauth2.0/profile`,
      ),
    },
  ];
}

const lines = (...all: string[]): string => all.join('\n');
