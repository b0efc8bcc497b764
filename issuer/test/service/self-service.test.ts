import { writeFileSync } from 'node:fs';
import { createServiceClient, type ServiceClient, systemClock } from '@lanyard/platform';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { boundCard } from './support/cards.js';
import { claimAt, requestBody, roster } from './support/claim.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const [NUMBER, OTHER] = ['202301000001', '202305000002'];
let issuer: TestIssuer;
let idp: ServiceClient;
let admin: ServiceClient;

interface Things {
  credential_state: string;
  held_by: string | null;
  reason_code: string | null;
  wallets: { since: number }[];
  card: { last_four: string; state: string; stopped_by: string | null } | null;
}

beforeAll(async () => {
  issuer = await startIssuer('http://localhost:8080', {
    environment: { LANYARD_PUBLIC_URL_IDP: 'http://localhost:1' },
  });
  await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' });
  await issuer.operator('/v1/card-batches', { body: { key_version: 7, name: '2026' } });
  await boundCard(issuer, 7, NUMBER);
  const client = (caller: string): ServiceClient => {
    const key = generateKeyPair();
    writeFileSync(`${issuer.folder}/${caller}.jwk.json`, JSON.stringify(key.jwk));
    const sign = createSigner(key.privateKey);
    return createServiceClient({ baseUrl: issuer.url, audience: 'issuer', caller, sign, clock: systemClock });
  };
  idp = client('idp');
  admin = client('admin');
}, 120_000);
afterAll(() => issuer?.close());
beforeEach(async () => {
  await issuer.database.run.raw("UPDATE holder SET hold = 'none', held_at = NULL, held_by = NULL, reason_code = NULL");
  await issuer.database.run.raw("UPDATE card SET state = 'bound', suspended_by = NULL");
});

const ask = <T = Things>(act: string, number = NUMBER) =>
  idp.json<T>(`/v1/self-service/${act}`, { method: 'POST', body: { student_number: number }, actor: 'account:a1' });
const office = (verb: string, reason_code: string) =>
  issuer.operator(`/v1/students/${NUMBER}/${verb}`, { body: { reason_code } });
const lastAudit = async (action: string) => {
  const { rows } = await issuer.database.run.raw(
    'SELECT row_text::jsonb AS row FROM audit WHERE action = ? ORDER BY id DESC LIMIT 1',
    [action],
  );
  return rows[0]?.row;
};

