import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServiceClient, systemClock } from '@lanyard/platform';
import {
  assemblePortableCode,
  createPassIssuer,
  decodeBase45,
  decodeBase64url,
  encodeBase45,
  parsePass,
  preparePortableCode,
} from '@lanyard/protocol';
import { createSigner, generateKeyPair, nodeAes, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readUrl } from '../issuer/test/service/support/cards.js';
import {
  createSoftwareWallet,
  type OfferObject,
  type SoftwareWallet,
} from '../launcher/src/software-wallet/software-wallet.js';
import { createNtag424Card, type Ntag424Card } from '../packages/protocol/test/support/ntag424-card.js';
import { type AgentProcess, enrolAgent } from './support/agent-process.js';
import { type CuttableLine, openCuttableLine } from './support/cuttable-line.js';
import { eventually, type Installation, startInstallation } from './support/installation.js';
import { openPseudoTerminal, type PseudoTerminal } from './support/pseudo-terminal.js';
import { watchScreen } from './support/screen.js';

let installation: Installation;
let terminal: PseudoTerminal;
let line: CuttableLine;
let cutOff: AgentProcess;
const now = () => Math.floor(Date.now() / 1000);
const number = (seat: number) => `9${2023 + (seat % 4)}${10 + (seat % 5)}${String(seat).padStart(6, '0')}`;

interface Verdict {
  verdict: string;
  reason?: string;
}

beforeAll(async () => {
  terminal = await openPseudoTerminal();
  installation = await startInstallation({ LANYARD_SCANNER_SOUTH_GATE: terminal.device });
  line = await openCuttableLine(installation.run.services.verifier);
  cutOff = await enrolAgent(installation, 'library', { port: installation.portBase + 12, verifierUrl: line.url });
  await cutOff.start();
});
afterAll(async () => {
  await cutOff?.kill();
  await line?.close();
  await installation?.stop();
  terminal?.close();
});

async function claim(studentNumber: string): Promise<SoftwareWallet> {
  const offer = await installation.operator<{ credential_offer: OfferObject; tx_code: string }>(
    'issuer',
    '/v1/credential-offers',
    { student_number: studentNumber },
  );
  const wallet = createSoftwareWallet();
  await wallet.claim(offer.credential_offer, offer.tx_code);
  return wallet;
}
const atVerifier = (code: string, checkpoint = 'library') =>
  installation.operator<Verdict>('verifier', '/v1/verifications', { code, checkpoint });
const accepted = (answer: Verdict) => answer.verdict === 'accepted';

describe('a gate with a serial scanner', () => {
  it('shows green for a code from the scanner, keeps it green in view, refuses it after a gap', async () => {
    const wallet = await claim(number(30));
    const screen = await watchScreen(installation.run.services['reader-agent']);
    await eventually(
      () => installation.operator<Verdict>('reader-agent', '/v1/decisions', { code: wallet.gateCode() }),
      accepted,
      5_000,
    );
    const code = wallet.gateCode();
    let shown = screen.next();
    terminal.scan(code);
    expect(await shown).toMatchObject({ verdict: 'accepted' });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    shown = screen.next();
    terminal.scan(code);
    expect(await shown).toMatchObject({ verdict: 'rejected', reason: 'replayed' });
    shown = screen.next();
    terminal.scan('WIFI:S:free;;');
    expect(await shown).toMatchObject({ verdict: 'rejected', reason: 'malformed' });
    screen.close();
  });
});

