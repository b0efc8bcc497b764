import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClaimCode, parseClaimCode } from '../../src/domain/claim-codes/claim-code.js';
import { createClaimCodeStore } from '../../src/storage/claim-code-store.js';
import { type IdpUnderTest, OPERATOR_TOKEN, startIdp } from './support/idp-under-test.js';

let idp: IdpUnderTest;
let store: ReturnType<typeof createClaimCodeStore>;
let next = 0;

beforeAll(async () => {
  idp = await startIdp();
  store = createClaimCodeStore(idp.database.run, { key: Buffer.alloc(32, 7), clock: idp.clock });
});
afterAll(() => idp.close());

async function issued(): Promise<{ code: ClaimCode; accountId: string; number: string }> {
  next += 1;
  const number = `92024000${String(next).padStart(5, '0')}`;
  const accountId = await idp.addAccount({ number });
  await idp.database.run.raw('UPDATE account SET claimed_at = NULL WHERE id = ?', [accountId]);
  const { issued: codes } = await store.issue({ kind: 'student', numbers: [number], limit: 1 }, 'operator');
  const [first] = codes;
  if (first === undefined) throw new Error('nothing was issued');
  return { code: first.code, accountId, number };
}
const SECRET = 's'.repeat(43);

describe('claim code for an account', () => {
  it('works once, of 20 tries at the same moment', async () => {
    const { code, accountId } = await issued();
    const answers = await Promise.all(Array.from({ length: 20 }, () => store.redeemForAccount(code)));
    expect(answers.filter((answer) => answer !== undefined)).toEqual([{ accountId }]);
    const { rows } = await idp.database.run.raw('SELECT claimed_at IS NOT NULL AS claimed FROM account WHERE id = ?', [
      accountId,
    ]);
    expect(rows[0].claimed).toBe(true);
  });

  it('is kept as a keyed digest only', async () => {
    const { code } = await issued();
    const { rows } = await idp.database.run.raw('SELECT to_jsonb(c)::text AS text FROM claim_code c');
    expect(rows.some((row: { text: string }) => row.text.includes(code))).toBe(false);
  });

  it('ends after 60 days', async () => {
    const { code } = await issued();
    await idp.database.run.raw(`UPDATE claim_code SET expires_at = now() - interval '1 second'`);
    expect(await store.redeemForAccount(code)).toBeUndefined();
    expect(await store.redeemForWallet(code, SECRET)).toBeUndefined();
  });

  it('does not work for an account that was closed', async () => {
    const { code, accountId } = await issued();
    await idp.database.run.raw(`UPDATE account SET state = 'closed' WHERE id = ?`, [accountId]);
    expect(await store.redeemForAccount(code)).toBeUndefined();
  });

  it('is not issued for somebody who has claimed', async () => {
    const { number, code } = await issued();
    await store.redeemForAccount(code);
    expect(await store.issue({ kind: 'student', numbers: [number], limit: 1 }, 'operator')).toEqual({
      issued: [],
      skipped: [number],
    });
  });
});

describe('claim code for a wallet', () => {
  it('belongs to the first of 20 wallets at the same moment', async () => {
    const { code } = await issued();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.redeemForWallet(code, String(index).padStart(43, 'w'))),
    );
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
  });

  it('lets the same wallet come again, ten times at most', async () => {
    const { code, number, accountId } = await issued();
    for (let offer = 0; offer < 10; offer += 1)
      expect(await store.redeemForWallet(code, SECRET)).toEqual({ number, accountId });
    expect(await store.redeemForWallet(code, SECRET)).toBeUndefined();
  });
});

