import {
  gateCodeSecrets,
  keyDay,
  keyDayStartSeconds,
  nextLinkKey,
  parseGateCode,
  verifyGateCodeSignature,
} from '@lanyard/protocol';
import { nodeCrypto } from '@lanyard/protocol/node-crypto';
import { exportCompressed, generateWebKeyPair } from '@lanyard/protocol/web-crypto';
import { beforeAll, expect, it } from 'vitest';
import { createGateCodeMaker, NoCode } from '../../web/src/present/make-gate-code.js';
import type { GateKey } from '../../web/src/storage/kept.js';

const DAY = keyDay(1_800_000_000);
const linkKey = new Uint8Array(16).fill(7);
let gate: GateKey;
let publicKey: Uint8Array;

beforeAll(async () => {
  const pair = await generateWebKeyPair();
  publicKey = await exportCompressed(pair.publicKey);
  gate = { privateKey: pair.privateKey as CryptoKey, linkKey, keyDay: DAY, renewAfter: 0 };
});

it.each([
  ['the day of enrolment', 0, linkKey],
  ['the day after', 1, nextLinkKey(nodeCrypto, linkKey)],
])('signs a code that verifies under the secrets of its own day [%s]', async (_name, days, keyOfDay) => {
  const code = parseGateCode(await createGateCodeMaker(gate)(keyDayStartSeconds(DAY + days)));
  const secrets = gateCodeSecrets(nodeCrypto, keyOfDay);
  expect(Buffer.from(code.handle)).toEqual(Buffer.from(secrets.handle));
  expect(verifyGateCodeSignature(nodeCrypto, code, nodeCrypto.importVerifyKey(publicKey)!, secrets.mask)).toBe(true);
});

it('changes handle over the turn of the day within one maker', async () => {
  const make = createGateCodeMaker(gate);
  const [last, first] = [await make(keyDayStartSeconds(DAY + 1) - 1), await make(keyDayStartSeconds(DAY + 1))];
  expect(Buffer.from(parseGateCode(last).handle)).not.toEqual(Buffer.from(parseGateCode(first).handle));
});

it('makes no code for a day before its link key [clock behind]', async () => {
  await expect(createGateCodeMaker(gate)(keyDayStartSeconds(DAY) - 1)).rejects.toEqual(new NoCode('clock-behind'));
});

it('never gives the same code twice in one second', async () => {
  const make = createGateCodeMaker(gate);
  expect(await make(keyDayStartSeconds(DAY))).not.toBe(await make(keyDayStartSeconds(DAY)));
});
