import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StandInIssuer, startStandInIssuer } from '../../../verifier/test/service/support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from '../../../verifier/test/service/support/start-verifier.js';
import { createAgentHome, startAgent } from '../support/agent-process.js';
import { until } from '../support/until.js';

interface FleetEntry {
  id: string;
  health: string;
  reasons: string[];
  version: string;
  package_sequence: number | null;
  settings_revision: number | null;
}
interface Detail extends FleetEntry {
  report: { tls_until: number | null; faults: { code: string }[] } | null;
  certificate_until: string | null;
  history: { health: string }[];
}

let issuer: StandInIssuer;
let verifier: TestVerifier;
const homes: string[] = [];
const agents: Awaited<ReturnType<typeof startAgent>>[] = [];

beforeAll(async () => {
  issuer = await startStandInIssuer(7220);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({
    ...{ port: 7221, issuerUrl: issuer.url },
    environment: { LANYARD_AGENT_TLS_PORT: '7222', LANYARD_AGENT_MUTUAL_TLS: 'required' },
  });
  await verifier.synced(issuer.sequence());
  await verifier.putCheckpoint('south-gate');
});
afterAll(async () => {
  for (const agent of agents) await agent.kill('SIGKILL');
  await verifier.close();
  await issuer.close();
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

async function enrolmentCode(): Promise<string> {
  const answer = await verifier.operator('/v1/checkpoints/south-gate/enrolments', { method: 'POST' });
  return ((await answer.json()) as { code: string }).code;
}
async function start(port: number, home: string, environment: Record<string, string> = {}) {
  const agent = await startAgent({ port, home, verifierUrl: verifier.url, environment });
  agents.push(agent);
  await agent.ready();
  return agent;
}
function newHome(): string {
  const home = createAgentHome();
  homes.push(home);
  return home;
}
const fleet = async () => {
  const answer = (await (await verifier.operator('/v1/fleet')).json()) as { agents: FleetEntry[] };
  return answer.agents;
};
const detail = async (id: string) => (await (await verifier.operator(`/v1/fleet/${id}`)).json()) as Detail;
const idOf = async (agent: Awaited<ReturnType<typeof startAgent>>) => {
  await until(async () => (await agent.status()).enrolment === 'enrolled', 20_000);
  return ((await agent.status()) as unknown as { agent_id: string }).agent_id;
};

describe('a real agent where mutual TLS is required', () => {
  it('enrols, follows its package over TLS and reports', async () => {
    const home = newHome();
    const code = await enrolmentCode();
    const agent = await start(7223, home, { LANYARD_ENROLMENT_CODE: code });
    const id = await idOf(agent);
    await until(async () => (await agent.status()).package_sequence !== null, 20_000);
    await until(async () => (await fleet()).find((one) => one.id === id)?.package_sequence != null, 20_000);
    const entry = await detail(id);
    expect(entry.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(entry.report?.tls_until).toBeGreaterThan(Date.now() / 1000 + 300 * 86_400);
    expect(entry.certificate_until).not.toBeNull();
    expect(entry.history.length).toBeGreaterThan(0);
    await until(async () => (await detail(id)).health === 'ok', 20_000);

    // Its certificate is kept sealed: after a restart it needs no code and no plain listener.
    await agent.kill('SIGTERM');
    const again = await start(7223, home);
    await until(async () => (await again.status()).network === 'online', 20_000);

    await verifier.operator(`/v1/agents/${id}/withdraw`, { method: 'POST' });
    await until(async () => (await again.status()).network === 'offline', 20_000);
    expect((await fleet()).some((one) => one.id === id)).toBe(false);
  });

  it('comes with a bundle [its own certificate was lost]', async () => {
    const home = newHome();
    const agent = await start(7224, home, { LANYARD_ENROLMENT_CODE: await enrolmentCode() });
    const id = await idOf(agent);
    await agent.kill('SIGTERM');
    rmSync(join(home, 'store', 'tls-identity'));
    const made = await verifier.operator(`/v1/agents/${id}/bundle`, { method: 'POST' });
    const { bundle, passphrase } = (await made.json()) as { bundle: string; passphrase: string };
    const [file, secret] = [join(home, 'agent.p12'), join(home, 'passphrase')];
    writeFileSync(file, Buffer.from(bundle, 'base64'));
    writeFileSync(secret, `${passphrase}\n`);
    const environment = {
      LANYARD_VERIFIER_TLS_URL: 'https://localhost:7222',
      LANYARD_VERIFIER_TLS_BUNDLE: file,
      LANYARD_VERIFIER_TLS_BUNDLE_PASSPHRASE_FILE: secret,
    };
    const again = await start(7224, home, environment);
    await until(async () => (await again.status()).network === 'online', 20_000);
    await again.kill('SIGTERM');

    // With another passphrase it stays away from the network, rather than to call without a certificate.
    writeFileSync(secret, 'another');
    const closed = await start(7224, home, environment);
    await until(async () => {
      const status = (await closed.status()) as unknown as { faults: { code: string }[] };
      return status.faults.some(({ code }) => code === 'connection.failed');
    }, 20_000);
    expect((await closed.status()).network).toBe('offline');
  });
});

describe('settings from afar', () => {
  interface Set {
    settings: {
      revision: number;
      refused: { code: string } | null;
      effective: { readers: string; report_seconds: number };
    };
  }
  const set = async (scope: string, settings: object, seen: number) => {
    const answer = await verifier.operator('/v1/agent-settings', { body: { scope, settings, seen_revision: seen } });
    return ((await answer.json()) as { revision: number }).revision;
  };
  it('hold while the agent runs and after a restart; what its readers do not come up with is taken back', async () => {
    const home = newHome();
    const agent = await start(7225, home, { LANYARD_ENROLMENT_CODE: await enrolmentCode() });
    const id = await idOf(agent);
    const status = async () => ((await agent.status()) as unknown as Set).settings;
    const good = await set(`agent:${id}`, { report_seconds: 20 }, 0);
    await until(async () => (await status()).revision === good, 20_000);
    expect((await status()).effective.report_seconds).toBe(20);
    await until(async () => (await detail(id)).settings_revision === good, 20_000);

    // Whether the binding, the daemon or the reader is missing: it does not come up.
    const bad = await set(`agent:${id}`, { report_seconds: 90, readers: 'no such reader at all' }, good);
    await until(async () => (await status()).refused !== null, 30_000);
    const after = await status();
    expect([after.revision, after.effective.readers, after.effective.report_seconds]).toEqual([good, '', 20]);
    await until(async () => (await detail(id)).reasons.includes('settings-refused'), 20_000);

    const mended = await set(`agent:${id}`, { report_seconds: 45 }, bad);
    await until(async () => (await status()).revision === mended, 20_000);
    await agent.kill('SIGTERM');
    const again = await start(7225, home);
    const kept = ((await again.status()) as unknown as Set).settings;
    expect([kept.revision, kept.effective.report_seconds]).toEqual([mended, 45]);
  });
});
