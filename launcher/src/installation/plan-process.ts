import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessPlan } from '../supervisor/supervise.js';
import type { Installation } from './read-installation.js';

const root = new URL('../../../', import.meta.url).pathname;
/** Young generation in MB: room for bursts of requests at a server; little in a gate's box, whose memory then stays level. */
const SERVER_FLAGS = ['--enable-source-maps', '--max-semi-space-size=8'];
/** With a small most V8 collects soon instead of letting garbage grow to four times what lives (decision 0021). */
const VERIFIER_FLAGS = [...SERVER_FLAGS, '--max-old-space-size=384'];
const GATE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=1', '--max-old-space-size=128'];
const FLAGS: Readonly<Record<string, readonly string[]>> = { verifier: VERIFIER_FLAGS, 'reader-agent': GATE_FLAGS };

/** One process with the environment of docs/services.md and nothing else. */
export function planProcess(
  installation: Installation,
  environment: NodeJS.ProcessEnv,
  part: {
    name: string;
    folder: string;
    port: number;
    database?: { runUrl: string; sealUrl: string };
    extra?: Record<string, string>;
  },
): ProcessPlan {
  const store = installation.storeOf(part.name);
  mkdirSync(store.folder, { recursive: true, mode: 0o700 });
  const urls = (['wallet', 'idp', 'issuer', 'verifier', 'campus', 'admin', 'reader-agent'] as const).map((name) => [
    `LANYARD_PUBLIC_URL_${name.toUpperCase().replace('-', '_')}`,
    installation.publicUrl(name),
  ]);
  return {
    name: part.name,
    entry: join(root, part.folder, 'dist', 'main.js'),
    nodeFlags: FLAGS[part.folder] ?? SERVER_FLAGS,
    readyUrl: `http://localhost:${part.port}/readyz`,
    environment: {
      // Sixteen arenas of malloc keep what one request in each has freed.
      ...(part.folder === 'verifier' ? { MALLOC_ARENA_MAX: '2' } : {}),
      LANYARD_SERVICE: part.name,
      LANYARD_PORT: String(part.port),
      LANYARD_STORE: store.folder,
      LANYARD_KEY_FILE: environment['LANYARD_KEY_FILE']
        ? `${environment['LANYARD_KEY_FILE']}.${part.name}`
        : store.keyFile,
      LANYARD_OPERATOR_TOKEN_DIGEST_FILE: installation.files.operatorTokenDigest,
      LANYARD_CALLERS: installation.files.callers,
      LANYARD_UNIVERSITY_CODE: installation.universityCode,
      LANYARD_UNIVERSITY_NAME: installation.universityName,
      LANYARD_UNIVERSITY_DOMAIN: environment['LANYARD_UNIVERSITY_DOMAIN'] ?? '',
      LANYARD_TRUST_ANCHORS: environment['LANYARD_TRUST_ANCHORS'] ?? '',
      LANYARD_FETCH_ALLOW: environment['LANYARD_FETCH_ALLOW'] ?? '',
      ...Object.fromEntries(urls),
      ...(part.database
        ? { LANYARD_DATABASE_URL: part.database.runUrl, LANYARD_DATABASE_SEAL_URL: part.database.sealUrl }
        : {}),
      ...part.extra,
    },
  };
}

/** Where the issuer finds the roots, and the token its keys lie in where there is one. */
export function keySettings(installation: Installation, environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['LANYARD_PKCS11_MODULE', 'LANYARD_PKCS11_TOKEN', 'LANYARD_PKCS11_PIN_FILE'];
  return {
    LANYARD_ROOT_CERTIFICATES: installation.files.rootCertificates,
    ...Object.fromEntries(names.map((name) => [name, environment[name] ?? ''])),
  };
}
