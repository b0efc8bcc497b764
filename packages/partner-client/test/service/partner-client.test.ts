import { randomUUID } from 'node:crypto';
import { Agent } from 'node:https';
import { createTlsRequest, readPkcs12 } from '@lanyard/platform';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { importJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pemOf } from '../../../../verifier/src/adapters/machine-authority.js';
import {
  claimWallet,
  type HeldWallet,
  type Pair,
  STUDENT,
  startPair,
} from '../../../../verifier/test/service/rights/support.js';
import { type Callback, claimsOf, startCallback } from '../../../../verifier/test/service/support/callback-server.js';
import { answer, fetchRequest, presentFor } from '../../../../verifier/test/service/support/wallet.js';
import {
  createEventMemory,
  createPartnerClient,
  type PartnerClient,
  PartnerError,
  type SendRequest,
  SignedTextError,
} from '../../src/index.js';

const [PORT, CALLBACK_PORT, TLS_PORT] = [7993, 7994, 7995];
const PURPOSE = 'rail-discount';
/** Of the register. */
const NAME = '邓涛波';
let pair: Pair;
let wallet: HeldWallet;
let callback: Callback;
let client: PartnerClient;
let readerRoot: Uint8Array;
const key = generateKeyPair();
const calls: string[] = [];
/** Loses the answer to the next call that fits: it was done, and nobody heard. */
let losing: RegExp | undefined;
const send: SendRequest = async (url, init) => {
  calls.push(`${init.method} ${new URL(url).pathname}`);
  const response = await fetch(url, init);
  if (losing?.test(url) === true) {
    losing = undefined;
    await response.arrayBuffer();
    throw new TypeError('the connection broke');
  }
  return response;
};
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const journey = () => ({
  ...{ travel_date: inDays(3), from: '兰州西', to: '广州南', seat_class: 'emu-second' },
  ...{ charged_fen: 46_350, published_fen: 46_350 },
});
const codeOf = (error: unknown) => (error instanceof PartnerError ? error.code : String(error));
const refusal = (work: Promise<unknown>) => work.then(() => 'done', codeOf);

beforeAll(async () => {
  pair = await startPair(PORT, {
    LANYARD_FETCH_ALLOW: `localhost:${CALLBACK_PORT}`,
    LANYARD_PARTNER_TLS_PORT: String(TLS_PORT),
  });
  callback = await startCallback(CALLBACK_PORT);
  const body = {
    ...{
      name_zh: '铁路',
      name_en: 'Railway',
      keys: [key.jwk],
      purposes: [PURPOSE],
      claims: ['interval'],
      sandbox: false,
    },
    ...{ callback: { url: callback.url, events: ['check.answered', 'consent.revoked', 'callback.test'] } },
  };
  expect((await pair.verifier.operator('/v1/partners/rail', { method: 'PUT', body })).status).toBe(200);
  wallet = await claimWallet(pair.issuer, STUDENT);
  client = createPartnerClient({
    ...{ verifierUrl: pair.verifier.url, partnerId: 'rail', send },
    credentials: {
      kind: 'private-key',
      key: (await importJWK(key.privateKey.export({ format: 'jwk' }), 'ES256')) as never,
    },
  });
  const anchors = (await (await fetch(`${pair.issuer.url}/v1/anchors`)).json()) as { reader: string[] };
  readerRoot = Buffer.from(anchors.reader[0] ?? '', 'base64');
}, 120_000);
afterAll(async () => {
  await callback?.close();
  await pair?.close();
});