describe('guessing claim codes', () => {
  const guess = (code: string, wallet_secret = SECRET) =>
    fetch(`${idp.url}/v1/wallet-claims`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code, wallet_secret }),
    });

  it('is slowed down after five wrong tries, and never for good', async () => {
    const statuses: number[] = [];
    for (let tries = 0; tries < 6; tries += 1) statuses.push((await guess('0000-0000-0000-0000')).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
    idp.clock.moveMs(6_000);
    expect((await guess('0000-0000-0000-0000')).status).toBe(403);
    expect((await guess('0000-0000-0000-0000')).status).toBe(429);
    idp.clock.moveMs(3_700_000);
    expect((await guess('0000-0000-0000-0000')).status).toBe(403);
  });

  it('holds up nobody else behind the same address', async () => {
    for (let tries = 0; tries < 7; tries += 1) await guess('0000-0000-0000-0000');
    const other = await guess('0000-0000-0000-0000', 'o'.repeat(43));
    expect(other.status).toBe(403);
  });
});

describe('issuing in bulk', () => {
  const issue = (body: object, token = OPERATOR_TOKEN) =>
    fetch(`${idp.url}/v1/claim-codes`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('answers readable codes with whom they are for', async () => {
    const number = '9202400099999';
    const id = await idp.addAccount({ number, name: '测试乙', college: '理学院' });
    await idp.database.run.raw('UPDATE account SET claimed_at = NULL WHERE id = ?', [id]);
    const answer = (await (await issue({ college: '理学院' })).json()) as {
      issued: { number: string; name: string; code: string }[];
    };
    expect(answer.issued).toMatchObject([{ number, name: '测试乙' }]);
    expect(parseClaimCode(answer.issued[0]?.code ?? '')).toBeDefined();
  });

  it.each([
    ['without a token', {}, 'x'.repeat(20), 401],
    ['more than 500 at once', { limit: 501 }, OPERATOR_TOKEN, 400],
    ['an unknown member', { everybody: true }, OPERATOR_TOKEN, 400],
  ])('refuses %s', async (_variant, body, token, status) => {
    expect((await issue(body, token)).status).toBe(status);
  });
});

describe('claim codes for staff', () => {
  const issue = (body: object) =>
    fetch(`${idp.url}/v1/staff-claim-codes`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const unclaimed = async (number: string, kind: 'student' | 'staff') => {
    const id = await idp.addAccount({ number, kind });
    await idp.database.run.raw('UPDATE account SET claimed_at = NULL WHERE id = ?', [id]);
    return id;
  };
  const codesOf = async (answer: Response) =>
    (await answer.json()) as { issued: { code: string }[]; skipped: object[] };

  it('are for staff named one by one, and for nobody else', async () => {
    await unclaimed('T90001', 'staff');
    await unclaimed('9202400088888', 'student');
    const { issued: codes, skipped } = await codesOf(await issue({ staff_numbers: ['T90001', '9202400088888'] }));
    expect(codes).toHaveLength(1);
    expect(skipped).toEqual([{ number: '9202400088888', reason: 'not-unclaimed' }]);
    expect((await issue({})).status).toBe(400);
    expect((await issue({ staff_numbers: Array.from({ length: 51 }, (_, n) => `T${n}`) })).status).toBe(400);
  });

  it('are no way to a student ID', async () => {
    await unclaimed('T90002', 'staff');
    const { issued: codes } = await store.issue({ kind: 'staff', numbers: ['T90002'], limit: 1 }, 'operator');
    expect(await store.redeemForWallet(codes[0]?.code as ClaimCode, SECRET)).toBeUndefined();
  });

  it('take a signed-in person once the first of the staff has claimed', async () => {
    await unclaimed('T90003', 'staff');
    await unclaimed('T90004', 'staff');
    const { issued: codes } = await store.issue({ kind: 'staff', numbers: ['T90003'], limit: 1 }, 'operator');
    expect(await store.redeemForAccount(codes[0]?.code as ClaimCode)).toBeDefined();
    const refused = await issue({ staff_numbers: ['T90004'] });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'person-needed']);
    const byPerson = await store.issue({ kind: 'staff', numbers: ['T90004'], limit: 1 }, 'account:9');
    expect(byPerson.issued).toHaveLength(1);
  });
});
