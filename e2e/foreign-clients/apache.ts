import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../support/run-program.js';

const MODULES = '/usr/lib/apache2/modules';
export const APACHE = '/usr/sbin/apache2';

/** A site of its own on a port of its own. */
export interface Site {
  port: number;
  /** Directives, with the settings that were pasted. */
  directives: string;
  /** Files of the site's folder by name; a name that ends in `.pl` is a CGI program. */
  files: Record<string, string>;
}

export interface Apache {
  /** Last lines of the error log. */
  log(): string;
  stop(): Promise<void>;
}

/** Folder for one Apache, readable by the account its workers run as. */
export function makeApacheFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-apache-'));
  chmodSync(folder, 0o755);
  for (const name of ['run', 'cas-tickets', 'php-sessions', 'perl-sessions']) {
    mkdirSync(join(folder, name));
    chmodSync(join(folder, name), 0o777);
  }
  return folder;
}

/** Debian's Apache with its modules for CAS, OpenID Connect, PHP and CGI, apart from the system's own service. */
export async function startApache(
  folder: string,
  sites: readonly Site[],
  environment: Record<string, string> = {},
): Promise<Apache> {
  const log = join(folder, 'error.log');
  writeFileSync(join(folder, 'apache.conf'), configuration(folder, sites));
  sites.forEach((site, index) => {
    const root = join(folder, `site-${index}`);
    mkdirSync(root);
    for (const [name, text] of Object.entries(site.files)) {
      writeFileSync(join(root, name), text);
      if (name.endsWith('.pl')) chmodSync(join(root, name), 0o755);
    }
  });
  const readLog = () => (existsSync(log) ? readFileSync(log, 'utf8').slice(-6_000) : '');
  const program = await runProgram(APACHE, ['-f', join(folder, 'apache.conf'), '-DFOREGROUND'], {
    url: `http://localhost:${sites[0]?.port}/no-such-page`,
    cwd: folder,
    environment,
  }).catch((error: Error) => {
    throw new Error(`${error.message}\n${readLog()}`);
  });
  return {
    log: readLog,
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configuration(folder: string, sites: readonly Site[]): string {
  const modules = ['mpm_prefork', 'authn_core', 'authz_core', 'authz_user', 'auth_cas', 'auth_openidc'];
  const more = ['dir', 'mime', 'cgi', 'alias', 'env'];
  return [
    `ServerRoot "${folder}"`,
    'ServerName localhost',
    `PidFile ${folder}/run/apache.pid`,
    `DefaultRuntimeDir ${folder}/run`,
    `Mutex file:${folder}/run`,
    `ErrorLog ${folder}/error.log`,
    ...[...modules, ...more].map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
    `LoadModule php_module ${MODULES}/${readdirSync(MODULES).find((name) => name.startsWith('libphp'))}`,
    // Only root may become somebody else; anybody else stays who he is.
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    'StartServers 3',
    'TypesConfig /dev/null',
    '<FilesMatch "\\.php$">',
    '  SetHandler application/x-httpd-php',
    '</FilesMatch>',
    'AddHandler cgi-script .pl',
    'DirectoryIndex index.php index.pl',
    `php_admin_value session.save_path ${folder}/php-sessions`,
    ...sites.flatMap((site, index) => [
      `Listen localhost:${site.port}`,
      `<VirtualHost *:${site.port}>`,
      `DocumentRoot ${folder}/site-${index}`,
      `<Directory ${folder}/site-${index}>`,
      '  Options +ExecCGI',
      '</Directory>',
      site.directives,
      '</VirtualHost>',
    ]),
    '',
  ].join('\n');
}
