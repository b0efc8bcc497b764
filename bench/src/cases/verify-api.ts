import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createOperatorClient } from '@lanyard/launcher/internal/client/call-service.js';
import { demoNumber } from '@lanyard/launcher/internal/demo/demo-roster.js';
import { readInstallation } from '@lanyard/launcher/internal/installation/read-installation.js';
import {
  createSoftwareWallet,
  type OfferObject,
  type SoftwareWallet,
} from '@lanyard/launcher/internal/software-wallet/software-wallet.js';
import { median, round3 } from '../measure.js';
import { verificationFloor } from './codes.js';

const ROUNDS = 5;
const ROUND_CODES = 3200;
const WARM_CODES = 12_000;
const CONNECTIONS = 16;
const BATCH = 16;
const PIECE = 1_600;
const VERIFICATIONS = '/v1/verifications';
const BENCH_SEAT = 40;
const TICKS_PER_SECOND = 100;

interface Target {
  url: string;
  token: string;
  pid: number;
}

/** CPU seconds a process has used, from the kernel's accounting. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function post(target: Target, path: string, body: string): Promise<string> {
  const answer = await fetch(`${target.url}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${target.token}`, 'Content-Type': 'application/json' },
    body,
  });
  return answer.text();
}

/**
 * Sends so many bodies over a few connections; answers requests per CPU second of the service. Bodies are made a piece
 * at a time before they are sent: codes are good for seconds, and a service that waits for its client costs more.
 */
async function send(
  target: Target,
  path: string,
  count: number,
  body: () => string,
  check: (answer: string) => void = () => {},
): Promise<number> {
  let used = 0;
  for (let done = 0; done < count; done += PIECE) {
    const bodies = Array.from({ length: Math.min(PIECE, count - done) }, body);
    const before = cpuSeconds(target.pid);
    let next = 0;
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (let index = next++; index < bodies.length; index = next++)
          check(await post(target, path, bodies[index] ?? ''));
      }),
    );
    used += cpuSeconds(target.pid) - before;
  }
  return count / used;
}

function floorRate(): number {
  const floor = verificationFloor();
  const before = process.cpuUsage();
  let done = 0;
  const began = performance.now();
  while (performance.now() - began < 500) done += floor();
  const used = process.cpuUsage(before);
  return done / ((used.user + used.system) / 1e6);
}

/** One wallet makes thousands of codes a second here: now and then two nonces of 4 bytes meet, and one of them is `replayed`. */
function accepted(answer: string): void {
  const others = answer.replaceAll('"rejected","reason":"replayed"', '"accepted"');
  if (!others.includes('"verdict":"accepted"') || others.includes('"rejected"')) throw new Error(answer.slice(0, 300));
}

const single = (wallet: SoftwareWallet) => () => JSON.stringify({ code: wallet.gateCode(), checkpoint: 'south-gate' });
const batch = (wallet: SoftwareWallet) => () =>
  JSON.stringify(Array.from({ length: BATCH }, () => ({ code: wallet.gateCode(), checkpoint: 'south-gate' })));

/** `POST /v1/verifications` of a running installation (`./lanyard up`), per CPU second of the verifier's process. */
export async function verifyApiFigures(): Promise<object[]> {
  const installation = readInstallation(process.env);
  const client = createOperatorClient(installation);
  const pids = JSON.parse(readFileSync(join(installation.home, 'pids.json'), 'utf8')) as Record<string, number>;
  const token = readFileSync(installation.files.operatorToken, 'utf8').trim();
  const target: Target = {
    url: `http://localhost:${installation.port('verifier')}`,
    token,
    pid: pids['verifier'] ?? 0,
  };
  const offer = await client.call<{ credential_offer: OfferObject; tx_code: string }>(
    'issuer',
    '/v1/credential-offers',
    {
      body: { student_number: demoNumber(BENCH_SEAT) },
    },
  );
  const wallet = createSoftwareWallet();
  await wallet.claim(offer.credential_offer, offer.tx_code, { ids: 0, passes: 0 });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  // Steady state: the first thousands of requests run in code that is not optimised yet.
  await send(target, VERIFICATIONS, WARM_CODES, single(wallet), accepted);
  await send(target, VERIFICATIONS, WARM_CODES / BATCH, batch(wallet), accepted);

  const figures = {
    single: [] as number[],
    batch: [] as number[],
    floor: [] as number[],
    empty: [] as number[],
    refused: [] as number[],
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    figures.floor.push(floorRate());
    figures.single.push(await send(target, VERIFICATIONS, ROUND_CODES, single(wallet), accepted));
    figures.batch.push(BATCH * (await send(target, VERIFICATIONS, (4 * ROUND_CODES) / BATCH, batch(wallet), accepted)));
    // What each part of a request costs: an unknown address (HTTP, log), a body that is refused (and authentication, parsing).
    figures.empty.push(await send(target, '/v1/nowhere', ROUND_CODES, () => '{}'));
    figures.refused.push(await send(target, VERIFICATIONS, ROUND_CODES, () => '{"code":1}'));
  }
  const floor = median(figures.floor);
  const cost = (rate: number) => round3((1e6 / rate) * 1);
  const rate = median(figures.single);
  const shares = `µs of CPU a request: HTTP and log ${cost(median(figures.empty))}, with authentication and validation ${cost(median(figures.refused))}, whole ${cost(rate)}, bare verification ${cost(floor)}`;
  const line = (bench: string, subject: number, note: string) => ({
    bench,
    subject_per_cpu_s: Math.round(subject),
    floor_per_cpu_s: Math.round(floor),
    ratio: round3(subject / floor),
    note,
  });
  return [
    line('verify-api-single', rate, `floor: one verification; target 0.33, aim 0.45; ${shares}`),
    line(
      'verify-api-batch',
      median(figures.batch),
      'codes in batches of 16; floor: one verification; target 0.85, aim 0.95',
    ),
  ];
}
