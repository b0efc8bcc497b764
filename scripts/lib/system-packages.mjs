import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What tests need from the system: how to see it, the Debian package that brings it, the tests that need it. */
const NEEDED = [
  {
    what: 'Chromium',
    package: 'chromium',
    present: () => existsSync('/usr/bin/chromium'),
    tests: [
      'wallet-web/test/service/**',
      'admin/test/service/**',
      'verifier/test/service/staff-page*',
      'reader-agent/test/service/kiosk*',
      'e2e/browser-journey*',
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
    tests: ['e2e/gates*'],
  },
  {
    what: 'pseudo-terminals (socat)',
    package: 'socat',
    present: () => existsSync('/usr/bin/socat'),
    tests: ['reader-agent/test/service/**', 'e2e/gates*', 'e2e/browser-journey*'],
  },
];

/**
 * Installs what is missing where this account may; says what is missing elsewhere, and fails then with CI=true.
 * Answers the files of the tests that have to be skipped.
 */
export function ensureSystemPackages() {
  let missing = NEEDED.filter((part) => !part.present());
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.error(`installing ${missing.map((part) => part.package).join(', ')} …`);
    const quiet = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    spawnSync('apt-get', ['update'], quiet);
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...missing.map((part) => part.package)], quiet);
    missing = NEEDED.filter((part) => !part.present());
  }
  for (const part of missing)
    console.error(`missing: ${part.what}; its tests are skipped. Get it with: apt-get install ${part.package}`);
  if (missing.length > 0 && process.env.CI === 'true') process.exit(1);
  return missing.flatMap((part) => part.tests);
}
