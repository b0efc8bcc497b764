import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  acceptPackage,
  createPassCache,
  createVerifyKeyCache,
  decideCode,
  decideDataOf,
  decodeBase64url,
  encodeBase64url,
  type PackageState,
} from '@lanyard/protocol';
import { generateKeyPair, type NodeKeyPair, nodeCrypto } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startIssuer, type TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { rosterColumnNames, rosterRow } from '../../../launcher/src/demo/demo-roster.js';
import { createSoftwareWallet, type SoftwareWallet } from '../../../launcher/src/software-wallet/software-wallet.js';
import { describeUniversities } from '../../../launcher/src/trust-list/describe-universities.js';
import { signNextTrustList } from '../../../launcher/src/trust-list/sign-trust-list.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';

const UNIVERSITIES = [
  { code: '4199090001', name: '示例大学' },
  { code: '4199090002', name: '示例理工大学' },
  { code: '4199090003', name: '示例师范大学' },
  { code: '4199090004', name: '示例有难大学' },
] as const;
const folder = mkdtempSync(join(tmpdir(), 'lanyard-trust-'));
const listFile = join(folder, 'trust-list.jwt');
const operatorKey = generateKeyPair();
const TRUST = {
  LANYARD_TRUST_LIST: listFile,
  LANYARD_TRUST_LIST_KEY: encodeBase64url(operatorKey.compressed),
  LANYARD_FETCH_ALLOW: 'localhost',
};
const issuers: TestIssuer[] = [];
const wallets: SoftwareWallet[] = [];
let verifier: TestVerifier;
let agent: Awaited<ReturnType<TestVerifier['enrolAgent']>>;
const now = () => Math.floor(Date.now() / 1000);

interface Change {
  state?: string;
  retired?: { kid: string; since: number }[];
  left?: true;
}

/** The next list, as the operator would sign it, and looked at. */
async function publish(changes: Record<string, Change> = {}, key: NodeKeyPair = operatorKey): Promise<void> {
  const described = UNIVERSITIES.map(({ code, name }, index) => ({
    university_code: code,
    names: { 'zh-CN': name, en: `Example ${index + 1}` },
    issuer: issuers[index]?.url ?? '',
    ...changes[code],
  })).filter(({ university_code: code }) => changes[code]?.left === undefined);
  const { entries } = await describeUniversities(described, now());
  signNextTrustList({ file: listFile, entries, key, nextKey: undefined, nowSeconds: now() });
  await verifier.verifier.trust.refresh();
}

