import { decodeBase64url } from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { verifyCheckpointList } from '@lanyard/protocol/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StandInIssuer, startStandInIssuer } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';

const PORT = 9_745;
let issuer: StandInIssuer;
let verifier: TestVerifier;
let offsetMs = 0;
const clock = {
  nowMs: () => Date.now() + offsetMs,
  nowSeconds: () => Math.floor((Date.now() + offsetMs) / 1000),
};

beforeAll(async () => {
  issuer = await startStandInIssuer(PORT - 1);
  issuer.publish([issuer.makePerson().row]);
  verifier = await startVerifier({ port: PORT, issuerUrl: issuer.url, clock });
  await verifier.synced(issuer.sequence());
  await verifier.putCheckpoint('signs', { checkpoint_authentication: true });
  await verifier.putCheckpoint('silent');
});
afterAll(async () => {
  await verifier.close();
  await issuer.close();
});

async function list() {
  const answer = await fetch(`${verifier.url}/v1/checkpoint-keys`, { headers: { Origin: 'https://wallet.example' } });
  expect(answer.status, await answer.clone().text()).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/jwt');
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  const anchors = [issuer.authority.root];
  const found = verifyCheckpointList(await answer.text(), {
    ...{ anchors, host: 'localhost', nowSeconds: clock.nowSeconds(), crypto: nodeCrypto },
  });
  return (number: string) =>
    found.checkpoints
      .find((checkpoint) => Buffer.from(checkpoint.number).equals(Buffer.from(decodeBase64url(number))))
      ?.keys.map((key) => Buffer.from(key).toString('hex'));
}
const numberOf = async (id: string) =>
  ((await (await verifier.operator(`/v1/checkpoints/${id}`)).json()) as { number: string }).number;

describe('the keys of checkpoints', () => {
  it('are those of the gates where the checkpoint signs, and no others; a withdrawn gate’s is gone [another signer]', async () => {
    const gate = await verifier.enrolAgent('signs');
    await verifier.enrolAgent('silent');
    offsetMs += 61_000;
    const keys = await list();
    const { rows } = await verifier.database.run.raw('SELECT public_jwk FROM caller WHERE id = ?', [gate.agent_id]);
    const x = Buffer.from((rows[0].public_jwk as { x: string }).x, 'base64url').toString('hex');
    expect(keys(await numberOf('signs'))?.map((key) => key.slice(2))).toEqual([x]);
    expect(keys(await numberOf('silent'))).toEqual([]);
    await verifier.operator(`/v1/agents/${gate.agent_id}/withdraw`, { method: 'POST', body: {} });
    offsetMs += 61_000;
    expect((await list())(await numberOf('signs'))).toEqual([]);
  });
});
