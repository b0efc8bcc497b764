import { randomUUID } from 'node:crypto';
import { signJws } from '@lanyard/protocol';
import { createSigner, generateKeyPair } from '@lanyard/protocol/node-crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createSoftwareWallet,
  type OfferObject,
  type SoftwareWallet,
} from '../launcher/src/software-wallet/software-wallet.js';
import { present } from '../verifier/test/service/support/codes.js';
import { campusStaff } from './support/campus-staff.js';
import { eventually, type Installation, startInstallation } from './support/installation.js';

/** Printed, so that a history that fails can be walked again. */
const SEED = Number(process.env['LANYARD_HISTORY_SEED'] ?? 20_261_129);
const STUDENTS = 12;
const STEPS = Number(process.env['LANYARD_HISTORY_STEPS'] ?? 6);
const PARTNER = { id: 'history-rail', key: generateKeyPair() };
let installation: Installation;
let people: Person[];
let graduating: Person;

interface Person {
  number: string;
  wallet: SoftwareWallet;
  /** The copies in the wallet were refused for good: only new ones can be accepted. */
  copiesDead: boolean;
  changes: number[];
  story: string[];
}
interface Register {
  enrolment_status: string;
  credential_state: 'valid' | 'suspended' | 'revoked';
  registered_until: string | null;
}
interface Answers {
  gate: string;
  registeredGate: string;
  card: string;
  discount: string;
  signIn: string;
}

const inDays = (days: number) => new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10);

beforeAll(async () => {
  installation = await startInstallation();
  await installation.operator(
    'verifier',
    `/v1/partners/${PARTNER.id}`,
    {
      ...{ name_zh: '铁路示例', name_en: 'Sample railway', keys: [PARTNER.key.jwk], purposes: ['rail-discount'] },
      ...{ claims: [], sandbox: false, checks_per_minute: 10_000, checks_per_day: 1_000_000 },
    },
    'PUT',
  );
  const { answer } = await installation.lanyard<{ students: { student_number: string; enrolment_status: string }[] }>(
    ...['student', 'list', '--limit', '100'],
  );
  const numbers = answer.students.filter((one) => one.enrolment_status === 'enrolled').map((one) => one.student_number);
  people = await Promise.all(numbers.slice(0, STUDENTS).map(open));
  graduating = await open(numbers[STUDENTS] ?? '');
});
afterAll(() => installation.stop());

async function open(number: string): Promise<Person> {
  await installation.operator(
    'issuer',
    `/v1/students/${number}/semester-registration`,
    { registered_until: inDays(90) },
    'PUT',
  );
  const offer = await installation.operator<{ credential_offer: OfferObject; tx_code: string }>(
    ...(['issuer', '/v1/credential-offers', { student_number: number }] as const),
  );
  const wallet = createSoftwareWallet();
  await wallet.claim(offer.credential_offer, offer.tx_code, { ids: 1, passes: 1 });
  return { number, wallet, copiesDead: false, changes: [], story: [] };
}