beforeAll(async () => {
  for (const university of UNIVERSITIES) {
    const issuer = await startIssuer('http://localhost:8080', { university, environment: TRUST });
    issuers.push(issuer);
    const rows = [rosterColumnNames, ...[31, 32, 33].map((seat) => rosterRow(seat, university.code))].join('\r\n');
    await issuer.operator('/v1/roster-imports', { bytes: new TextEncoder().encode(rows), type: 'text/csv' });
    const { students } = (await (await issuer.operator('/v1/students?limit=10')).json()) as {
      students: { student_number: string; credential_state: string }[];
    };
    const number = students.find((one) => one.credential_state === 'valid')?.student_number;
    const offer = await issuer.operator('/v1/credential-offers', { body: { student_number: number } });
    const { credential_offer: object, tx_code: code } = (await offer.json()) as never;
    const wallet = createSoftwareWallet();
    await wallet.claim(object, code, { ids: 10, passes: 8 });
    wallets.push(wallet);
  }
  const [own] = issuers as [TestIssuer];
  await own.verifier.json('/v1/signers');
  verifier = await startVerifier({
    port: 7820,
    issuerUrl: own.url,
    environment: { ...TRUST, LANYARD_UNIVERSITY_NAME: '示例大学' },
  });
  const jwk = readFileSync(`${verifier.folder}/verifier.jwk.json`, 'utf8');
  await own.database.run.raw("UPDATE caller SET public_jwk = ? WHERE id = 'verifier'", [jwk]);
  await until(() => verifier.verifier.mirror.state().people !== undefined);
  await verifier.putCheckpoint('south-gate', {
    admits: { classes: 'any', states: ['enrolled', 'exchange'], foreign_passes: true },
  });
  agent = await verifier.enrolAgent('south-gate');
}, 240_000);
afterAll(async () => {
  await verifier?.close();
  for (const issuer of issuers) await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

let copy = 0;
/** A portable code of the student of that university, each time from another pass. */
const codeOf = (index: number) => {
  copy = (copy + 1) % 8;
  return wallets[index]?.portableCode(now(), copy) ?? '';
};
const online = async (index: number) => {
  const { verdict, reason } = await verifier.verify({ code: codeOf(index), checkpoint: 'south-gate' });
  return [verdict, reason];
};

/** The gate's own decision from its package, without anybody else. */
let held: PackageState | undefined;
async function takePackage(): Promise<void> {
  const bytes = await agent.client.raw(
    `/v1/checkpoints/south-gate/package${held ? `?have=${held.checkpoint.sequence}` : ''}`,
  );
  if (bytes.status === 304) return;
  const pins = (signers: { kid: string; key: string }[]) =>
    signers.map(({ kid, key }) => ({ kid: decodeBase64url(kid), key: decodeBase64url(key) }));
  const accepted = acceptPackage(nodeCrypto, {
    have: held,
    envelope: new Uint8Array(await bytes.arrayBuffer()),
    pinned: { checkpoint: pins(agent.checkpoint_signers), people: pins(agent.people_signers) },
    checkpointId: 'south-gate',
    nowSeconds: now(),
  });
  if (!accepted.ok) throw new Error(accepted.refusal);
  held = accepted.state;
}
function atTheGate(index: number, atSeconds = now()): [string, string | undefined] {
  if (held === undefined) throw new Error('no package');
  const decision = decideCode(codeOf(index), decideDataOf(held, atSeconds), {
    crypto: nodeCrypto,
    keys: createVerifyKeyCache(nodeCrypto, 100),
    passes: createPassCache(100),
    nowSeconds: atSeconds,
  });
  return [decision.verdict, decision.reason];
}

describe('without a trust list', () => {
  it('only our own students are known', async () => {
    expect(await online(0)).toEqual(['accepted', undefined]);
    expect(await online(1)).toEqual(['rejected', 'unknown-issuer']);
  });
});

describe('with a trust list of four universities, one in trouble', () => {
  beforeAll(() => publish({ '4199090004': { state: 'suspended' } }));

  it.each([0, 1, 2])('students of the active ones pass, online [%i]', async (index) => {
    expect(await online(index)).toEqual(['accepted', undefined]);
  });

  it('students of the one in trouble do not', async () => {
    expect(await online(3)).toEqual(['rejected', 'unknown-issuer']);
  });

  it('a gate that is cut off decides the same from its package', async () => {
    await takePackage();
    expect([0, 1, 2, 3].map((index) => atTheGate(index))).toEqual([
      ['accepted', undefined],
      ['accepted', undefined],
      ['accepted', undefined],
      ['rejected', 'unknown-issuer'],
    ]);
  });

  it('a suspension at another university reaches the verifier with its next look, and the gate as a delta', async () => {
    await takePackage();
    const other = issuers[1] as TestIssuer;
    const { students } = (await (await other.operator('/v1/students?limit=10')).json()) as {
      students: { student_number: string; credential_state: string }[];
    };
    const number = students.find((one) => one.credential_state === 'valid')?.student_number;
    await other.operator(`/v1/students/${number}/suspend`, { body: { reason_code: 'drill' } });
    await verifier.verifier.trust.refresh();
    expect(await online(1)).toEqual(['rejected', 'suspended']);
    await takePackage();
    expect(atTheGate(1)).toEqual(['rejected', 'suspended']);
    const list = [...(verifier.verifier.trust.state().universities.get('4199090002')?.lists.values() ?? [])][0];
    expect(list?.deltas).toHaveLength(1);
    await other.operator(`/v1/students/${number}/reinstate`, { body: { reason_code: 'drill' } });
    await verifier.verifier.trust.refresh();
    expect(await online(1)).toEqual(['accepted', undefined]);
  });

  it('student IDs of the active ones are accepted online, those of the one in trouble are not', async () => {
    const ask = async (index: number) => {
      const asked = await verifier.operator('/v1/presentation-requests', {
        body: {
          dcql_query: {
            credentials: [
              {
                id: 'id',
                format: 'dc+sd-jwt',
                meta: { vct_values: ['urn:lanyard:student-id:1'] },
                claims: [{ path: ['university_code'] }, { path: ['enrolment_status'] }],
              },
            ],
          },
          flow: 'cross-device',
        },
      });
      if (asked.status !== 201) throw new Error(await asked.text());
      const { id, authorization_request: link } = (await asked.json()) as Record<string, string>;
      await wallets[index]?.presentTo(String(link));
      return (await (await verifier.operator(`/v1/presentation-requests/${id}`)).json()) as Record<string, unknown>;
    };
    await until(
      async () =>
        (
          await verifier.operator('/v1/presentation-requests', {
            body: { purpose: 'student-status', flow: 'cross-device' },
          })
        ).status === 201,
    );
    // Wallets of other universities take its requests since their issuers know its root from the list.
    await Promise.all(issuers.map((issuer) => issuer.maintain()));
    expect(await ask(1)).toMatchObject({ verdict: 'accepted', claims: { university_code: '4199090002' } });
    expect(await ask(3)).toMatchObject({ verdict: 'rejected', reason: 'unknown-issuer' });
  });

  it('a pass of a list that is not here yet is undecided, and accepted a moment later', async () => {
    const held = verifier.verifier.trust.state().universities.get('4199090003');
    if (held === undefined) throw new Error('nothing is held');
    // As before the first pass of a week was issued there.
    (held.lists as Map<number, unknown>).clear();
    expect(await online(2)).toEqual(['cannot-decide', 'status-unavailable']);
    await vi.waitFor(async () => expect(await online(2)).toEqual(['accepted', undefined]), {
      timeout: 5_000,
      interval: 200,
    });
  });

  it('tells an operator what it holds', async () => {
    const answer = (await (await verifier.operator('/v1/trust-list')).json()) as {
      sequence: number;
      problem: unknown;
      universities: { university_code: string; state: string; pass_keys: number; problem: unknown }[];
    };
    expect(answer).toMatchObject({ sequence: 1, problem: null });
    expect(answer.universities.map((one) => [one.university_code, one.state, one.pass_keys > 0, one.problem])).toEqual([
      ['4199090001', 'active', false, null],
      ['4199090002', 'active', true, null],
      ['4199090003', 'active', true, null],
      ['4199090004', 'suspended', false, null],
    ]);
    expect((await verifier.call('/v1/trust-list')).status).toBe(401);
  });
});

describe('when the list changes', () => {
  it('one that left is refused after one refresh, online and at the gate', async () => {
    await publish({ '4199090003': { left: true } });
    expect(await online(2)).toEqual(['rejected', 'unknown-issuer']);
    expect(await online(1)).toEqual(['accepted', undefined]);
    await takePackage();
    expect(atTheGate(2)).toEqual(['rejected', 'unknown-issuer']);
  });

  it('a retired signer refuses everything it signed', async () => {
    const keys = verifier.verifier.trust.state().universities.get('4199090002')?.keySet.passKeys ?? [];
    await publish({
      '4199090002': { retired: keys.map(({ kid }) => ({ kid: encodeBase64url(kid), since: now() })) },
    });
    expect(await online(1)).toEqual(['rejected', 'unknown-issuer']);
    await publish();
    expect(await online(1)).toEqual(['accepted', undefined]);
  });

  it('a list of another operator, or an older one, leaves all as it was and is an alarm', async () => {
    const before = readFileSync(listFile, 'utf8');
    await publish({ '4199090002': { left: true } });
    const newer = readFileSync(listFile, 'utf8');
    writeFileSync(listFile, before);
    await verifier.verifier.trust.refresh();
    expect(verifier.verifier.trust.problems().get('list')?.code).toBe('trust-list-rolled-back');
    expect(await online(1)).toEqual(['rejected', 'unknown-issuer']);
    writeFileSync(listFile, newer);
    await publish({}, generateKeyPair());
    expect(verifier.verifier.trust.problems().get('list')?.code).toBe('trust-list-key-unknown');
    expect(await online(1)).toEqual(['rejected', 'unknown-issuer']);
    const { rows } = await verifier.database.run.raw(
      "SELECT count(*) AS alarms FROM audit WHERE action = 'trust-list.alarm'",
    );
    expect(rows[0].alarms).toBe(1);
    writeFileSync(listFile, newer);
    await publish();
    expect(await online(1)).toEqual(['accepted', undefined]);
  });

  it('what is held decides on while the other university and the list are away, also after a restart', async () => {
    const away = issuers[2] as TestIssuer;
    await publish();
    await verifier.close(true);
    writeFileSync(`${listFile}.away`, readFileSync(listFile));
    rmSync(listFile);
    verifier = await startVerifier({
      port: 7820,
      issuerUrl: 'http://localhost:9',
      again: { database: verifier.database, folder: verifier.folder },
      environment: TRUST,
    });
    await verifier.verifier.trust.refresh();
    expect(away.url).toContain('localhost');
    expect(verifier.verifier.trust.problems().get('list')?.code).toBe('trust-list-unreachable');
    expect(await online(1)).toEqual(['accepted', undefined]);
  });
});
