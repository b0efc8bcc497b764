import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, writeDurably } from '@lanyard/platform';
import { createOperatorClient } from '../client/call-service.js';
import { loadDemoData, prepareDemoAgents } from '../demo/load-demo-data.js';
import { hasOthers, startOtherUniversities, trustSettings } from '../demo/other-universities.js';
import { keepCertified } from '../installation/certify-signers.js';
import { ensureOperatorToken } from '../installation/operator-token.js';
import { keySettings, planProcess } from '../installation/plan-process.js';
import { ensureOwnDatabase, prepareDatabases } from '../installation/prepare-databases.js';
import { type Installation, POSTGRES_OFFSET, type ServiceName } from '../installation/read-installation.js';
import { ensurePassphrase, hasRoot, initRoot } from '../installation/root-folder.js';
import { campusSettings, identitySettings, noticeSettings } from '../installation/service-settings.js';
import { type Cluster, startCluster } from '../postgres/start-cluster.js';
import { lockHome } from '../supervisor/lock-home.js';
import { createSupervisor, type ProcessPlan } from '../supervisor/supervise.js';

/** Starts everything, keeps it alive, writes run.json when all is ready; ends cleanly on SIGINT and SIGTERM. */
export async function up(installation: Installation, environment: NodeJS.ProcessEnv): Promise<void> {
  const began = Date.now();
  const say = (line: string) =>
    process.stdout.write(`[${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}\n`);
  mkdirSync(installation.home, { recursive: true, mode: 0o700 });
  mkdirSync(installation.files.callers, { recursive: true });
  const unlock = lockHome(installation.home);
  rmSync(installation.files.run, { force: true });
  ensureOperatorToken(installation);
  if (!hasRoot(installation)) {
    await initRoot(installation, ensurePassphrase(installation, environment), systemClock.nowSeconds());
    say('root made');
  }

  const supervisor = createSupervisor({
    logFolder: installation.files.logs,
    report: say,
    onPids: (pids) => writeDurably(join(installation.home, 'pids.json'), Buffer.from(JSON.stringify(pids))),
  });
  let cluster: Cluster | undefined;
  let stopKeeping = () => {};
  let leaving: Promise<void> | undefined;
  let stopOthers = () => {};
  const leave = (status: number) => {
    leaving ??= (async () => {
      say('stopping');
      stopKeeping();
      rmSync(installation.files.run, { force: true });
      stopOthers();
      await supervisor.stop();
      await cluster?.stop();
      unlock();
      say('stopped');
      process.exit(status);
    })();
    return leaving;
  };
  process.on('SIGINT', () => void leave(0));
  process.on('SIGTERM', () => void leave(0));

  try {
    if (environment['DATABASE_URL'] === undefined && environment['DATABASE_URL_ISSUER'] === undefined) {
      say('starting PostgreSQL');
      cluster = await startCluster({
        folder: installation.files.postgres,
        port: installation.portBase + POSTGRES_OFFSET,
      });
      cluster.process.once('exit', () => {
        if (leaving === undefined) {
          say('PostgreSQL ended unexpectedly');
          void leave(1);
        }
      });
    }
    const adminUrl = cluster === undefined ? environment['DATABASE_URL'] : await ensureOwnDatabase(cluster.url);
    const databases = await prepareDatabases(adminUrl, environment);
    say('database ready');
    const client = createOperatorClient(installation);
    const plan = (name: ServiceName, folder: string, database?: { runUrl: string; sealUrl: string }): ProcessPlan =>
      planProcess(installation, environment, {
        name,
        folder,
        port: installation.port(name),
        ...(database ? { database } : {}),
      });
    await supervisor.start(
      planProcess(installation, environment, {
        name: 'issuer',
        folder: 'issuer',
        port: installation.port('issuer'),
        database: databases.issuer,
        extra: {
          ...noticeSettings(installation, environment),
          ...keySettings(installation, environment),
          ...trustSettings(installation, environment),
        },
      }),
    );
    stopKeeping = await keepCertified(installation, environment, client, say);
    await supervisor.start(
      planProcess(installation, environment, {
        name: 'verifier',
        folder: 'verifier',
        port: installation.port('verifier'),
        database: databases.verifier,
        extra: trustSettings(installation, environment),
      }),
    );
    await Promise.all([
      supervisor.start(
        planProcess(installation, environment, {
          name: 'idp',
          folder: 'idp',
          port: installation.port('idp'),
          database: databases.idp,
          extra: identitySettings(environment),
        }),
      ),
      supervisor.start(
        planProcess(installation, environment, {
          name: 'campus',
          folder: 'campus',
          port: installation.port('campus'),
          database: databases.campus,
          extra: campusSettings(environment),
        }),
      ),
      supervisor.start(plan('wallet', 'wallet-web')),
      supervisor.start(plan('admin', 'admin')),
    ]);
    say('services ready');
    if (environment['LANYARD_DEMO'] !== '0') await loadDemoData(installation, client, say);
    for (const agent of await prepareDemoAgents(installation, client, environment)) {
      await supervisor.start(
        planProcess(installation, environment, {
          name: agent.name,
          folder: 'reader-agent',
          port: agent.port,
          extra: agent.environment,
        }),
      );
    }
    const link = await client.call<{ url: string }>('admin', '/v1/operator-links', { method: 'POST', body: {} });
    const names = ['wallet', 'idp', 'issuer', 'verifier', 'campus', 'admin', 'reader-agent'] as const;
    const run = {
      ready: true,
      services: Object.fromEntries(names.map((name) => [name, installation.publicUrl(name)])),
      operator_sign_in: link.url,
      operator_token_file: installation.files.operatorToken,
    };
    writeDurably(installation.files.run, Buffer.from(`${JSON.stringify(run, null, 2)}\n`));
    say(`ready. Data in ${installation.home}, logs in ${join(installation.home, 'logs')}`);
    for (const [name, url] of Object.entries(run.services)) process.stdout.write(`  ${name.padEnd(13)} ${url}\n`);
    process.stdout.write(`  operator sign-in, once, within 10 minutes: ${link.url}\n  Stop with Ctrl-C.\n`);
    if (hasOthers(environment) && adminUrl !== undefined)
      stopOthers = await startOtherUniversities({ installation, environment, client, supervisor, adminUrl, say }).catch(
        // Our own university is up; the demo is poorer without the others.
        (error: Error) => {
          say(`other universities are not up: ${error.message}`);
          return () => {};
        },
      );
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    await leave(1);
  }
}
