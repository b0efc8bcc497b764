import {
  acceptPackage,
  createVerifyKeyCache,
  decideCode,
  decideDataOf,
  decodeBase64url,
  type PackageState,
  type PinnedSigners,
  parsePackageEnvelope,
  verifyPeoplePart,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gateCode } from './support/codes.js';
import { nowSeconds, type StandInIssuer, startStandInIssuer, type TestPerson } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier, until } from './support/start-verifier.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let ann: TestPerson;
type Agent = Awaited<ReturnType<TestVerifier['enrolAgent']>>;

beforeAll(async () => {
  issuer = await startStandInIssuer(7500);
  ann = issuer.makePerson();
  issuer.publish([ann.row]);
  verifier = await startVerifier({ port: 7501, issuerUrl: issuer.url });
  await verifier.putCheckpoint('south-gate');
  await verifier.putCheckpoint('library');
  await verifier.synced(issuer.sequence());
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});
beforeEach(() => {
  issuer.state.requests.length = 0;
});

const signers = (list: { kid: string; key: string }[]) =>
  list.map(({ kid, key }) => ({ kid: decodeBase64url(kid), key: decodeBase64url(key) }));

/** A reader that holds what it accepted, as an agent does. */
function createReader(agent: Agent) {
  const pinned: PinnedSigners = {
    people: signers(agent.people_signers),
    checkpoint: signers(agent.checkpoint_signers),
  };
  let have: PackageState | undefined;
  return {
    state: () => have,
    async fetch(wait = 0): Promise<{ status: number; bytes: number; peoplePart: Uint8Array | null }> {
      const path = `/v1/checkpoints/${agent.checkpoint_id}/package?have=${have?.checkpoint.sequence ?? 0}&wait=${wait}`;
      const answer = await agent.client.raw(path, { timeoutMs: 30_000 });
      if (answer.status === 304) return { status: 304, bytes: 0, peoplePart: null };
      const envelope = new Uint8Array(await answer.arrayBuffer());
      const result = acceptPackage(nodeCrypto, {
        have,
        envelope,
        pinned,
        checkpointId: agent.checkpoint_id,
        nowSeconds: nowSeconds(),
      });
      if (!result.ok) throw new Error(`${result.refusal} ${result.detail}`);
      have = result.state;
      expect(answer.headers.get('lanyard-sequence')).toBe(String(have.checkpoint.sequence));
      return { status: 200, bytes: envelope.length, peoplePart: parsePackageEnvelope(envelope).peoplePart };
    },
    decide: (code: string) =>
      decideCode(code, decideDataOf(have!, nowSeconds()), {
        crypto: nodeCrypto,
        keys: createVerifyKeyCache(nodeCrypto, 10),
        nowSeconds: nowSeconds(),
      }),
  };
}