/** The verifier hears of a new pass within a moment. */
async function eligible(): Promise<{ id: string; receipt: string }> {
  for (;;) {
    const check = await client.check(PURPOSE, { code: wallet.portable() });
    if (check.result === 'eligible') return check;
    if (check.result === 'not-eligible') throw new Error(check.reason);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a check', () => {
  it('of a code is eligible, with a receipt that verifies, and one token for many calls', async () => {
    calls.length = 0;
    const check = await eligible();
    const receipt = await client.receipts.verify(check.receipt);
    expect(receipt).toMatchObject({
      ...{ check: check.id, purpose: PURPOSE, result: 'eligible', consent: 'code' },
      claims: { interval: { from: '广州南', to: '兰州西' } },
    });
    expect((await client.readCheck(check.id)).result).toBe('eligible');
    await Promise.all([1, 2, 3].map(() => client.readCheck(check.id)));
    expect(calls.filter((call) => call.endsWith('/token'))).toHaveLength(1);
    expect(JSON.stringify([check, receipt])).not.toMatch(new RegExp(`${NAME}|${STUDENT}`));
  });

  it('whose receipt was touched, or is another’s, does not verify', async () => {
    const { receipt } = await eligible();
    const [header, payload = '', signature] = receipt.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, valid_until: '2099-01-01' })).toString('base64url');
    await expect(client.receipts.verify(`${header}.${forged}.${signature}`)).rejects.toThrow(SignedTextError);
    const museum = createPartnerClient({
      verifierUrl: pair.verifier.url,
      partnerId: 'museum',
      credentials: { kind: 'certificate' },
    });
    await expect(museum.receipts.verify(receipt)).rejects.toThrow(SignedTextError);
    await expect(client.receipts.verify('a.b.c')).rejects.toThrow(SignedTextError);
    const other = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'lanyard-check-receipt+jwt' })
      .sign(generateKeyPair().privateKey);
    await expect(client.receipts.verify(other)).rejects.toThrow(SignedTextError);
  });

  it('whose answer was lost is told again under its key, and counts once', async () => {
    await eligible();
    const key = randomUUID();
    losing = /\/checks$/;
    const check = await client.check(PURPOSE, { code: wallet.portable() }, key);
    expect(check.result).toBe('eligible');
    expect(await client.check(PURPOSE, { code: 'another' }, key).then(String, codeOf)).toBe('idempotency-key-reused');
  });

  it('is agreed to in the wallet, and waited for', async () => {
    const request = await client.requestCheck({ purpose: PURPOSE });
    const waiting = client.waitForRequest(request.id, 20_000);
    const asked = await fetchRequest(request.authorization_request, readerRoot);
    const held = { pair: wallet.studentId.pair, compact: wallet.studentId.credential };
    expect((await answer(asked, { student_id: [presentFor(asked, held)] })).status).toBe(200);
    const state = await waiting;
    expect(state).toMatchObject({ state: 'answered', check: { id: request.id, result: 'eligible' } });
    await expect(client.waitForRequest((await client.requestCheck({ purpose: PURPOSE })).id, 0)).rejects.toMatchObject({
      code: 'timeout',
    });
  });
});

describe('a passenger', () => {
  it('is compared with the register: yes or no', async () => {
    const { id } = await eligible();
    expect(await client.matchPassenger(id, { name: '王小明' })).toBe(false);
    expect(await client.matchPassenger(id, { name: NAME, document_number: '110101199001011234' })).toBe(false);
    expect(await client.matchPassenger(id, { name: ` ${NAME} `, document_number: '990000200407100018' })).toBe(true);
    expect(await client.matchPassenger(id, { name: NAME })).toBe(true);
    const { rows } = await pair.issuer.database.run.raw(
      "SELECT count(*)::int AS n FROM audit WHERE row_text::text ~ '王小明|110101199001011234'",
    );
    expect(rows[0].n).toBe(0);
  });
});

describe('a use', () => {
  it('is held, redeemed and refunded; a lost answer takes no second one', async () => {
    const { id } = await eligible();
    losing = /\/uses$/;
    const use = await client.reserve(id, journey());
    expect(use).toMatchObject({ state: 'reserved', left: 3 });
    expect(await client.redeem(use.id)).toMatchObject({ state: 'redeemed', left: 3 });
    expect(await client.refund(use.id)).toMatchObject({ state: 'refunded', left: 4 });
    expect(await refusal(client.release(use.id))).toBe('use-state-conflict');
    const refused = client.reserve(id, { ...journey(), to: '北京西' }).catch((error: PartnerError) => error);
    expect(await refused).toMatchObject({ code: 'journey-not-covered', problem: { reason: 'outside-interval' } });
  });
});

