import Provider from 'oidc-provider';

/**
 * The library alone, with its adapter in memory, one client and no question to anybody: what the identity layer is
 * measured beside. Arguments: port, client secret, redirect URI.
 */
const [port = '', clientSecret = '', redirectUri = ''] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;
const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'bench-oidc',
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ['bench'] },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  loadExistingGrant: async (context) => {
    const known = context.oidc.session?.grantIdFor('bench-oidc');
    const found = known === undefined ? undefined : await context.oidc.provider.Grant.find(known);
    if (found !== undefined) return found;
    const grant = new context.oidc.provider.Grant({ accountId: 'bench', clientId: 'bench-oidc' });
    grant.addOIDCScope('openid');
    await grant.save();
    return grant;
  },
  ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 3600, Grant: 3600 },
});
provider.use(async (context, next) => {
  if (!context.path.startsWith('/interaction/')) return next();
  await provider.interactionFinished(context.req, context.res, { login: { accountId: 'bench' } });
  context.respond = false;
});
provider.listen(Number(port), 'localhost', () => process.send?.('ready'));
