import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

/** What tests need from the system: how to see it, the Debian package that brings it, the tests that need it. */
const NEEDED = [
  {
    what: 'Chromium, and the same without its windows',
    package: 'chromium chromium-headless-shell',
    present: () => ['/usr/bin/chromium', '/usr/bin/chromium-headless-shell'].every(existsSync),
    tests: [
      'wallet-web/test/service/**',
      'admin/test/service/*{-page,-pages,-desk,-tags}.test.ts',
      'idp/test/service/sign-in/*.browser.test.ts',
      'verifier/test/service/{,partners/}*-{page,pages}.test.ts',
      'reader-agent/test/service/kiosk*',
      'e2e/{browser,identity}-journey*',
      'e2e/foreign-wallets/foreign-issuer*',
    ],
  },
  {
    what: 'Chinese faces',
    package: 'fonts-noto-cjk',
    present: () => existsSync('/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'),
    tests: [],
  },
  {
    what: 'libfaketime',
    package: 'libfaketime',
    present: () => existsSync('/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'),
    tests: ['e2e/gates*', 'reader-agent/test/readers/chaos*'],
  },
  {
    what: 'pseudo-terminals (socat)',
    package: 'socat',
    present: () => existsSync('/usr/bin/socat'),
    tests: ['reader-agent/test/service/**', 'e2e/gates*', 'e2e/browser-journey*'],
  },
  {
    what: 'Apache with PHP, phpCAS, mod_auth_cas, mod_auth_openidc and AuthCAS for Perl',
    // Not the package apache2: it would start a server of the system.
    package:
      'apache2-bin libapache2-mod-php php-curl php-xml php-cas libapache2-mod-auth-cas libapache2-mod-auth-openidc libauthcas-perl openssl',
    present: () =>
      ['/usr/sbin/apache2', '/usr/share/php/CAS.php', '/usr/share/perl5/AuthCAS.pm', '/usr/bin/openssl'].every(
        existsSync,
      ) && ['mod_auth_cas.so', 'mod_auth_openidc.so', 'libphp'].every((name) => apacheModules().includes(name)),
    tests: ['e2e/foreign-clients/six-clients*'],
  },
  {
    what: 'a software PKCS#11 token (SoftHSM)',
    package: 'softhsm2',
    present: () => ['/usr/bin/softhsm2-util', '/usr/lib/softhsm/libsofthsm2.so'].every(existsSync),
    tests: ['packages/platform/test/service/pkcs11-custody*'],
  },
  {
    what: 'PC/SC (pcscd, its headers) and a compiler',
    package: 'pcscd libpcsclite-dev g++ make python3',
    present: () =>
      ['/usr/sbin/pcscd', '/usr/include/PCSC/ifdhandler.h', '/usr/bin/gcc', '/usr/bin/g++', '/usr/bin/make'].every(
        existsSync,
      ),
    tests: ['reader-agent/test/readers/**'],
  },
  {
    what: 'another CAS server (django-cas-server)',
    package: 'python3-django-cas-server openssl',
    present: () => ['/usr/lib/python3/dist-packages/cas_server', '/usr/bin/openssl'].every(existsSync),
    tests: ['e2e/foreign-clients/comparison*'],
  },
];

function apacheModules() {
  const folder = '/usr/lib/apache2/modules';
  return existsSync(folder) ? readdirSync(folder).join(' ') : '';
}

const packagesOf = (parts) => [...new Set(parts.flatMap((part) => part.package.split(' ')))];

/**
 * Installs what is missing where this account may; says what is missing elsewhere, and fails then with CI=true.
 * Answers the files of the tests that have to be skipped.
 */
export function ensureSystemPackages() {
  let missing = NEEDED.filter((part) => !part.present());
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.error(`installing ${packagesOf(missing).join(', ')} …`);
    const quiet = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    spawnSync('apt-get', ['update'], quiet);
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...packagesOf(missing)], quiet);
    missing = NEEDED.filter((part) => !part.present());
  }
  for (const part of missing)
    console.error(`missing: ${part.what}; its tests are skipped. Get it with: apt-get install ${part.package}`);
  if (missing.length > 0 && process.env.CI === 'true') process.exit(1);
  return missing.flatMap((part) => part.tests);
}
