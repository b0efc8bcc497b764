import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Callback, claimsOf, startCallback } from '../support/callback-server.js';
import { aPartner, newKey, type PartnerDesk, startPartnerDesk } from '../support/partner-desk.js';
import { until } from '../support/start-verifier.js';

/** 20 rounds in `npm test`, 300 as a proof (`npm run proof redemptions`). */
const ROUNDS = Number(process.env['LANYARD_REDEMPTION_ROUNDS'] ?? 20);
const [PORT, SECOND_PORT, CALLBACK_PORT] = [7996, 7895, 7981];
const AT_ONCE = 8;
const rail = aPartner('rail');
const issuerKey = generateKeyPair();
let desk: PartnerDesk;
let callback: Callback;
let token: string;
let student = 0;
const revoked: string[] = [];
const counts = { answered: 0, lost: 0, killedEarly: 0 };

beforeAll(async () => {
  desk = await startPartnerDesk(PORT, {
    realTime: true,
    environment: { LANYARD_FETCH_ALLOW: `localhost:${CALLBACK_PORT}` },
  });
  writeFileSync(join(desk.verifier.folder, 'issuer.jwk.json'), JSON.stringify(issuerKey.jwk));
  callback = await startCallback(CALLBACK_PORT);
  await desk.register(rail, { callback: { url: callback.url, events: ['consent.revoked', 'use.expired'] } });
}, 60_000);
afterAll(async () => {
  await callback?.close();
  await desk?.close();
});

interface Call {
  path: string;
  body: object;
  headers: Record<string, string>;
}
interface Told {
  status: number;
  body: { id?: string; state?: string; left?: number; code?: string };
}
async function post(base: string, { path, body, headers }: Call): Promise<Told> {
  const answer = await fetch(`${base}/partner/v1${path}`, {
    ...{ method: 'POST', body: JSON.stringify(body) },
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}`, ...headers },
  });
  return { status: answer.status, body: (await answer.json()) as Told['body'] };
}

/** Sends all at once to a process that is killed after so many answers, then all again to the one beside it. */
async function killed(
  calls: readonly Call[],
  after: number,
  beside: (base: string) => Promise<unknown>,
): Promise<Told[]> {
  const second = await desk.verifier.startSecond(SECOND_PORT);
  const pid = desk.verifier.secondPids().at(-1) ?? 0;
  let answers = 0;
  let dead = false;
  const kill = () => {
    if (!dead) process.kill(pid, 'SIGKILL');
    dead = true;
  };
  const besides = beside(second).catch(() => undefined);
  const sent = calls.map(async (call) => {
    const told = await post(second, call).catch(() => undefined);
    if (told !== undefined) answers += 1;
    if (answers >= after) kill();
    return told;
  });
  if (after === 0) kill();
  const first = await Promise.all(sent);
  kill();
  await besides;
  await until(() => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  });
  counts.answered += answers;
  counts.lost += calls.length - answers;
  if (answers < calls.length) counts.killedEarly += 1;
  const again = await Promise.all(calls.map((call) => post(desk.verifier.url, call)));
  // What somebody was told before the end is what he is told again.
  for (const [place, told] of first.entries())
    if (told?.status === 201 || told?.status === 200) expect(again[place]).toEqual(told);
  await beside(desk.verifier.url);
  return again;
}

const account = async (subject: string) => {
  const { rows } = await desk.verifier.database.run.raw(
    'SELECT held, used FROM entitlement_account WHERE subject = ?',
    [Buffer.from(subject, 'base64url')],
  );
  return rows[0] as { held: number; used: number };
};

async function round(n: number): Promise<void> {
  token = await desk.tokenOf(rail);
  student += 1;
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32BE(student, 0);
  const subject = bytes.toString('base64url');
  const check = await desk.checked(rail, desk.shown({ subject }));
  const past = Buffer.alloc(32, 255);
  past.writeUInt32BE(student, 0);
  const gone = await desk.checked(rail, desk.shown({ subject: past.toString('base64url') }));
  revoked.push(gone);
  const revoke = (base: string) =>
    desk.verifier.clientAt(base, 'issuer', issuerKey).json('/v1/partner-consents/revoke', {
      ...{ method: 'POST', body: { partner: 'rail', subject: past.toString('base64url') } },
    });
  const reserve = (): Call => ({ path: `/checks/${check}/uses`, body: desk.journey(), headers: newKey() });
  const reserves = Array.from({ length: AT_ONCE }, reserve);
  // A different number of answers in each round, from none to all but one.
  const after = (n * 5) % AT_ONCE;
  if (n % 2 === 0) {
    const told = await killed(reserves, after, revoke);
    expect(told.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 409, 409, 409, 409]);
    expect(await account(subject)).toEqual({ held: 4, used: 0 });
    return;
  }
  const held = await Promise.all(reserves.map((call) => post(desk.verifier.url, call)));
  const uses = held.flatMap(({ status, body }) => (status === 201 ? [String(body.id)] : []));
  const redeems = uses.flatMap((use) =>
    [1, 2].map((): Call => ({ path: `/uses/${use}/redeem`, body: {}, headers: newKey() })),
  );
  const told = await killed(redeems, after, revoke);
  expect(told.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 409, 409, 409, 409]);
  expect(await account(subject)).toEqual({ held: 0, used: 4 });
}

it(
  `nothing is lost and nothing happens twice when a verifier is killed at work [${ROUNDS} rounds]`,
  async () => {
    for (let n = 0; n < ROUNDS; n += 1) await round(n);
    const { rows } = await desk.verifier.database.run.raw(
      `SELECT a.id FROM entitlement_account a LEFT JOIN (
         SELECT u.account_id, sum(e.held)::int AS held, sum(e.used)::int AS used
         FROM entitlement_entry e JOIN entitlement_use u ON u.id = e.use_id GROUP BY u.account_id) e ON e.account_id = a.id
       WHERE a.held <> coalesce(e.held, 0) OR a.used <> coalesce(e.used, 0)`,
    );
    expect(rows).toEqual([]);
    // What a killed process had claimed is due again later; here: now.
    await desk.verifier.database.run.raw("UPDATE partner_event SET next_at = now() WHERE state = 'waiting'");
    await desk.verifier.verifier.partners.work();
    const told = callback.received
      .map(claimsOf)
      .map(({ jti, events }) => [jti, Object.values(events)[0]?.['check']] as const);
    expect(new Set(told.map(([, check]) => check))).toEqual(new Set(revoked));
    // Each event under one id, however often it came.
    expect(new Set(told.map(([jti]) => jti)).size).toBe(revoked.length);
    expect(counts.killedEarly).toBeGreaterThan(0);
    const out = process.env['LANYARD_PROOF_OUT'];
    if (out !== undefined) {
      const events = { events: revoked.length, deliveries: told.length };
      writeFileSync(out, JSON.stringify({ rounds: ROUNDS, ...counts, ...events }));
    }
  },
  ROUNDS * 15_000 + 60_000,
);