describe('an enrolled agent', () => {
  it('gets a whole package first and 304 when it has the newest', async () => {
    const reader = createReader(await verifier.enrolAgent('south-gate'));
    expect((await reader.fetch()).status).toBe(200);
    expect(reader.decide(gateCode(ann, issuer.keyDay))).toMatchObject({ verdict: 'accepted' });
    expect(reader.state()?.checkpoint).toMatchObject({ checkpointId: 'south-gate', universityCode: '4199090001' });
    expect(reader.state()?.checkpoint.expiresSeconds).toBeGreaterThan(nowSeconds() + 7 * 86_400);
    expect((await reader.fetch()).status).toBe(304);
  });
  it('gets what changed as a delta, pushed at the issuer\u2019s change', async () => {
    const reader = createReader(await verifier.enrolAgent('south-gate'));
    await reader.fetch();
    const waiting = reader.fetch(25);
    const started = Date.now();
    const bob = issuer.makePerson();
    issuer.publish([...issuer.rows(), bob.row]);
    const got = await waiting;
    // Pushed and not found at the end of a wait; on a busy machine too.
    expect(Date.now() - started).toBeLessThan(10_000);
    const part = verifyPeoplePart(nodeCrypto, got.peoplePart!, [
      { kid: issuer.signers.package.kid, key: issuer.signers.package.pair.compressed },
    ]);
    expect(part.kind).toBe('delta');
    expect(reader.decide(gateCode(bob, issuer.keyDay))).toMatchObject({ verdict: 'accepted' });
  });
  it('gets one delta over several changes, and several agents share it', async () => {
    const readers = await Promise.all([1, 2, 3].map(async () => createReader(await verifier.enrolAgent('south-gate'))));
    for (const reader of readers) await reader.fetch();
    for (let changes = 0; changes < 3; changes += 1) {
      issuer.publish([...issuer.rows(), issuer.makePerson().row]);
      await verifier.synced(issuer.sequence());
    }
    issuer.state.requests.length = 0;
    await Promise.all(readers.map((reader) => reader.fetch()));
    expect(readers.map((reader) => reader.state()?.people.sequence)).toEqual([1, 2, 3].map(() => issuer.sequence()));
    expect(issuer.state.requests.filter((path) => path.startsWith('/v1/people-part?have=')).length).toBeLessThanOrEqual(
      1,
    );
  });
  it('gets a whole table where no delta exists', async () => {
    const reader = createReader(await verifier.enrolAgent('south-gate'));
    await reader.fetch();
    issuer.state.withoutDeltas = true;
    issuer.publish([...issuer.rows(), issuer.makePerson().row]);
    await verifier.synced(issuer.sequence());
    const got = await reader.fetch();
    issuer.state.withoutDeltas = false;
    expect(got.peoplePart).not.toBeNull();
    expect(reader.state()?.people.sequence).toBe(issuer.sequence());
  });
  it('gets a changed policy without people, at once', async () => {
    const reader = createReader(await verifier.enrolAgent('library'));
    await reader.fetch();
    const waiting = reader.fetch(25);
    await verifier.putCheckpoint('library', { hours: [] });
    const got = await waiting;
    expect(got.peoplePart).toBeNull();
    expect(reader.state()?.checkpoint.policy.hours).toEqual([]);
    expect(reader.decide(gateCode(ann, issuer.keyDay))).toMatchObject({ reason: 'outside-hours' });
  });
  it('gets a changed pass list and no list it has already', async () => {
    const reader = createReader(await verifier.enrolAgent('south-gate'));
    await reader.fetch();
    expect(reader.state()?.checkpoint.passLists).toHaveLength(1);
    const waiting = reader.fetch(25);
    issuer.revokePass(8);
    await waiting;
    expect(reader.state()?.passLists.get('4199090001/1')?.revoked.has(8)).toBe(true);
    issuer.publish([...issuer.rows(), issuer.makePerson().row]);
    await verifier.synced(issuer.sequence());
    await reader.fetch();
    expect(reader.state()?.checkpoint.passLists).toHaveLength(0);
  });
  it('is answered for an unknown sequence with everything', async () => {
    const agent = await verifier.enrolAgent('south-gate');
    const answer = await agent.client.raw('/v1/checkpoints/south-gate/package?have=1');
    expect(parsePackageEnvelope(new Uint8Array(await answer.arrayBuffer())).peoplePart).not.toBeNull();
  });
  it('is refused at another checkpoint, and a stranger everywhere', async () => {
    const agent = await verifier.enrolAgent('south-gate');
    await expect(agent.client.raw('/v1/checkpoints/library/package')).rejects.toMatchObject({
      code: 'other-checkpoint',
    });
    expect((await verifier.operator('/v1/checkpoints/library/package')).status).toBe(403);
    expect((await verifier.call('/v1/checkpoints/library/package')).status).toBe(401);
  });
  it('is refused once withdrawn, its open poll included', async () => {
    const agent = await verifier.enrolAgent('south-gate');
    const reader = createReader(agent);
    await reader.fetch();
    const waiting = reader.fetch(25);
    const refused = expect(waiting).rejects.toMatchObject({ status: 403, code: 'agent-withdrawn' });
    await until(async () => {
      const { agents } = (await (await verifier.operator('/v1/agents?limit=200')).json()) as {
        agents: { id: string; package_sequence: number | null }[];
      };
      return agents.find((one) => one.id === agent.agent_id)?.package_sequence != null;
    });
    const answer = await verifier.operator(`/v1/agents/${agent.agent_id}/withdraw`, { method: 'POST' });
    expect(await answer.json()).toMatchObject({ id: agent.agent_id, checkpoint_id: 'south-gate' });
    await refused;
    await expect(agent.client.raw('/v1/checkpoints/south-gate/package')).rejects.toMatchObject({
      code: 'caller-unknown',
    });
    expect((await verifier.operator(`/v1/agents/${agent.agent_id}/withdraw`, { method: 'POST' })).status).toBe(200);
    expect((await verifier.operator('/v1/agents/agent-nobody/withdraw', { method: 'POST' })).status).toBe(404);
  });
  it('gets portraits only where the checkpoint shows them', async () => {
    await verifier.putCheckpoint('window-1', { show_portrait: true });
    const agent = await verifier.enrolAgent('window-1');
    const answer = await agent.client.raw('/v1/checkpoints/window-1/portraits/AAAAAAAAAAA');
    expect(await answer.text()).toBe('jpeg of AAAAAAAAAAA');
    const other = await verifier.enrolAgent('south-gate');
    await expect(other.client.raw('/v1/checkpoints/south-gate/portraits/AAAAAAAAAAA')).rejects.toMatchObject({
      code: 'portraits-not-shown',
    });
    await expect(agent.client.raw('/v1/checkpoints/window-1/portraits/..%2fsigners')).rejects.toMatchObject({
      status: 400,
    });
  });
});

