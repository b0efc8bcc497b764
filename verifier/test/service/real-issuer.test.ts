import { readFileSync } from 'node:fs';
import { systemClock } from '@lanyard/platform';
import { acceptPackage, decodeBase64url, decodePeopleRow, type PackageState, STUDENT_ID_VCT } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIssuer, type TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { createStaffStore } from '../../src/storage/staff-store.js';
import { claimWallet, type HeldWallet } from './rights/support.js';
import { present } from './support/codes.js';
import { nowSeconds } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';
import { answer, fetchRequest, presentFor } from './support/wallet.js';

const NUMBER = '202301000001';
const roster = readFileSync(new URL('../../../testdata/rosters/roster-clean.csv', import.meta.url));
let issuer: TestIssuer;
let verifier: TestVerifier;
let wallet: HeldWallet;

beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  // The issuer of its tests knows another verifier's key; ours takes its place.
  await issuer.verifier.json('/v1/signers');
  verifier = await startVerifier({ port: 7680, issuerUrl: issuer.url });
  const jwk = readFileSync(`${verifier.folder}/verifier.jwk.json`, 'utf8');
  await issuer.database.run.raw("UPDATE caller SET public_jwk = ? WHERE id = 'verifier'", [jwk]);
  await verifier.putCheckpoint('south-gate');
  await until(() => verifier.verifier.mirror.state().people !== undefined);
  wallet = await claim();
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

const claim = () => claimWallet(issuer, NUMBER);
const reasonOf = async (body: object) => {
  const { verdict, reason } = await verifier.verify(body);
  return reason ?? verdict;
};
const answers = async () => ({
  gate: await reasonOf({ code: wallet.gateCode(), checkpoint: 'south-gate' }),
  portable: await reasonOf({
    code: wallet.portable(),
    checkpoint: 'south-gate',
  }),
});
const presentedReason = async () => {
  const nonce = `n${Math.random()}`;
  const held = { pair: wallet.studentId.pair, compact: wallet.studentId.credential };
  return reasonOf({
    presentation: present(held, { nonce, audience: 'x', claims: ['enrolment_status'] }),
    nonce,
    audience: 'x',
  });
};

describe('with the real issuer', () => {
  it('what it issued is accepted over every door, and refused at once after a suspension', async () => {
    await until(async () => (await answers()).gate === 'accepted');
    await until(async () => (await answers()).portable === 'accepted');
    expect(await presentedReason()).toBe('accepted');

    const agent = await verifier.enrolAgent('south-gate');
    const fetchPackage = async (have: PackageState | undefined, wait: number): Promise<PackageState> => {
      const answer = await agent.client.raw(
        `/v1/checkpoints/south-gate/package?have=${have?.checkpoint.sequence ?? 0}&wait=${wait}`,
        { timeoutMs: 30_000 },
      );
      const pin = (list: { kid: string; key: string }[]) =>
        list.map(({ kid, key }) => ({ kid: decodeBase64url(kid), key: decodeBase64url(key) }));
      const result = acceptPackage(nodeCrypto, {
        have,
        envelope: new Uint8Array(await answer.arrayBuffer()),
        pinned: { people: pin(agent.people_signers), checkpoint: pin(agent.checkpoint_signers) },
        checkpointId: 'south-gate',
        nowSeconds: nowSeconds(),
      });
      if (!result.ok) throw new Error(result.refusal);
      return result.state;
    };
    let state = await fetchPackage(undefined, 0);
    const isSuspended = () => decodePeopleRow(state.people.table.rows, 0).state.suspended;
    expect(isSuspended()).toBe(false);
    const started = Date.now();
    const next = fetchPackage(state, 25);
    const held = await issuer.operator(`/v1/students/${NUMBER}/suspend`, { body: { reason_code: 'drill' } });
    expect(held.status).toBe(200);
    state = await next;
    while (!isSuspended()) state = await fetchPackage(state, 25);
    // Pushed and not found at the end of a wait; on a busy machine too.
    expect(Date.now() - started).toBeLessThan(10_000);
    await until(async () => {
      const now = await answers();
      return now.gate === 'suspended' && now.portable === 'suspended' && (await presentedReason()) === 'suspended';
    });
    expect(Date.now() - started).toBeLessThan(15_000);

    await issuer.operator(`/v1/students/${NUMBER}/reinstate`, { body: { reason_code: 'drill' } });
    await until(async () => (await answers()).gate === 'accepted' && (await presentedReason()) === 'accepted');
  });
});