describe('a student who lost his phone', () => {
  it('stops the ID on it alone, at once; the audit says that it was he, and a repeat changes nothing', async () => {
    const { wallet, tokens } = await claimAt(issuer, NUMBER);
    await wallet.call('/credential', tokens.access_token, await requestBody(wallet, 'student-id-sd-jwt', 2));
    expect(await ask('block-phone')).toMatchObject({ credential_state: 'suspended', held_by: 'holder' });
    const state = await wallet.call('/v1/holder/state', tokens.access_token);
    expect(await state.json()).toMatchObject({ credential_state: 'suspended', reason_code: 'lost-phone' });
    expect(await lastAudit('credential.suspended')).toMatchObject({ actor: 'account:a1', detail: { by: 'holder' } });
    const { rows } = await issuer.database.run.raw(
      'SELECT DISTINCT c.status FROM credential c JOIN student s ON s.id = c.student_id WHERE s.student_number = ?',
      [NUMBER],
    );
    expect(rows).toEqual([{ status: 2 }]);
    expect(await ask('block-phone')).toMatchObject({ credential_state: 'suspended', held_by: 'holder' });
  });

  it('moves to a new phone: every wallet ends, his own stop with it, and the offer asks for nothing typed', async () => {
    const old = await claimAt(issuer, NUMBER);
    await ask('block-phone');
    const moved = await ask<{ ended: number; credential_offer_uri: string; wallet_link: string }>('new-phone');
    expect(moved.ended).toBeGreaterThan(0);
    const offer = (await (await fetch(moved.credential_offer_uri)).json()) as { grants: object };
    expect(Object.keys(offer.grants)).toEqual(['authorization_code']);
    expect(moved.wallet_link).toContain('/claim?credential_offer_uri=');
    expect(await ask('things')).toMatchObject({ credential_state: 'valid', held_by: null, wallets: [] });
    expect((await old.wallet.call('/v1/holder/state', old.tokens.access_token)).status).toBe(401);
    expect(await lastAudit('wallets.ended')).toMatchObject({ actor: 'account:a1', detail: { ended: moved.ended } });
    const { rows } = await issuer.database.run.raw(
      'SELECT count(*) AS n FROM credential c JOIN student s ON s.id = c.student_id WHERE s.student_number = ? AND c.status <> 1',
      [NUMBER],
    );
    expect(Number(rows[0].n)).toBe(0);
    const told = await issuer.database.run.raw("SELECT count(*) AS n FROM notice WHERE kind = 'wallets-ended'");
    expect(Number(told.rows[0].n)).toBeGreaterThan(0);
  });

  it('lifts no stop of the office [by a new phone] [by his own stop after it]', async () => {
    await office('suspend', 'investigation');
    await expect(ask('new-phone')).rejects.toMatchObject({ status: 403, code: 'own-id-by-office' });
    expect(await ask('block-phone')).toMatchObject({ held_by: 'office', reason_code: 'investigation' });
    await expect(ask('new-phone')).rejects.toMatchObject({ status: 403, code: 'own-id-by-office' });
  });

  it('is stopped no more by himself once the office has lifted it', async () => {
    await ask('block-phone');
    expect((await office('reinstate', 'found')).status).toBe(200);
    expect(await ask('things')).toMatchObject({ credential_state: 'valid', held_by: null, reason_code: null });
  });

  it('gets no new phone where he is no student any more, and keeps what there was', async () => {
    await claimAt(issuer, OTHER);
    await issuer.operator(`/v1/students/${OTHER}/revoke`, { body: { reason_code: 'misuse' } });
    await expect(ask('new-phone', OTHER)).rejects.toMatchObject({ status: 403 });
    expect((await ask('things', OTHER)).wallets).toHaveLength(1);
  });
});

describe('a student who lost his card', () => {
  it('stops it from a browser; the office sees that it was he', async () => {
    expect(await ask('block-card')).toMatchObject({ card: { state: 'suspended', stopped_by: 'holder' } });
    expect(await ask('block-card')).toMatchObject({ card: { state: 'suspended', stopped_by: 'holder' } });
    expect(await lastAudit('card.suspended')).toMatchObject({ actor: 'account:a1', detail: { by: 'holder' } });
  });

  it('and has none to stop where there is none', async () => {
    await expect(ask('block-card', OTHER)).rejects.toMatchObject({ status: 409, code: 'own-card-missing' });
  });
});

it('is asked of by the identity layer alone [operator] [console] [open]', async () => {
  for (const act of ['things', 'block-phone', 'block-card', 'new-phone']) {
    const path = `/v1/self-service/${act}`;
    const body = { student_number: NUMBER };
    expect((await issuer.operator(path, { body })).status).toBe(403);
    await expect(admin.json(path, { method: 'POST', body })).rejects.toMatchObject({ status: 403 });
    const open = await fetch(`${issuer.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(open.status).toBe(401);
  }
  await expect(ask('things', '999')).rejects.toMatchObject({ status: 404 });
});

it('a wallet has a hundred living copies of a kind at most: further ones end the oldest, and the audit says so', async () => {
  const { wallet, tokens } = await claimAt(issuer, NUMBER);
  for (let batch = 0; batch < 11; batch += 1) {
    const body = await requestBody(wallet, 'student-id-sd-jwt', 10);
    expect((await wallet.call('/credential', tokens.access_token, body)).status).toBe(200);
  }
  const { rows } = await issuer.database.run.raw(
    `SELECT c.status, count(*) AS n FROM credential c JOIN wallet w ON w.id = c.wallet_id AND w.retired_at IS NULL
     WHERE w.id = (SELECT max(id) FROM wallet) GROUP BY c.status ORDER BY c.status`,
  );
  expect(rows.map(({ status, n }: { status: number; n: string }) => [status, Number(n)])).toEqual([
    [0, 100],
    [1, 10],
  ]);
  expect(await lastAudit('credential.issued')).toMatchObject({ detail: { ended: 10 } });
});
