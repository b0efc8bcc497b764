import type { Installation } from '../support/installation.js';
import type { Site } from './apache.js';
import { PURPOSE } from './foreign-client.js';

export interface PhpProxy {
  /** A page of the portal that fetches the mail page for its user. */
  page: string;
  portalPort: number;
  mailPort: number;
  sites(folder: string): readonly Site[];
}

/**
 * A portal that acts for its users at a mail service (CAS protocol §2.5.4, §2.6, §2.7), both on phpCAS. `callback` is
 * the portal by TLS, as the protocol asks.
 */
export async function registerPhpProxy(
  installation: Installation,
  ports: { portalPort: number; mailPort: number },
  options: { idp: string; callback: string; caFile: string },
): Promise<PhpProxy> {
  const [portal, mail] = [`http://localhost:${ports.portalPort}`, `http://localhost:${ports.mailPort}`];
  const shared = { protocol: 'cas', claims: ['name', 'groups'], ...PURPOSE };
  const attributes = { cn: 'name', memberOf: 'groups' };
  await installation.idp('/v1/relying-parties', {
    ...shared,
    id: 'php-mail',
    name_zh: '邮箱',
    name_en: 'Mail',
    cas: { services: [{ url: `${mail}/`, match: 'prefix' }], attributes },
  });
  await installation.idp('/v1/relying-parties', {
    ...shared,
    id: 'php-portal',
    name_zh: '门户',
    name_en: 'Portal',
    cas: {
      services: [{ url: `${portal}/`, match: 'prefix' }],
      attributes,
      proxy: { callback_urls: [`${options.callback}/`], targets: ['php-mail'] },
    },
  });
  const server = new URL(options.idp);
  const begin = (kind: 'proxy' | 'client', origin: string) => `<?php
require_once 'CAS.php';
phpCAS::${kind}(CAS_VERSION_3_0, '${server.hostname}', ${server.port}, '/cas', '${origin}');
phpCAS::setCasServerCACert('${options.caFile}');
phpCAS::handleLogoutRequests(false);
`;
  return {
    page: `${portal}/`,
    ...ports,
    sites: (folder) => [
      {
        port: ports.portalPort,
        directives: '',
        files: {
          'index.php': `${begin('proxy', portal)}
phpCAS::setFixedCallbackURL('${options.callback}/');
phpCAS::setPGTStorageFile('${folder}/php-sessions');
phpCAS::forceAuthentication();
header('Content-Type: text/plain; charset=utf-8');
$done = phpCAS::serviceWeb('${mail}/', $status, $output);
echo $done ? "PORTAL $output" : "REFUSED $output";
`,
        },
      },
      {
        port: ports.mailPort,
        directives: '',
        files: {
          'index.php': `${begin('client', mail)}
phpCAS::allowProxyChain(new CAS_ProxyChain(['${options.callback}/']));
phpCAS::forceAuthentication();
header('Content-Type: text/plain; charset=utf-8');
$attributes = phpCAS::getAttributes();
echo 'SIGNED-IN ' . json_encode(['user' => phpCAS::getUser(), 'name' => $attributes['cn'],
  'groups' => (array) $attributes['memberOf'], 'proxies' => phpCAS::getProxies()], JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES) . "\\n";
`,
        },
      },
    ],
  };
}