/** Mulberry32: the same histories for the same seed. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Step = [name: string, path: (person: Person) => string, body: (person: Person) => object, method?: string];
const change = (kind: string, days: number, more: object = {}): Step => [
  `${kind} ${days}`,
  ({ number }) => `/v1/students/${number}/status-changes`,
  () => ({ kind, effective_date: inDays(days), document_number: '学〔2026〕42号', ...more }),
];
const STEPS_OF_LIFE: Step[] = [
  change('leave', 0),
  change('leave', -40, { until: inDays(100) }),
  change('return', 0),
  change('status-retention', 0),
  change('exchange-out', -10),
  change('exchange-return', 0),
  change('withdrawal', 0),
  change('transfer-out', -5),
  change('graduation', 0),
  change('graduation', 30),
  change('completion', 0),
  change('name-change', 0, { facts: { name: '测试·改名' } }),
  change('study-change', 0, { facts: { college: '理学院', class: '26数学1班' } }),
  [
    'reverse',
    ({ number, changes }) => `/v1/students/${number}/status-changes/${changes.at(-1) ?? 0}/reverse`,
    () => ({ document_number: '学〔2026〕43号', reason_code: 'data-error' }),
  ],
  ['suspend', ({ number }) => `/v1/students/${number}/suspend`, () => ({ reason_code: 'lost-phone' })],
  ['reinstate', ({ number }) => `/v1/students/${number}/reinstate`, () => ({ reason_code: 'resolved' })],
  [
    'registration ends',
    ({ number }) => `/v1/students/${number}/semester-registration`,
    () => ({ registered_until: null }),
    'PUT',
  ],
  [
    'registration',
    ({ number }) => `/v1/students/${number}/semester-registration`,
    () => ({ registered_until: inDays(90) }),
    'PUT',
  ],
];

/** What the register's rules leave undone is answered 4xx and changes nothing, which is looked at like any other step. */
async function live(person: Person, [name, path, body, method]: Step): Promise<void> {
  const answer = await fetch(new URL(path(person), installation.run.services.issuer), {
    method: method ?? 'POST',
    headers: { Authorization: `Bearer ${installation.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body(person)),
  });
  const made = (await answer.json()) as { id?: number };
  if (answer.status === 201 && made.id !== undefined) person.changes.push(made.id);
  if (name === 'reverse') person.changes.pop();
  person.story.push(`${name} ${answer.status}`);
  expect(answer.status, person.story.join(', ')).toBeLessThan(500);
}

const register = ({ number }: Person) => installation.operator<Register>('issuer', `/v1/students/${number}`);

const LEFT = ['transferred-out', 'withdrawn', 'expelled', 'graduated', 'completed', 'attended', 'deceased'];
/** The rules as a person would write them down; nothing of the product's own tables. */
function expectedOf(entry: Register, { copiesDead }: Person): Answers {
  const { enrolment_status: status, credential_state: state, registered_until: until } = entry;
  const here = state === 'valid' && ['enrolled', 'exchange'].includes(status);
  const registered = until !== null && until >= inDays(0);
  return {
    gate: here ? 'accepted' : 'refused',
    registeredGate: here && registered ? 'accepted' : 'refused',
    card: state === 'valid' && !copiesDead ? 'accepted' : 'refused',
    discount: state === 'valid' && !copiesDead && status === 'enrolled' && registered ? 'eligible' : 'not-eligible',
    signIn: LEFT.includes(status) ? 'closed' : 'active',
  };
}

async function answersOf(person: Person): Promise<Answers> {
  const { wallet, number } = person;
  const decide = async (body: object) => {
    const { verdict } = await installation.operator<{ verdict: string }>('verifier', '/v1/verifications', body);
    return verdict === 'accepted' ? 'accepted' : 'refused';
  };
  const [copy] = wallet.held['student-id-sd-jwt']?.slice(-1) ?? [];
  if (copy === undefined) throw new Error('no copy');
  const bound = { nonce: randomUUID(), audience: 'x509_san_dns:histories.example' };
  const presentation = present(
    { pair: copy.key, compact: copy.credential },
    { ...bound, claims: ['enrolment_status'] },
  );
  const last = (wallet.held['student-pass']?.length ?? 1) - 1;
  const [gate, registeredGate, card, discount, account] = await Promise.all([
    decide({ code: wallet.gateCode(), checkpoint: 'south-gate' }),
    decide({ code: wallet.gateCode(), checkpoint: 'library' }),
    decide({ presentation, ...bound }),
    check(wallet.portableCode(undefined, last)),
    installation.idp<{ state: string }>('/v1/account-searches', { number }),
  ]);
  return { gate, registeredGate, card, discount, signIn: account.state };
}

async function check(code: string): Promise<string> {
  const { verifier } = installation.run.services;
  const now = Math.floor(Date.now() / 1000);
  const assertion = signJws(
    { typ: 'JWT' },
    { iss: PARTNER.id, sub: PARTNER.id, aud: `${verifier}/partner`, jti: randomUUID(), iat: now, exp: now + 60 },
    createSigner(PARTNER.key.privateKey),
  );
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const token = (await (
    await fetch(`${verifier}/partner/v1/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: type,
        client_assertion: assertion,
      }),
    })
  ).json()) as { access_token: string };
  const answer = await fetch(`${verifier}/partner/v1/checks`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token.access_token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': randomUUID(),
    },
    body: JSON.stringify({ purpose: 'rail-discount', code }),
  });
  return ((await answer.json()) as { result: string }).result;
}

/** All four doors and the sign-in say what the register says, within the seconds a change takes to reach them. */
async function agree(person: Person): Promise<void> {
  const entry = await register(person);
  if (entry.credential_state === 'revoked' || /name-change.* 201$|study-change.* 201$/.test(person.story.at(-1) ?? ''))
    person.copiesDead = true;
  if (entry.credential_state === 'valid' && person.copiesDead) {
    // A student again, or with another name: the wallet obtains new copies, as it does by itself.
    await person.wallet.obtain('student-id-sd-jwt', 1);
    await person.wallet.obtain('student-pass', 1);
    person.copiesDead = false;
  }
  const expected = expectedOf(entry, person);
  const told = [...person.story, JSON.stringify(entry.enrolment_status), entry.credential_state].join(', ');
  await eventually(
    () => answersOf(person),
    (answers) => JSON.stringify(answers) === JSON.stringify(expected),
    10_000,
  ).catch((error: Error) => {
    throw new Error(`after ${told} expected ${JSON.stringify(expected)}; ${error.message}`);
  });
}