describe('an event', () => {
  const received = async (kind: string) => {
    await pair.verifier.verifier.partners.work();
    const one = callback.received.findLast((each) => Object.keys(claimsOf(each).events)[0]?.endsWith(`:${kind}`));
    if (one === undefined) throw new Error(`no ${kind}`);
    return one.body;
  };

  it('is verified, new once, and old after five minutes', async () => {
    await client.testCallback();
    const body = await received('callback.test');
    expect(await client.webhooks.verify(body)).toMatchObject({ kind: 'callback.test', isNew: true, data: {} });
    expect(await client.webhooks.verify(body)).toMatchObject({ isNew: false });
    const late = createPartnerClient({
      ...{ verifierUrl: pair.verifier.url, partnerId: 'rail', credentials: { kind: 'certificate' } as const },
      nowMs: () => Date.now() + 400_000,
    });
    await expect(late.webhooks.verify(body)).rejects.toThrow(SignedTextError);
    const [header, payload, signature = ''] = body.split('.');
    const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    await expect(client.webhooks.verify(`${header}.${payload}.${flipped}`)).rejects.toThrow(SignedTextError);
    await expect(client.webhooks.verify((await eligible()).receipt)).rejects.toThrow(SignedTextError);
  });

  it('says that the student took consent back in the wallet, and the check says nothing more', async () => {
    const { id } = await eligible();
    const { consents } = await wallet.read<{
      consents: { check: string; partner: string; kind: string; claims: string[] }[];
    }>('/v1/holder/partner-consents');
    expect(consents.find(({ check }) => check === id)).toMatchObject({
      partner: 'rail',
      kind: 'code',
      claims: ['interval'],
    });
    const revoked = await wallet.call('/v1/holder/partner-consents/rail/revoke', {});
    expect(revoked.status).toBe(200);
    expect(await refusal(client.readCheck(id))).toBe('consent-revoked');
    await received('consent.revoked');
    const checks = callback.received
      .map(claimsOf)
      .flatMap(({ events }) => Object.values(events).map((data) => data['check']));
    expect(checks).toContain(id);
    expect((await wallet.call('/v1/holder/partner-consents/museum/revoke', {})).status).toBe(404);
    const again = await wallet.read<{ consents: { check: string; revoked_at: string | null }[] }>(
      '/v1/holder/partner-consents',
    );
    expect(again.consents.every(({ revoked_at }) => revoked_at !== null)).toBe(true);
    expect((await client.readCheck((await eligible()).id)).result).toBe('eligible');
  });

  it('is remembered by id, as long as told', async () => {
    let nowMs = 0;
    const memory = createEventMemory(() => nowMs, 2);
    expect([await memory.take('a', 10), await memory.take('a', 10)]).toEqual([true, false]);
    nowMs = 11;
    expect(await memory.take('a', 20)).toBe(true);
    await memory.giveBack?.('a');
    expect(await memory.take('a', 20)).toBe(true);
    await memory.take('b', 20);
    await expect(memory.take('c', 20)).rejects.toThrow(RangeError);
  });
});

describe('a partner', () => {
  it('may show a certificate instead [bundle]', async () => {
    const made = (await (await pair.verifier.operator('/v1/partners/rail/bundle', { method: 'POST' })).json()) as {
      bundle: string;
      passphrase: string;
      tls_url: string;
    };
    const read = await readPkcs12(Buffer.from(made.bundle, 'base64'), made.passphrase);
    const agent = new Agent({
      ...{ key: String(read.privateKey.export({ type: 'pkcs8', format: 'pem' })), cert: pemOf(read.certificate) },
      ca: pemOf(read.authority),
    });
    const overTls = createTlsRequest(agent);
    const bound = createPartnerClient({
      ...{ verifierUrl: pair.verifier.url, baseUrl: made.tls_url, partnerId: 'rail' },
      ...{ credentials: { kind: 'certificate' }, send: (url, init) => overTls(new URL(url), init) },
    });
    const check = await bound.check(PURPOSE, { code: wallet.portable() });
    expect(check.result).toBe('eligible');
    if (check.result !== 'cannot-decide')
      expect(await bound.receipts.verify(check.receipt)).toMatchObject({ check: check.id });
  });

  it('with the wrong key gets no token, and one that nobody answers says so', async () => {
    const wrong = createPartnerClient({
      ...{ verifierUrl: pair.verifier.url, partnerId: 'rail' },
      credentials: { kind: 'private-key', key: generateKeyPair().privateKey as never },
    });
    expect(await refusal(wrong.readCheck('A'.repeat(22)))).toBe('invalid_client');
    const nobody = createPartnerClient({
      ...{ verifierUrl: 'http://localhost:9', partnerId: 'rail' },
      credentials: { kind: 'private-key', key: key.privateKey as never },
    });
    expect(await refusal(nobody.readCheck('A'.repeat(22)))).toBe('unreachable');
  });
});