describe('an enrolment code', () => {
  const enrol = (code: string, jwk: object) =>
    verifier.call('/v1/agent-enrolments', { body: { code, public_jwk: jwk } });
  it('works once for one key; the same key gets the same answer again', async () => {
    const agent = await verifier.enrolAgent('south-gate');
    const again = await enrol(agent.code.toLowerCase(), agent.key.jwk);
    expect(await again.json()).toMatchObject({ agent_id: agent.agent_id });
    const { jwk } = (await import('@lanyard/protocol/node-crypto')).generateKeyPair();
    expect(await (await enrol(agent.code, jwk)).json()).toMatchObject({ status: 403, code: 'enrolment-code-invalid' });
  });
  it('works for one of ten parallel keys', async () => {
    const { code } = (await (
      await verifier.operator('/v1/checkpoints/south-gate/enrolments', { method: 'POST' })
    ).json()) as { code: string };
    const { generateKeyPair } = await import('@lanyard/protocol/node-crypto');
    const answers = await Promise.all(Array.from({ length: 10 }, () => enrol(code, generateKeyPair().jwk)));
    expect(answers.map((answer) => answer.status).filter((status) => status === 201)).toHaveLength(1);
  });
  it('is refused [made up, expired, key of another agent, private key, unknown checkpoint]', async () => {
    const { generateKeyPair } = await import('@lanyard/protocol/node-crypto');
    const { jwk } = generateKeyPair();
    expect((await enrol('0000000000000000', jwk)).status).toBe(403);
    expect((await enrol('short', jwk)).status).toBe(403);
    const agent = await verifier.enrolAgent('south-gate');
    const open = async () =>
      (
        (await (await verifier.operator('/v1/checkpoints/south-gate/enrolments', { method: 'POST' })).json()) as {
          code: string;
        }
      ).code;
    const first = await open();
    expect(await (await enrol(first, agent.key.jwk)).json()).toMatchObject({ code: 'agent-key-invalid' });
    expect((await enrol(first, { ...jwk, d: jwk.x })).status).toBe(422);
    expect((await enrol(first, jwk)).status).toBe(201);
    const late = await open();
    await verifier.database.run.raw(
      "UPDATE enrolment_code SET expires_at = now() - interval '1 second' WHERE used_at IS NULL",
    );
    expect((await enrol(late, generateKeyPair().jwk)).status).toBe(403);
    expect((await verifier.operator('/v1/checkpoints/nowhere/enrolments', { method: 'POST' })).status).toBe(404);
  });
});