it('a presentation of what it issued goes all the way under the certificate and root it made', async () => {
  const { reader } = (await (await fetch(`${issuer.url}/v1/anchors`)).json()) as { reader: string[] };
  const body = {
    dcql_query: {
      credentials: [
        {
          id: 'id',
          format: 'dc+sd-jwt',
          meta: { vct_values: [STUDENT_ID_VCT] },
          claims: [{ path: ['student_number'], values: [NUMBER] }],
        },
      ],
    },
  };
  const made = (await (await verifier.operator('/v1/presentation-requests', { body })).json()) as {
    id: string;
    authorization_request: string;
  };
  const request = await fetchRequest(made.authorization_request, Buffer.from(reader[0] ?? '', 'base64'));
  const held = { pair: wallet.studentId.pair, compact: wallet.studentId.credential };
  expect((await answer(request, { id: [presentFor(request, held)] })).status).toBe(200);
  const read = await verifier.operator(`/v1/presentation-requests/${made.id}`);
  expect(await read.json()).toMatchObject({ verdict: 'accepted', claims: { student_number: NUMBER } });
});

it('the drill: a compromised signer is retired by one call, its copies are refused and new ones are good at once', async () => {
  expect(await presentedReason()).toBe('accepted');
  const { keys } = (await (await issuer.operator('/v1/keys')).json()) as {
    keys: { use: string; kid: string; state: string }[];
  };
  const { kid = '' } = keys.find((key) => key.use === 'document' && key.state === 'active') ?? {};
  const started = Date.now();
  expect((await issuer.operator(`/v1/keys/${kid}/retire`, { body: { reason: 'compromised' } })).status).toBe(200);
  await until(async () => (await presentedReason()) === 'issuer-not-entitled');
  expect(Date.now() - started).toBeLessThan(15_000);
  wallet = await claim();
  expect(await presentedReason()).toBe('accepted');
});

describe('a window', () => {
  async function scanAt(checkpoint: string, role: string) {
    const staff = createStaffStore(verifier.database.run, systemClock);
    const sid = `sid-${role}-${checkpoint}`;
    const account = { subject: `subject-${sid}`, sid, idToken: 'none', name: '测试', roles: [role] };
    const session = await staff.openAccountSession(account);
    const headers = { Cookie: `lanyard_verifier_session=${session!.secret}`, Origin: verifier.url };
    const answer = await verifier.call('/v1/verifications', { body: { code: wallet.gateCode(), checkpoint }, headers });
    return (await answer.json()) as { verdict: string; person?: { student_number: string; look: string } };
  }

  it('opens the student’s page for a clerk, audited, and for nobody else [guard] [no window]', async () => {
    await verifier.putCheckpoint('window-1', { show_portrait: true, window_mode: 'open', zone: 'window' });
    await verifier.putCheckpoint('plain', { show_portrait: true, zone: 'plain' });
    // The wallet was claimed anew: its gate key comes with the next people part.
    await until(async () => (await answers()).gate === 'accepted');
    const opened = await scanAt('window-1', 'window-clerk@university');
    expect(opened).toMatchObject({ verdict: 'accepted', person: { student_number: NUMBER, in_packages: true } });
    expect((await scanAt('window-1', 'guard@university')).person).toBeUndefined();
    expect((await scanAt('plain', 'window-clerk@university')).person).toBeUndefined();
    const audit = await (await issuer.operator('/v1/audit?action=student.opened-at-window')).json();
    expect(audit).toMatchObject({ rows: [{ content: { detail: { look: opened.person!.look } } }] });
  });
});