describe('the door of a dormitory', () => {
  it('knows who moved in and out within a minute of the dormitory system saying so', async () => {
    const seat = 31;
    const wallet = await claim(number(seat));
    const { jwk, privateKey } = generateKeyPair();
    const { kty, crv, x, y } = jwk;
    await installation.operator('issuer', '/v1/sources/dormitory', { jwk: { kty, crv, x, y } }, 'PUT');
    const dormitory = createServiceClient({
      ...{ baseUrl: installation.run.services.issuer, audience: 'issuer', caller: 'source:dormitory' },
      ...{ sign: createSigner(privateKey), clock: systemClock },
    });
    const lives = (after: string, watermark: string, building: string) =>
      dormitory.json('/v1/residences', {
        method: 'POST',
        body: { after, watermark, facts: [{ student_number: number(seat), building }] },
      });
    const atTheDoor = () => atVerifier(wallet.gateCode(), 'dorm-7');
    await eventually(atTheDoor, ({ reason }) => reason === 'not-permitted', 20_000);
    await lives('demo', 'moved-in', '7 号宿舍楼');
    await eventually(atTheDoor, accepted, 60_000);
    await lives('moved-in', 'moved-out', '2 号宿舍楼');
    await eventually(atTheDoor, ({ reason }) => reason === 'not-permitted', 60_000);
  });
});

describe('a door with a tag', () => {
  const agent = () => installation.run.services['reader-agent'];
  const packageSequence = async () =>
    ((await (await fetch(`${agent()}/v1/status`)).json()) as { package_sequence: number }).package_sequence;

  /** A tag as its writer makes it, at a door that shows what is answered to a touch of it. */
  async function tagAt(checkpoint: string): Promise<Ntag424Card> {
    const before = await packageSequence();
    const { name_zh, name_en, policy } = await installation.operator<{
      name_zh: string;
      name_en: string;
      policy: object;
    }>('verifier', `/v1/checkpoints/${checkpoint}`);
    const changed = { name_zh, name_en, policy: { ...policy, door_tags: 'show' } };
    await installation.operator('verifier', `/v1/checkpoints/${checkpoint}`, changed, 'PUT');
    await eventually(packageSequence, (sequence) => sequence > before, 20_000);
    const uid = Uint8Array.of(4, ...randomBytes(6));
    const body = { checkpoint, name: '东侧', uid: Buffer.from(uid).toString('hex') };
    const made = await installation.operator<{ file: string; settings: string; keys: string[] }>(
      'verifier',
      '/v1/door-tags',
      body,
    );
    const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));
    const file = new Uint8Array(256);
    file.set(hex(made.file));
    const keys = made.keys.map((key) => ({ key: hex(key), version: 1 }));
    return createNtag424Card({
      ...{ aes: nodeAes, uid, memory: { uid, readCounter: 0, settings: hex(made.settings), keys, file } },
    });
  }
  /** What a phone does that touched it. */
  const touch = (url: string) => fetch(url, { redirect: 'manual', headers: { 'User-Agent': 'Android' } });

  it('shows what the wallet answered to a touch, once per touch [address again] [request again] [suspended]', async () => {
    const wallet = await claim(number(37));
    const tag = await tagAt('south-gate');
    const screen = await watchScreen(agent());
    const url = readUrl(tag);
    const link = (await touch(url)).headers.get('location') ?? '';
    expect(link.startsWith(`${installation.run.services.wallet}/present?`)).toBe(true);
    let shown = screen.next(20_000);
    await wallet.presentTo(link);
    expect(await shown).toMatchObject({ verdict: 'accepted' });
    expect((await touch(url)).status).toBe(410);
    await expect(wallet.presentTo(link)).rejects.toThrow();
    await installation.lanyard('credential', 'suspend', number(37), '--reason', 'lost-phone');
    await eventually(
      () => atVerifier(wallet.gateCode()),
      (answer) => answer.reason === 'suspended',
      10_000,
    );
    shown = screen.next(20_000);
    await wallet.presentTo((await touch(readUrl(tag))).headers.get('location') ?? '');
    expect(await shown).toMatchObject({ verdict: 'rejected', reason: 'suspended' });
    screen.close();
  });
});

