// A partner in one file, on nothing but Node: its key, its token, a check, and a ticket with the discount.
//   node partner.mjs register > partner.json     makes key.json (keep it secret) and what the university registers
//   node partner.mjs check CODE                  is this a student, and is the discount left?
//   node partner.mjs online SANDBOX:ELIGIBLE     the same at a site: the student agrees in the wallet (simulated in the sandbox)
//   node partner.mjs buy CODE                    checks, holds a use, "sells" a ticket, redeems
//   node partner.mjs refund USE
// LANYARD_VERIFIER is the verifier's address (http://localhost:8083), PARTNER_ID this partner's name (rail-demo).
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const verifier = process.env.LANYARD_VERIFIER ?? 'http://localhost:8083';
const id = process.env.PARTNER_ID ?? 'rail-demo';
const keyFile = process.env.PARTNER_KEY ?? 'key.json';
const base64url = (value) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A key of this partner's own; the university sees its public half only. */
function register() {
  const pem = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const [privateKey, publicKey] = [createPrivateKey(pem.privateKey), createPublicKey(pem.publicKey)];
  writeFileSync(keyFile, JSON.stringify(privateKey.export({ format: 'jwk' })), { mode: 0o600 });
  return {
    ...{ id, name_zh: '铁路示例', name_en: 'Sample railway', keys: [publicKey.export({ format: 'jwk' })] },
    ...{ purposes: ['rail-discount'], claims: ['interval'], sandbox: process.env.PARTNER_SANDBOX !== '0' },
  };
}

/** private_key_jwt: a short assertion under our key, good once. */
async function token() {
  const key = createPrivateKey({ key: JSON.parse(readFileSync(keyFile, 'utf8')), format: 'jwk' });
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: id, sub: id, aud: `${verifier}/partner`, jti: randomUUID(), iat: now, exp: now + 60 };
  const input = `${base64url({ alg: 'ES256', typ: 'JWT' })}.${base64url(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  const answer = await fetch(`${verifier}/partner/v1/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${input}.${signature}`,
    }),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).access_token;
}

/** Every call carries an Idempotency-Key: sent again after a lost answer, it is done once. */
async function call(path, body) {
  const answer = await fetch(`${verifier}/partner/v1${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      Authorization: `Bearer ${await token()}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { ok: answer.ok, body: await answer.json() };
}

/** The receipt is our evidence: kept, and verified once by ourselves. */
async function readReceipt(receipt) {
  const { keys } = await (await fetch(`${verifier}/partner/v1/receipt-keys`)).json();
  const [header, payload, signature] = receipt.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
  const key = createPublicKey({ key: keys.find((one) => one.kid === kid), format: 'jwk' });
  const signed = Buffer.from(`${header}.${payload}`);
  const holds = verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  if (!holds) throw new Error('the receipt does not verify');
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}

async function check(code) {
  const { body } = await call('/checks', { purpose: 'rail-discount', code });
  return { ...body, ...(body.receipt === undefined ? {} : { receipt_says: await readReceipt(body.receipt) }) };
}

/** At a site: the student agrees in the wallet. In the sandbox a call of ours stands for that. */
async function online(person) {
  const asked = await call('/check-requests', { purpose: 'rail-discount' });
  if (!asked.ok) return asked.body;
  // A real partner shows asked.body.wallet_link on a phone, or authorization_request as a QR code.
  await call(`/check-requests/${asked.body.id}/sandbox-answer`, { person });
  const { body } = await call(`/check-requests/${asked.body.id}?wait=25`);
  return body.check === undefined ? body : { ...body.check, receipt_says: await readReceipt(body.check.receipt) };
}

async function buy(code) {
  const checked = await check(code);
  if (checked.result !== 'eligible') return { sold: false, reason: checked.reason ?? checked.code };
  const { from, to } = checked.claims.interval;
  const travel_date = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  const journey = { travel_date, from, to, seat_class: 'emu-second', charged_fen: 46_350, published_fen: 46_350 };
  const held = await call(`/checks/${checked.id}/uses`, journey);
  if (!held.ok) return { sold: false, reason: held.body.reason ?? held.body.code };
  // Here the passenger pays held.body.fare_fen. Where that fails: POST /uses/ID/release.
  const redeemed = await call(`/uses/${held.body.id}/redeem`, {});
  return { sold: redeemed.ok, use: held.body.id, fare_fen: held.body.fare_fen, left: redeemed.body.left };
}

const [verb, argument] = process.argv.slice(2);
const verbs = {
  register,
  check,
  online,
  buy,
  refund: (use) => call(`/uses/${use}/refund`, {}).then(({ body }) => body),
};
if (verbs[verb] === undefined) {
  console.error('register | check CODE | online PERSON | buy CODE | refund USE');
  process.exit(2);
}
console.log(JSON.stringify(await verbs[verb](argument), null, 2));
