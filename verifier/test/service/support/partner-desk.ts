import { randomBytes } from 'node:crypto';
import { generateKeyPair, type NodeKeyPair } from '@lanyard/protocol/node-crypto';
import { SignJWT } from 'jose';
import { portableCode } from './codes.js';
import { type StandInIssuer, startStandInIssuer, type TestPerson } from './stand-in-issuer.js';
import { startVerifier, type TestVerifier } from './start-verifier.js';

/** By name, so that a desk's own type can be told. */
export interface DeskVerifier extends TestVerifier {
  readonly url: string;
}

export interface TestPartner {
  id: string;
  key: NodeKeyPair;
}
/** What partners are told, whatever it is: each test looks at the members its answer has. */
export interface ToldBody {
  id: string;
  code: string;
  reason: string;
  result: string;
  title_zh: string;
  state: string;
  receipt: string;
  certificate: string;
  passenger: string;
  access_token: string;
  authorization_request: string;
  wallet_link: string;
  valid_until: string;
  left: number;
  claims: Record<string, unknown>;
  entitlement: Record<string, unknown>;
  check: ToldBody;
}
export interface PartnerAnswer {
  status: number;
  headers: Headers;
  body: ToldBody;
}
export const aPartner = (id: string): TestPartner => ({ id, key: generateKeyPair() });
/** A key for a request that a network may repeat. */
export const newKey = () => ({ 'Idempotency-Key': randomBytes(8).toString('hex') });
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** A verifier with a stand-in issuer, a clock that tests turn, and what partners do as a library of theirs would. */
export async function startPartnerDesk(
  port: number,
  options: { environment?: Record<string, string>; realTime?: boolean } = {},
) {
  const clock = { ms: Date.now() };
  const issuer: StandInIssuer = await startStandInIssuer(port);
  const ann: TestPerson = issuer.makePerson();
  issuer.publish([ann.row]);
  const verifier: DeskVerifier = await startVerifier({
    port: port + 1,
    issuerUrl: issuer.url,
    ...(options.environment === undefined ? {} : { environment: options.environment }),
    ...(options.realTime === true
      ? {}
      : { clock: { nowMs: () => clock.ms, nowSeconds: () => Math.floor(clock.ms / 1000) } }),
  });
  await verifier.synced(issuer.sequence());
  const now = () => (options.realTime === true ? Date.now() : clock.ms);
  let index = 100;

  const day = (offset = 0) => new Date(now() + 8 * 3_600_000 + offset * 86_400_000).toISOString().slice(0, 10);
  const facts = (change: object = {}) => ({
    subject: Buffer.alloc(32, 7).toString('base64url'),
    ...{ enrolment_status: 'enrolled', study_form: 'full-time', level: 'bachelor', entry_date: '2024-09-01' },
    ...{ registered_until: day(60), interval: { from: '广州南', to: '武汉' } },
    ...change,
  });
  /** An assertion as a client library makes it. */
  const assertion = (client: TestPartner, change: Record<string, unknown> = {}, signWith = client.key) => {
    const seconds = Math.floor(now() / 1000);
    const claims = {
      iss: client.id,
      sub: client.id,
      aud: `${verifier.url}/partner`,
      jti: randomBytes(16).toString('hex'),
    };
    return new SignJWT({ ...claims, iat: seconds, exp: seconds + 60, ...change })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .sign(signWith.privateKey);
  };
  const askToken = (text: string, change: Record<string, string> = {}) =>
    fetch(`${verifier.url}/partner/v1/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ grant_type: 'client_credentials', client_assertion_type: ASSERTION_TYPE, client_assertion: text },
        ...change,
      }),
    });
  async function tokenOf(client: TestPartner): Promise<string> {
    const answer = await askToken(await assertion(client));
    if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { access_token: string }).access_token;
  }
  async function send(
    client: TestPartner,
    method: string,
    path: string,
    body?: object,
    headers = {},
  ): Promise<PartnerAnswer> {
    const authorization = { Authorization: `Bearer ${await tokenOf(client)}` };
    const answer = await verifier.call(path.startsWith('/partner/') ? path : `/partner/v1${path}`, {
      ...{ method, headers: { ...authorization, ...headers } },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
  }
  const ask = (client: TestPartner, path: string, body?: object, headers: Record<string, string> = {}) =>
    send(client, body === undefined ? 'GET' : 'POST', path, body, headers);
  const journey = (change: object = {}) => ({
    ...{ travel_date: day(3), from: '武汉', to: '广州南', seat_class: 'emu-second' },
    ...{ charged_fen: 46_350, published_fen: 46_350 },
    ...change,
  });

  return {
    ...{ issuer, ann, verifier, clock, day, facts, assertion, askToken, tokenOf, send, ask, journey },
    /** Registers a partner as staff do. */
    async register(client: TestPartner, change: object = {}) {
      const body = {
        ...{ name_zh: '合作方', name_en: 'Partner', keys: [client.key.jwk], checks_per_minute: 10_000 },
        ...{ purposes: ['rail-discount'], claims: ['interval', 'level'], sandbox: false, ...change },
      };
      const answer = await verifier.operator(`/v1/partners/${client.id}`, { method: 'PUT', body });
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    },
    /** A portable code whose pass belongs to a student of these facts. */
    shown(change: object = {}, pass: Parameters<StandInIssuer['makePass']>[0] = {}): string {
      index += 1;
      issuer.state.partnerSubjects.set(`1/${index}`, facts(change));
      return portableCode(issuer.makePass({ listIndex: index, ...pass }), { timeSeconds: Math.floor(now() / 1000) });
    },
    check: (client: TestPartner, body: object, headers = {}) => ask(client, '/checks', body, headers),
    async checked(client: TestPartner, code: string): Promise<string> {
      const { body } = await ask(client, '/checks', { purpose: 'rail-discount', code });
      if (body.result !== 'eligible') throw new Error(JSON.stringify(body));
      return body.id;
    },
    reserve: (client: TestPartner, id: string, change: object = {}) =>
      ask(client, `/checks/${id}/uses`, journey(change), newKey()),
    move: (client: TestPartner, use: string, verb: string) => ask(client, `/uses/${use}/${verb}`, {}, newKey()),
    async close() {
      await verifier.close();
      await issuer.close();
    },
  };
}
export type PartnerDesk = Awaited<ReturnType<typeof startPartnerDesk>>;
