import { type Clock, systemClock } from '@lanyard/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gateCode, portableCode } from './support/codes.js';
import { nowSeconds, type StandInIssuer, startStandInIssuer, type TestPerson } from './support/stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './support/start-verifier.js';

let issuer: StandInIssuer;
let verifier: TestVerifier;
let ann: TestPerson;
let shiftSeconds = 0;
const clock: Clock = {
  nowMs: () => systemClock.nowMs() + shiftSeconds * 1000,
  nowSeconds: () => systemClock.nowSeconds() + shiftSeconds,
};
const now = () => nowSeconds() + shiftSeconds;
const DAY = 86_400;

beforeAll(async () => {
  issuer = await startStandInIssuer(7420);
  ann = issuer.makePerson();
  issuer.publish([ann.row]);
  verifier = await startVerifier({ port: 7421, issuerUrl: issuer.url, clock });
  await verifier.putCheckpoint('marked');
  await verifier.putCheckpoint('refusing', { grace: 'refuse' });
  await verifier.synced(issuer.sequence());
  await verifier.verifier.following.stop();
});
afterAll(async () => {
  shiftSeconds = 0;
  await verifier.close();
  await issuer.close();
});

const code = (person = ann) => gateCode(person, issuer.keyDay, { timeSeconds: now() });

it('data past its freshness is marked, or refused where the policy says so', async () => {
  shiftSeconds = DAY + 60;
  expect(await verifier.verify({ code: code(), checkpoint: 'marked' })).toMatchObject({
    verdict: 'accepted',
    marks: ['grace'],
  });
  expect(await verifier.verify({ code: code(), checkpoint: 'refusing' })).toMatchObject({
    verdict: 'cannot-decide',
    reason: 'package-too-old',
  });
  expect(await verifier.verify({ code: code(issuer.makePerson()), checkpoint: 'marked' })).toMatchObject({
    verdict: 'cannot-decide',
    reason: 'package-too-old',
  });
  const held = issuer.makePass();
  expect(
    await verifier.verify({ code: portableCode(held, { timeSeconds: now() }), checkpoint: 'refusing' }),
  ).toMatchObject({ verdict: 'cannot-decide', reason: 'status-too-old' });
});
it('data past its life decides nothing', async () => {
  shiftSeconds = 8 * DAY + 60;
  expect(await verifier.verify({ code: code(), checkpoint: 'marked' })).toMatchObject({
    verdict: 'cannot-decide',
    reason: 'package-expired',
  });
});
it('a clock before the people part is not relied on', async () => {
  shiftSeconds = -3600;
  expect(await verifier.verify({ code: code(), checkpoint: 'marked' })).toMatchObject({
    verdict: 'cannot-decide',
    reason: 'clock-unreliable',
  });
});
