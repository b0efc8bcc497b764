import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PLATFORM_MIGRATIONS, prepareSchema, systemClock, writeDurably } from '@lanyard/platform';
import { encodeBase64url } from '@lanyard/protocol';
import { createOperatorClient, type OperatorClient } from '../client/call-service.js';
import { keepCertified } from '../installation/certify-signers.js';
import { keySettings, planProcess } from '../installation/plan-process.js';
import { migrationsOf, onceInHome } from '../installation/prepare-databases.js';
import { type Installation, readInstallation } from '../installation/read-installation.js';
import { ensurePassphrase, hasRoot, initRoot } from '../installation/root-folder.js';
import type { Supervisor } from '../supervisor/supervise.js';
import { describeUniversities } from '../trust-list/describe-universities.js';
import { openOperatorKey } from '../trust-list/operator-key.js';
import { entriesOf, signNextTrustList } from '../trust-list/sign-trust-list.js';
import { rosterColumnNames, rosterRow } from './demo-roster.js';

/** Fictional universities beside our own, each with an issuer of its own. The last one is in trouble. */
const OTHERS = [
  { code: '4199090002', zh: '示例理工大学', en: 'Example University of Technology', state: 'active' },
  { code: '4199090003', zh: '示例师范大学', en: 'Example Normal University', state: 'active' },
  { code: '4199090004', zh: '示例农业大学', en: 'Example Agricultural University', state: 'suspended' },
] as const;
const FIRST_PORT_OFFSET = 40;
const SEATS = [31, 32, 33];

/** What the verifier and the issuer are told of the trust list: the installation's own, or the demo's. */
export function trustSettings(installation: Installation, environment: NodeJS.ProcessEnv): Record<string, string> {
  const { LANYARD_TRUST_LIST: list, LANYARD_TRUST_LIST_KEY: key } = environment;
  if (list) return { LANYARD_TRUST_LIST: list, LANYARD_TRUST_LIST_KEY: key ?? '' };
  if (!hasOthers(environment)) return {};
  const allowed = [environment['LANYARD_FETCH_ALLOW'], ...OTHERS.map((_, index) => hostOf(installation, index))];
  return {
    LANYARD_TRUST_LIST: installation.files.trustList,
    LANYARD_TRUST_LIST_KEY: encodeBase64url(openOperatorKey(installation.files.trustListKey).compressed),
    LANYARD_FETCH_ALLOW: allowed.filter(Boolean).join(','),
  };
}

/** Other universities belong to the demo and may be left out of it. */
export function hasOthers(environment: NodeJS.ProcessEnv): boolean {
  return environment['LANYARD_DEMO'] !== '0' && environment['LANYARD_DEMO_UNIVERSITIES'] !== '0';
}

/** Starts the other universities' issuers, gives each a root, signers and three students, and signs the trust list. */
export async function startOtherUniversities(parts: {
  installation: Installation;
  environment: NodeJS.ProcessEnv;
  client: OperatorClient;
  supervisor: Supervisor;
  adminUrl: string;
  say: (line: string) => void;
}): Promise<() => void> {
  const { installation, environment, say } = parts;
  const stops: (() => void)[] = [];
  const started: Installation[] = [];
  for (const [index, university] of OTHERS.entries()) {
    const other = otherInstallation(installation, index);
    mkdirSync(other.files.callers, { recursive: true });
    if (!hasRoot(other)) await initRoot(other, ensurePassphrase(other, {}), systemClock.nowSeconds());
    const database = await prepareSchema(parts.adminUrl, {
      service: `issuer_${university.code}`,
      migrationFolders: [PLATFORM_MIGRATIONS, migrationsOf('issuer')],
    });
    await parts.supervisor.start(
      planProcess(other, environment, {
        name: `issuer-${university.code}`,
        folder: 'issuer',
        port: other.port('issuer'),
        database,
        extra: {
          ...keySettings(other, {}),
          ...trustSettings(installation, environment),
          LANYARD_NOTICE_FOLDER: join(other.home, 'notices'),
        },
      }),
    );
    const client = createOperatorClient(other);
    stops.push(await keepCertified(other, {}, client, () => {}));
    await onceInHome(other, 'demo-students', async () => {
      const rows = [rosterColumnNames, ...SEATS.map((seat) => rosterRow(seat, university.code))].join('\r\n');
      await client.call('issuer', '/v1/roster-imports', { bytes: new TextEncoder().encode(rows), type: 'text/csv' });
    });
    started.push(other);
  }
  await signDemoList(installation, started);
  await parts.client.call('verifier', '/v1/trust-list/refresh', { method: 'POST', body: {} });
  const universities = started.map((other, index) => ({
    university_code: other.universityCode,
    name: other.universityName,
    issuer: other.publicUrl('issuer'),
    state: OTHERS[index]?.state,
  }));
  writeDurably(join(installation.home, 'universities.json'), Buffer.from(JSON.stringify({ universities }, null, 2)));
  say(`other universities ready: ${universities.map(({ name, state }) => `${name} (${state})`).join(', ')}`);
  return () => {
    for (const stop of stops) stop();
  };
}

/** A list signed at each start, for thirty days: the demo has no operator who would do it daily. */
async function signDemoList(installation: Installation, started: readonly Installation[]): Promise<void> {
  const nowSeconds = systemClock.nowSeconds();
  const { entries } = await describeUniversities(
    [installation, ...started].map((one, index) => ({
      university_code: one.universityCode,
      names: { 'zh-CN': one.universityName, en: one.universityNameEn },
      issuer: one.publicUrl('issuer').replace(/\/$/, ''),
      state: index === 0 ? 'active' : (OTHERS[index - 1]?.state ?? 'active'),
    })),
    nowSeconds,
  );
  const { trustList: file, trustListKey } = installation.files;
  const ours = new Set(entries.map((entry) => entry.university_code));
  // Whoever was added to the list by hand stays on it.
  const added = entriesOf(file).filter((entry) => !ours.has(entry.university_code));
  const key = openOperatorKey(trustListKey);
  signNextTrustList({ file, entries: [...entries, ...added], key, nextKey: undefined, nowSeconds });
}

const hostOf = (installation: Installation, index: number) =>
  `localhost:${installation.portBase + FIRST_PORT_OFFSET + index}`;

/** An installation of its own inside this home that consists of an issuer; the operator token is ours. */
function otherInstallation(installation: Installation, index: number): Installation {
  const university = OTHERS[index];
  if (university === undefined) throw new TypeError('no such university');
  const own = readInstallation({
    LANYARD_HOME: join(installation.home, 'universities', university.code),
    LANYARD_PORT_BASE: String(installation.portBase),
    LANYARD_UNIVERSITY_CODE: university.code,
    LANYARD_UNIVERSITY_NAME: university.zh,
    LANYARD_UNIVERSITY_NAME_EN: university.en,
  });
  const { operatorToken, operatorTokenDigest } = installation.files;
  return {
    ...own,
    port: (service) => (service === 'issuer' ? installation.portBase + FIRST_PORT_OFFSET + index : own.port(service)),
    publicUrl: (service) =>
      service === 'issuer' ? `http://${hostOf(installation, index)}` : installation.publicUrl(service),
    files: { ...own.files, operatorToken, operatorTokenDigest },
  };
}