it(`agrees with the register after each step of a random life [seed ${SEED}]: gates, card, discount, sign-in`, async () => {
  const random = createRandom(SEED);
  for (let step = 0; step < STEPS; step += 1) {
    const steps = people.map(() => STEPS_OF_LIFE[random(STEPS_OF_LIFE.length)]);
    for (const [index, person] of people.entries()) {
      const chosen = steps[index];
      if (chosen !== undefined) await live(person, chosen);
    }
    for (const person of people) await agree(person);
  }
  process.stdout.write(`${people.map(({ story }) => story.join(', ')).join('\n')}\n`);
});

it('closes a graduation clearance last: ID revoked at every door, alumni ID issued', async () => {
  const staff = campusStaff(installation);
  const { number, wallet } = graduating;
  await eventually(
    () => answersOf(graduating),
    ({ gate, card, discount }) => `${gate} ${card} ${discount}` === 'accepted accepted eligible',
    10_000,
  );
  await expect(wallet.obtain('alumni-id-sd-jwt', 1)).rejects.toThrow();
  const window = {
    ...{ title: { zh: '毕业窗口', en: 'Graduation' }, place: { zh: '服务大厅', en: 'Service hall' } },
    ...{
      services: ['graduation-clearance'],
      clerks: { role: 'window-clerk', scope: { kind: 'university', value: '' } },
    },
    ...{ hours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }], kiosk: false },
  };
  await installation.operator('campus', '/v1/windows/graduation', window, 'PUT');
  // At the window: a code opens the visit, the clerk writes, a second code says yes.
  const clerk = staff('w001', 'window-clerk@university');
  const show = () => ({ code: wallet.gateCode() });
  const { visit } = await clerk<{ visit: { id: string; person: object } }>('/v1/windows/graduation/visits', show());
  expect(visit.person).toMatchObject({ student_number: number });
  const written = { verb: 'submit', service: 'graduation-clearance', form: { leaves_on: inDays(0) } };
  const request = await clerk<{ id: string }>(`/v1/window-visits/${visit.id}/requests`, written);
  const { case: begun } = await clerk<{ case: { id: string } }>(`/v1/window-requests/${request.id}/scans`, show());
  const { id } = begun;
  const path = `/v1/cases/${id}/actions`;
  for (const step of ['loan', 'card', 'library', 'dormitory', 'finance'])
    await staff(`o-${step}`, `${step}-officer@university`)(path, { verb: 'agree', step });
  expect(await answersOf(graduating)).toMatchObject({ gate: 'accepted', card: 'accepted' });
  const college = staff('c001', 'department-officer@university');
  await college(path, { verb: 'agree', step: 'release' });
  await eventually(
    () => answersOf(graduating),
    (answers) => Object.values(answers).join() === 'refused,refused,refused,not-eligible,closed',
    60_000,
  );
  expect(await college<object>(`/v1/cases/${id}`)).toMatchObject({
    ...{ status: 'closed', outcome: 'granted' },
    effects: [{ act: 'graduate', state: 'done', result: { enrolment_status: 'graduated' } }],
  });
  await wallet.obtain('alumni-id-sd-jwt', 1);
  expect(wallet.held['alumni-id-sd-jwt']).toHaveLength(1);
});

/** By whatever way is open: back from where they are, or by taking back what stands in the way. */
async function graduate(person: Person): Promise<void> {
  const reversal = STEPS_OF_LIFE.find(([name]) => name === 'reverse');
  for (let tries = 0; tries < 12; tries += 1) {
    for (const kind of ['return', 'exchange-return', 'graduation']) await live(person, change(kind, 0));
    if (LEFT.includes((await register(person)).enrolment_status)) return;
    if (reversal !== undefined) await live(person, reversal);
  }
}

it('leaves nobody who graduates with a card, a gate or a discount, whatever came before', async () => {
  for (const person of people) await graduate(person);
  for (const person of people) {
    const entry = await register(person);
    expect(LEFT, person.story.join(', ')).toContain(entry.enrolment_status);
    await agree(person);
    expect(await answersOf(person)).toEqual({
      ...{ gate: 'refused', registeredGate: 'refused', card: 'refused', discount: 'not-eligible', signIn: 'closed' },
    });
  }
});