describe('checkpoints', () => {
  it('keep their number when changed, and page by id', async () => {
    const first = await verifier.putCheckpoint('numbered');
    const second = await verifier.putCheckpoint('numbered', { zone: 'other' });
    expect(second.number).toBe(first.number);
    const page = (await (await verifier.operator('/v1/checkpoints?limit=1')).json()) as {
      checkpoints: { id: string }[];
      next: string;
    };
    expect(page.checkpoints).toHaveLength(1);
    expect(page.next).toBe(page.checkpoints[0]?.id);
    expect((await verifier.operator('/v1/checkpoints/nowhere')).status).toBe(404);
  });
  it('are changed by the operator only, and only with a whole policy', async () => {
    const body = { name_zh: '门', name_en: 'Gate', policy: { admits: 'everybody' } };
    const answer = await verifier.operator('/v1/checkpoints/bad', { method: 'PUT', body });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      422,
      'checkpoint-policy-invalid',
    ]);
    await expect(verifier.admin.json('/v1/checkpoints/bad', { method: 'PUT', body })).rejects.toMatchObject({
      status: 403,
    });
    expect((await verifier.operator('/v1/checkpoints/Bad!', { method: 'PUT', body })).status).toBe(400);
  });
});

describe('without the issuer', () => {
  it('the verifier comes up with what it has, and decides and gives packages from it', async () => {
    const agent = await verifier.enrolAgent('south-gate');
    const reader = createReader(agent);
    await reader.fetch();
    await until(async () => {
      const { rows } = await verifier.database.run.raw(
        'SELECT max(sequence) AS n FROM people_part WHERE base_sequence IS NULL',
      );
      return (
        rows[0].n === issuer.sequence() ||
        verifier.verifier.mirror.givePart(undefined, issuer.sequence()).then(() => false)
      );
    });
    await verifier.close(true);
    issuer.state.away = true;
    const { database, folder } = verifier;
    verifier = await startVerifier({ port: 7501, issuerUrl: issuer.url, again: { database, folder } });
    expect(verifier.verifier.following.connected()).toBe(false);
    expect(await verifier.verify({ code: gateCode(ann, issuer.keyDay), checkpoint: 'south-gate' })).toMatchObject({
      verdict: 'accepted',
    });
    expect((await reader.fetch()).status).toBe(304);
    const other = createReader(await verifier.enrolAgent('south-gate'));
    expect((await other.fetch()).status).toBe(200);
    issuer.state.away = false;
    issuer.publish([...issuer.rows(), issuer.makePerson().row]);
    await verifier.synced(issuer.sequence());
    expect((await reader.fetch()).status).toBe(200);
  });
  it('a part with another signer\u2019s signature changes nothing', async () => {
    const before = verifier.verifier.mirror.state();
    const { sign } = issuer.signers.package;
    issuer.signers.package.sign = issuer.signers.status.sign;
    issuer.publish([...issuer.rows(), issuer.makePerson().row]);
    await until(() => verifier.logLines.some((line) => line.includes('issuer.away') && line.includes('signature')));
    expect(verifier.verifier.mirror.state().people).toBe(before.people);
    issuer.signers.package.sign = sign;
    await verifier.synced(issuer.sequence());
  });
});

describe('before the issuer was ever reached', () => {
  it('nothing can be decided, enrolled or given', async () => {
    const alone = await startVerifier({ port: 7503, issuerUrl: 'http://localhost:7504' });
    try {
      await alone.putCheckpoint('south-gate');
      expect(await alone.verify({ code: gateCode(ann, issuer.keyDay), checkpoint: 'south-gate' })).toMatchObject({
        verdict: 'cannot-decide',
        reason: 'no-package',
      });
      expect(await alone.verify({ presentation: 'a.b.c~', nonce: 'n', audience: 'a' })).toMatchObject({
        verdict: 'cannot-decide',
        reason: 'issuer-keys-missing',
      });
      await expect(alone.enrolAgent('south-gate')).rejects.toThrow('people-part-unavailable');
      expect((await alone.call('/readyz')).status).toBe(200);
    } finally {
      await alone.close();
    }
  });
});
