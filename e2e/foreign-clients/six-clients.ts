import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../packages/platform/test/support/free-port.js';
import type { Installation } from '../support/installation.js';
import { type RunningProgram, runProgram } from '../support/run-program.js';
import { makeApacheFolder, type Site, startApache } from './apache.js';
import { authCas, httpCasClient, modAuthCas, phpCas } from './cas-clients.js';
import type { ForeignClient } from './foreign-client.js';
import { modAuthOpenidc, openidClient } from './oidc-clients.js';

const DEBIAN_ANCHORS = '/etc/ssl/certs/ca-certificates.crt';

export interface SixClients {
  clients: ForeignClient[];
  /** What their servers complained about. */
  log(): string;
  stop(): Promise<void>;
}

/**
 * Registers the six clients and starts them with the settings that the layer gives for them. Changed is only what an
 * administrator changes too: the file of trusted certificates, and where the client's secret lies.
 */
export async function startSixClients(
  installation: Installation,
  caFile: string,
  more: (folder: string) => Promise<readonly Site[]> = async () => [],
): Promise<SixClients> {
  const [php, apache, node, perl, apacheOidc, nodeOidc] = [
    phpCas(await freePort()),
    modAuthCas(await freePort()),
    httpCasClient(await freePort()),
    authCas(await freePort()),
    modAuthOpenidc(await freePort()),
    openidClient(await freePort()),
  ];
  const folder = makeApacheFolder();
  let clientSecret = '';
  async function register(client: ForeignClient): Promise<string> {
    const answer = await installation.idp<{ client_secret?: string; settings: { client: string; text: string }[] }>(
      '/v1/relying-parties',
      client.registration,
    );
    const found = answer.settings.find((one) => one.client === client.settings);
    if (found === undefined) throw new Error(`no settings for ${client.settings}`);
    clientSecret = answer.client_secret ?? clientSecret;
    return found.text.replaceAll(DEBIAN_ANCHORS, caFile).replaceAll('/etc/apache2/', `${folder}/`);
  }
  writeFileSync(join(folder, 'oidc.passphrase'), 'a passphrase of this test');
  const sites = [
    { port: portOf(php), directives: '', files: php.files(await register(php)) },
    {
      port: portOf(apache),
      directives: `CASCookiePath ${folder}/cas-tickets/\n${await register(apache)}`,
      files: apache.files,
    },
    { port: portOf(perl), directives: '', files: perl.files(await register(perl), `${folder}/perl-sessions`) },
    {
      port: portOf(apacheOidc),
      directives: `OIDCCABundlePath ${caFile}\n${await register(apacheOidc)}`,
      files: apacheOidc.files,
    },
  ];
  const server = await startApache(folder, [...sites, ...(await more(folder))], { OIDC_CLIENT_SECRET: clientSecret });
  const programs: RunningProgram[] = [];
  for (const client of [node, nodeOidc]) {
    const file = join(folder, `${client.id}.mjs`);
    writeFileSync(file, client.program(await register(client)));
    programs.push(
      await runProgram(process.execPath, [file], {
        url: client.page,
        cwd: folder,
        environment: { NODE_EXTRA_CA_CERTS: caFile },
      }),
    );
  }
  return {
    clients: [php, apache, node, perl, apacheOidc, nodeOidc],
    log: () => [server.log(), ...programs.map((program) => program.output())].join('\n'),
    async stop() {
      for (const program of programs) await program.stop();
      await server.stop();
    },
  };
}

const portOf = (client: ForeignClient): number => Number(new URL(client.page).port);
