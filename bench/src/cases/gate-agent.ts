import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOperatorClient } from '@lanyard/launcher/internal/client/call-service.js';
import { demoNumber } from '@lanyard/launcher/internal/demo/demo-roster.js';
import { readInstallation } from '@lanyard/launcher/internal/installation/read-installation.js';
import { createSoftwareWallet, type OfferObject } from '@lanyard/launcher/internal/software-wallet/software-wallet.js';
import { round3 } from '../measure.js';

const CODES = 500;
const PORT_OFFSET = 14;
const BENCH_SEAT = 41;

/**
 * A gate of its own on a pseudo-terminal beside a running installation: from the write of a scanner's line to the
 * verdict's arrival on the screen's stream, one code after the other, each new and durable before it is shown.
 */
export async function gateAgentFigures(): Promise<object[]> {
  const installation = readInstallation(process.env);
  const client = createOperatorClient(installation);
  const folder = mkdtempSync(join(tmpdir(), 'lanyard-gate-'));
  const children: ChildProcess[] = [];
  try {
    const ends = ['scanner', 'device'].map((name) => join(folder, name));
    children.push(
      spawn(
        'socat',
        ends.map((path) => `pty,raw,echo=0,link=${path}`),
        { stdio: 'ignore' },
      ),
    );
    await until(() => ends.every((path) => existsSync(path)));
    const { code } = await client.call<{ code: string }>('verifier', '/v1/checkpoints/south-gate/enrolments', {
      method: 'POST',
      body: {},
    });
    const port = installation.portBase + PORT_OFFSET;
    children.push(
      startAgent(installation.home, {
        folder,
        port,
        code,
        scanner: ends[1] ?? '',
        verifier: `http://localhost:${installation.port('verifier')}`,
      }),
    );
    const url = `http://localhost:${port}`;
    await until(async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok === true);
    const offer = await client.call<{ credential_offer: OfferObject; tx_code: string }>(
      'issuer',
      '/v1/credential-offers',
      { body: { student_number: demoNumber(BENCH_SEAT) } },
    );
    const wallet = createSoftwareWallet();
    await wallet.claim(offer.credential_offer, offer.tx_code, { ids: 0, passes: 0 });
    const times = await measure(url, ends[0] ?? '', () => wallet.gateCode());
    times.sort((a, b) => a - b);
    const at = (share: number) => round3(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
    return [
      {
        bench: 'gate-agent',
        p50_ms: at(0.5),
        p95_ms: at(0.95),
        p99_ms: at(0.99),
        codes: times.length,
        note: 'serial line to verdict on the screen stream, journal and replay memory on disk before; target p99 15 ms, aim 8 ms',
      },
    ];
  } finally {
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function startAgent(
  home: string,
  plan: { folder: string; port: number; code: string; scanner: string; verifier: string },
): ChildProcess {
  return spawn(process.execPath, [new URL('../../../reader-agent/dist/main.js', import.meta.url).pathname], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      LANYARD_SERVICE: 'reader-agent',
      LANYARD_PORT: String(plan.port),
      LANYARD_STORE: join(plan.folder, 'store'),
      LANYARD_KEY_FILE: join(plan.folder, 'key'),
      LANYARD_OPERATOR_TOKEN_DIGEST_FILE: join(home, 'operator.token.sha256'),
      LANYARD_VERIFIER_URL: plan.verifier,
      LANYARD_ENROLMENT_CODE: plan.code,
      LANYARD_SCANNER: plan.scanner,
    },
  });
}

async function measure(url: string, scanner: string, makeCode: () => string): Promise<number[]> {
  const stream = await fetch(`${url}/v1/screen`);
  const times: number[] = [];
  let arrived: ((verdict: string) => void) | undefined;
  void (async () => {
    let text = '';
    for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString('utf8');
      const verdicts = [...text.matchAll(/"verdict":"([a-z-]+)"/g)].map((match) => match[1] ?? '');
      text = text.slice(text.lastIndexOf('\n\n') + 2);
      for (const verdict of verdicts) arrived?.(verdict);
    }
  })().catch(() => {});
  // Until the new gate key has reached the gate, codes are unknown to it; those rounds are not measured.
  for (let accepted = 0; accepted < CODES; ) {
    const code = makeCode();
    const shown = new Promise<string>((resolve) => {
      arrived = resolve;
    });
    const began = performance.now();
    writeFileSync(scanner, `${code}\r\n`);
    const verdict = await shown;
    const ms = performance.now() - began;
    if (verdict === 'accepted') {
      accepted += 1;
      if (accepted > 20) times.push(ms);
    } else await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return times;
}

async function until(test: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await test()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('gave up waiting');
}
