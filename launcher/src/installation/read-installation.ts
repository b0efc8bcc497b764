import { join, resolve } from 'node:path';

/** Services with their offset to the port base. */
export const PORT_OFFSETS = {
  wallet: 0,
  idp: 1,
  issuer: 2,
  verifier: 3,
  campus: 4,
  admin: 5,
  'reader-agent': 6,
} as const;
export type ServiceName = keyof typeof PORT_OFFSETS;
export const POSTGRES_OFFSET = 9;

/** Where this installation lies and how it is reached; the same for `up` and for every command. */
export interface Installation {
  home: string;
  portBase: number;
  universityCode: string;
  universityName: string;
  universityNameEn: string;
  publicUrl(service: ServiceName): string;
  port(service: ServiceName): number;
  files: {
    run: string;
    operatorToken: string;
    operatorTokenDigest: string;
    callers: string;
    /** Sealed key and ledger of the root; may be moved to a safe. */
    rootFolder: string;
    /** PEM of the roots, for whoever checks. */
    rootCertificates: string;
    /** Made where nobody gave a passphrase: for the demo. */
    rootPassphrase: string;
    logs: string;
    postgres: string;
    /** The trust list and the key of its operator, where this installation is the operator's. */
    trustList: string;
    trustListKey: string;
  };
  storeOf(name: string): { folder: string; keyFile: string };
}

/** Reads LANYARD_HOME (default `.lanyard`), LANYARD_PORT_BASE (default 8080) and LANYARD_PUBLIC_URL_<SERVICE>. */
export function readInstallation(environment: NodeJS.ProcessEnv): Installation {
  const home = resolve(environment['LANYARD_HOME'] || '.lanyard');
  const portBase = Number(environment['LANYARD_PORT_BASE'] || 8080);
  if (!Number.isInteger(portBase) || portBase < 1024 || portBase > 65_000)
    throw new TypeError('LANYARD_PORT_BASE is not a port');
  const port = (service: ServiceName) => portBase + PORT_OFFSETS[service];
  return {
    home,
    portBase,
    universityCode: environment['LANYARD_UNIVERSITY_CODE'] || '4199090001',
    universityName: environment['LANYARD_UNIVERSITY_NAME'] || '示例大学',
    universityNameEn: environment['LANYARD_UNIVERSITY_NAME_EN'] || 'Example University',
    port,
    publicUrl: (service) =>
      environment[`LANYARD_PUBLIC_URL_${service.toUpperCase().replace('-', '_')}`] ||
      `http://localhost:${port(service)}`,
    files: {
      run: join(home, 'run.json'),
      operatorToken: join(home, 'operator.token'),
      operatorTokenDigest: join(home, 'operator.token.sha256'),
      callers: join(home, 'callers'),
      rootFolder: join(home, 'root'),
      rootCertificates: join(home, 'root.pem'),
      rootPassphrase: join(home, 'root.passphrase'),
      logs: join(home, 'logs'),
      postgres: join(home, 'postgres'),
      trustList: join(home, 'trust-list', 'trust-list.jwt'),
      trustListKey: join(home, 'trust-list', 'operator.pem'),
    },
    storeOf: (name) => ({ folder: join(home, name, 'store'), keyFile: join(home, name, 'key') }),
  };
}