describe('a gate that is cut off', () => {
  it('goes on deciding, learns of a suspension with its next package, and uploads each passage once', async () => {
    const wallet = await claim(number(31));
    await eventually(() => cutOff.decide(wallet.gateCode()), accepted, 5_000);
    line.cut();
    await installation.lanyard('credential', 'suspend', number(31), '--reason', 'lost-phone');
    await eventually(
      () => atVerifier(wallet.gateCode()),
      (answer) => answer.reason === 'suspended',
      5_000,
    );
    expect(await cutOff.decide(wallet.gateCode())).toMatchObject({ verdict: 'accepted' });
    line.mend();
    const after = await eventually(
      () => cutOff.decide(wallet.gateCode()),
      (answer) => answer.reason === 'suspended',
      15_000,
    );
    expect(after.answer.verdict).toBe('rejected');
    const status = async () =>
      (await (await fetch(`${cutOff.url}/v1/status`)).json()) as {
        journal: { end: number; accepted_up_to: number };
      };
    await eventually(status, (answer) => answer.journal.accepted_up_to === answer.journal.end, 15_000);
  });

  it('says package-expired once its package has ended', async () => {
    const wallet = await claim(number(33));
    await eventually(() => cutOff.decide(wallet.gateCode()), accepted, 5_000);
    await cutOff.kill();
    line.cut();
    await cutOff.start({
      LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
      FAKETIME: '+9d',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    // The operator token and the agent's clock differ by nine days; the code is of the gate's time.
    expect(await cutOff.decide(wallet.gateCode(now() + 9 * 86_400))).toMatchObject({
      verdict: 'cannot-decide',
      reason: 'package-expired',
    });
    await cutOff.kill();
    line.mend();
    // Its journal's end is nine days ahead now: with the right time it refuses to trust its clock.
    await cutOff.start();
    expect(await cutOff.decide(wallet.gateCode())).toMatchObject({
      verdict: 'cannot-decide',
      reason: 'clock-unreliable',
    });
  });
});

describe('forgeries over every door', () => {
  let wallet: SoftwareWallet;
  let stranger: SoftwareWallet;
  const doors: Record<string, (code: string) => Promise<Verdict>> = {
    agent: (code) => installation.operator<Verdict>('reader-agent', '/v1/decisions', { code }),
    verifications: (code) => atVerifier(code, 'south-gate'),
    'staff page': async (code) => {
      staffCookie ??= await openStaffSession();
      const origin = installation.run.services.verifier;
      const answer = await fetch(`${origin}/v1/verifications`, {
        method: 'POST',
        headers: { Cookie: staffCookie, Origin: origin, 'Content-Type': 'application/json' },
        body: JSON.stringify({ code, checkpoint: 'south-gate' }),
      });
      return (await answer.json()) as Verdict;
    },
  };
  let staffCookie: string | undefined;
  async function openStaffSession(): Promise<string> {
    const origin = installation.run.services.verifier;
    const { url } = await installation.operator<{ url: string }>('verifier', '/v1/staff-links', {});
    const link = new URL(url);
    const code = link.searchParams.get('code') ?? new URLSearchParams(link.hash.slice(1)).get('code');
    const answer = await fetch(`${origin}/staff/session`, {
      method: 'POST',
      headers: { Origin: origin, 'Content-Type': 'application/json' },
      body: JSON.stringify({ code }),
    });
    return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  }
  /** A portable code around a pass that another issuer signed for our university, with a kid of its choice. */
  const foreignPass = (kid: (ours: Uint8Array) => Uint8Array) => {
    const forger = generateKeyPair();
    const holder = generateKeyPair();
    const ours = parsePass(decodeBase64url(wallet.held['student-pass']?.[0]?.credential ?? ''));
    const issue = createPassIssuer({
      universityCode: '4199090001',
      kid: kid(ours.kid),
      sign: createSigner(forger.privateKey),
    });
    const pass = issue({ ...ours.claims, holderKey: holder.compressed });
    const prepared = preparePortableCode(nodeCrypto, { pass, timeSeconds: now(), nonce: randomBytes(8) });
    return assemblePortableCode(prepared, createSigner(holder.privateKey)(prepared.toBeSigned));
  };
  beforeAll(async () => {
    wallet = await claim(number(35));
    stranger = await claim(number(36));
    for (const door of Object.values(doors)) {
      await eventually(() => door(wallet.gateCode()), accepted, 5_000);
      await eventually(() => door(stranger.gateCode()), accepted, 5_000);
    }
  });
  const change = (code: string, work: (bytes: Uint8Array) => Uint8Array) =>
    code.slice(0, 5) + encodeBase45(work(decodeBase45(code.slice(5)) as Uint8Array));
  const flip = (at: number) => (bytes: Uint8Array) => {
    const copy = bytes.slice();
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  /** r || s as DER, as other libraries sign. */
  const der = (bytes: Uint8Array) => {
    const integer = (part: Uint8Array) => {
      const padded = (part[0] ?? 0) > 127 ? [0, ...part] : [...part];
      return [2, padded.length, ...padded];
    };
    const body = [...integer(bytes.slice(25, 57)), ...integer(bytes.slice(57, 89))];
    return Uint8Array.from([...bytes.slice(0, 25), 0x30, body.length, ...body]);
  };
  const forged: [string, () => string, string][] = [
    [
      'signature of another holder',
      () =>
        change(wallet.gateCode(), (bytes) =>
          Uint8Array.from([
            ...bytes.slice(0, 25),
            ...(decodeBase45(stranger.gateCode().slice(5)) as Uint8Array).slice(25),
          ]),
        ),
      'holder-signature-invalid',
    ],
    ['time changed under the signature', () => change(wallet.gateCode(), flip(20)), 'holder-signature-invalid'],
    ['nonce changed under the signature', () => change(wallet.gateCode(), flip(24)), 'holder-signature-invalid'],
    [
      'signature of zeros',
      () => change(wallet.gateCode(), (bytes) => Uint8Array.from([...bytes.slice(0, 25), ...new Uint8Array(64)])),
      'holder-signature-invalid',
    ],
    ['DER instead of r||s', () => change(wallet.gateCode(), der), 'malformed'],
    ['unknown handle', () => change(wallet.gateCode(), flip(3)), 'unknown-handle'],
    ['time in the future', () => wallet.gateCode(now() + 60), 'in-the-future'],
    ['too old', () => wallet.gateCode(now() - 60), 'too-old'],
    [
      'wrong version',
      () => change(wallet.gateCode(), (bytes) => Uint8Array.from([9, ...bytes.slice(1)])),
      'unsupported-version',
    ],
    ['trailing bytes', () => change(wallet.gateCode(), (bytes) => Uint8Array.from([...bytes, 0])), 'malformed'],
    ['portable: another issuer', () => foreignPass(() => randomBytes(8)), 'unknown-issuer'],
    ['portable: another issuer under our kid', () => foreignPass((ours) => ours), 'issuer-signature-invalid'],
    [
      'portable: issuer signature changed',
      () => change(wallet.portableCode(), (bytes) => flip(3 + (bytes[3] ?? 0))(bytes)),
      'issuer-signature-invalid',
    ],
    [
      'portable: holder signature changed',
      () => change(wallet.portableCode(), (bytes) => flip(bytes.length - 1)(bytes)),
      'holder-signature-invalid',
    ],
    ['portable: truncated', () => change(wallet.portableCode(), (bytes) => bytes.slice(0, -1)), 'malformed'],
  ];
  it.each(forged)('are refused with their own code [%s]', async (_, make, reason) => {
    for (const [name, door] of Object.entries(doors)) {
      const answer = await door(make());
      expect([name, answer.verdict, answer.reason]).toEqual([name, 'rejected', reason]);
    }
  });
});

it('lets no code be accepted from a copied gate folder', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'lanyard-stolen-'));
  cpSync(cutOff.store, copy, { recursive: true });
  const { execFileSync } = await import('node:child_process');
  // Without the key file nothing in the folder opens: neither link keys nor portraits nor the caller key can be read.
  const text = execFileSync('sh', ['-c', `cat $(find ${copy} -type f) | strings | grep -c PRIVATE || true`], {
    encoding: 'utf8',
  }).trim();
  expect(text).toBe('0');
});
