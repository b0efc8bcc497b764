import { randomBytes } from 'node:crypto';
import { decodeRowState } from '@lanyard/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { boundCard, factoryCard, relay, type TapBody, tapOf } from './support/cards.js';
import { roster } from './support/claim.js';
import { cloneOf } from './support/cloned-card.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

const STUDENT = '202301000001';
const OTHER = '202305000002';

interface Result {
  id: string;
  result: 'accepted' | 'rejected';
  reason?: string;
  holder?: { row: number; state: number; policy_class: number; portrait_id?: string };
}

let issuer: TestIssuer;
let bound: Awaited<ReturnType<typeof boundCard>>;
beforeAll(async () => {
  issuer = await startIssuer();
  expect((await issuer.operator('/v1/roster-imports', { bytes: roster, type: 'text/csv' })).status).toBe(201);
  await issuer.operator('/v1/card-batches', { body: { key_version: 7, name: 'tests' } });
});
afterAll(() => issuer.close());
beforeEach(async () => {
  bound = await boundCard(issuer, 7, STUDENT);
});

const send = async (...taps: TapBody[]): Promise<Result[]> =>
  (await issuer.verifier.json<{ results: Result[] }>('/v1/card-taps', { method: 'POST', body: { taps } })).results;
const change = (verb: string, number = bound.number, reason_code = 'lost-card') =>
  issuer.operator(`/v1/cards/${number}/${verb}`, { body: { reason_code } });
const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;
const auditOf = async (action: string) =>
  (
    await issuer.database.run.raw('SELECT row_text::jsonb AS row FROM audit WHERE action = ? ORDER BY id', [action])
  ).rows.map((one: { row: { subject: string; detail: object } }) => one.row);

describe('a tap of a campus card', () => {
  it('is accepted with the holder’s row and present state', async () => {
    const [result] = await send(tapOf(bound.card));
    expect(result).toMatchObject({ result: 'accepted', holder: { policy_class: 0 } });
    const { rows } = await issuer.database.run.raw('SELECT row_number FROM holder_state WHERE student_number = ?', [
      STUDENT,
    ]);
    expect(result!.holder!.row).toBe(Number(rows[0].row_number));
    expect(decodeRowState(result!.holder!.state)).toMatchObject({ enrolmentState: 'enrolled', revoked: false });
  });

  it('gets the same answer for the same id, and moves the counter once', async () => {
    const tap = tapOf(bound.card);
    const [first] = await send(tap);
    const again = await Promise.all(Array.from({ length: 6 }, () => send(tap)));
    for (const [result] of again) expect(result).toEqual(first);
    const { rows } = await issuer.database.run.raw('SELECT replays FROM card WHERE number = ?', [bound.number]);
    expect(rows[0].replays).toBe(0);
  });

  it('is `replayed` under another id, and the second of two reads may overtake the first', async () => {
    const [early, late] = [tapOf(bound.card), tapOf(bound.card)];
    expect((await send(late))[0]?.result).toBe('accepted');
    expect((await send(early))[0]).toMatchObject({ result: 'rejected', reason: 'replayed' });
    expect((await send({ ...late, id: randomBytes(16).toString('base64url') }))[0]).toMatchObject({
      reason: 'replayed',
    });
  });

  it('raises one alarm for each counter that comes again, counted once a second at most, and staff see the card', async () => {
    const tap = tapOf(bound.card);
    await send(tap);
    const before = (await auditOf('card.replayed')).length;
    const repeat = () => send({ ...tap, id: randomBytes(16).toString('base64url') });
    await Promise.all(Array.from({ length: 20 }, repeat));
    expect((await auditOf('card.replayed')).length).toBe(before + 1);
    const listed = (await (await issuer.operator('/v1/cards?alarms=true')).json()) as {
      cards: { number: string; replays: number }[];
    };
    expect(listed.cards.find((card) => card.number === bound.number)?.replays).toBe(1);
  });

  it('keeps up to 16 in one call, in their order', async () => {
    const taps = Array.from({ length: 16 }, () => tapOf(bound.card));
    expect((await send(...taps)).map((one) => one.result)).toEqual(Array(16).fill('accepted'));
    expect(
      (await send(...[3, 1, 2].map((i) => ({ ...taps[i]!, id: randomBytes(16).toString('base64url') })))).map(
        (r) => r.reason,
      ),
    ).toEqual(Array(3).fill('replayed'));
    await expect(send(...Array.from({ length: 17 }, () => taps[0]!))).rejects.toMatchObject({ status: 400 });
  });

  it.each<[string, string, (tap: TapBody) => TapBody]>([
    [
      'a CMAC with one bit changed',
      'issuer-signature-invalid',
      (tap) => ({ ...tap, cmac: `${tap.cmac.slice(0, -1)}${tap.cmac.endsWith('0') ? '1' : '0'}` }),
    ],
    ['PICC data of another card', 'issuer-signature-invalid', (tap) => ({ ...tap, picc_data: '00'.repeat(16) })],
    ['the CMAC of another card', 'issuer-signature-invalid', (tap) => ({ ...tap, cmac: 'ff'.repeat(8) })],
    ['a key version nobody made', 'unknown-issuer', (tap) => ({ ...tap, key_version: 200 })],
  ])('is rejected and leaves no row [%s]', async (_, reason, changed) => {
    const tap = changed(tapOf(bound.card));
    expect((await send(tap))[0]).toEqual({ id: tap.id, result: 'rejected', reason });
    const { rowCount } = await issuer.database.run.raw('SELECT 1 FROM card_tap WHERE id = ?', [
      Buffer.from(tap.id, 'base64url'),
    ]);
    expect(rowCount).toBe(0);
  });

  it('is `malformed` where one id comes with two contents', async () => {
    const tap = tapOf(bound.card);
    await send(tap);
    expect((await send({ ...tapOf(bound.card), id: tap.id }))[0]).toMatchObject({ reason: 'malformed' });
  });

  it.each([
    ['a short id', { id: 'AAAA' }],
    ['PICC data of LRP mode', { picc_data: '00'.repeat(24) }],
    ['no CMAC', { cmac: undefined }],
    ['key version 0', { key_version: 0 }],
    ['a UID in its place', { uid: '04de5f1eacc040' }],
  ])('is refused before anything else [%s]', async (_, changed) => {
    await expect(send({ ...tapOf(bound.card), ...changed } as TapBody)).rejects.toMatchObject({ status: 400 });
  });

  it('is asked by the verifier only', async () => {
    const body = { taps: [tapOf(bound.card)] };
    expect((await issuer.operator('/v1/card-taps', { body })).status).toBe(403);
  });

  it('is accepted once of many at a time, at two processes', async () => {
    const ends = [issuer.verifier, issuer.verifierAt(await issuer.startSecond())];
    const tap = tapOf(bound.card);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => {
        const taps = [{ ...tap, id: randomBytes(16).toString('base64url') }];
        return ends[i % 2]!.json<{ results: Result[] }>('/v1/card-taps', { method: 'POST', body: { taps } });
      }),
    );
    expect(answers.flatMap((answer) => answer.results).filter((one) => one.result === 'accepted')).toHaveLength(1);
  });
});

describe('a card', () => {
  it.each([
    ['in stock', () => relayed(), 'unknown-handle'],
    ['suspended', () => change('suspend'), 'suspended'],
    ['lost', () => change('report-lost'), 'revoked'],
    ['replaced by another', () => boundCard(issuer, 7, STUDENT), 'revoked'],
  ] as const)('is rejected at the next tap [%s]', async (state, make, reason) => {
    const made = await make();
    expect((await send(tapOf(state === 'in stock' ? (made as typeof bound).card : bound.card)))[0]).toMatchObject({
      result: 'rejected',
      reason,
    });
  });

  async function relayed() {
    const card = factoryCard();
    const done = await relay(issuer, card, 7);
    return { card, number: done.card_number };
  }

  it('works again when it is reinstated, and an address read while it was suspended does not', async () => {
    await change('suspend');
    const meanwhile = tapOf(bound.card);
    expect((await send(meanwhile))[0]).toMatchObject({ reason: 'suspended' });
    expect((await change('reinstate', bound.number, 'found')).status).toBe(200);
    expect((await send({ ...meanwhile, id: randomBytes(16).toString('base64url') }))[0]).toMatchObject({
      reason: 'replayed',
    });
    expect((await send(tapOf(bound.card)))[0]?.result).toBe('accepted');
  });

  it('tells a suspended student at once', async () => {
    await issuer.operator(`/v1/students/${STUDENT}/suspend`, { body: { reason_code: 'drill' } });
    const [result] = await send(tapOf(bound.card));
    expect(decodeRowState(result!.holder!.state)).toMatchObject({ suspended: true, stopped: true });
    await issuer.operator(`/v1/students/${STUDENT}/reinstate`, { body: { reason_code: 'drill' } });
  });

  it('is one a person, and binding another needs to say that it replaces', async () => {
    const second = await relayed();
    const body = { student_number: STUDENT };
    const refused: Response = await issuer.operator(`/v1/cards/${second.number}/bind`, { body });
    expect([refused.status, await codeOf(refused)]).toEqual([409, 'student-has-card']);
    const answers = await Promise.all(
      Array.from({ length: 4 }, () =>
        issuer.operator(`/v1/cards/${second.number}/bind`, { body: { ...body, replace: true } }),
      ),
    );
    expect(answers.map((one) => one.status).sort()).toEqual([200, 409, 409, 409]);
    const { cards } = (await (await issuer.operator(`/v1/students/${STUDENT}/cards`)).json()) as {
      cards: { state: string }[];
    };
    expect(cards.filter((card) => card.state === 'bound')).toHaveLength(1);
  });

  it.each<[string, () => string, string, number, string]>([
    ['a card that is bound', () => bound.number, OTHER, 409, 'card-state-conflict'],
    ['a card nobody knows', () => '1234567890', OTHER, 404, 'card-not-found'],
    ['a student nobody knows', () => bound.number, '999', 404, 'student-not-found'],
  ])('is not bound [%s]', async (_, number, student, status, code) => {
    const answer = await issuer.operator(`/v1/cards/${number()}/bind`, { body: { student_number: student } });
    expect([answer.status, await codeOf(answer)]).toEqual([status, code]);
  });

  it.each([
    ['reinstate', []],
    ['suspend', ['suspend']],
    ['reinstate', ['report-lost']],
    ['report-lost', ['report-lost']],
  ] as const)('does not change from a wrong state [%s after %j]', async (verb, before) => {
    for (const first of before) await change(first);
    const answer = await change(verb);
    expect([answer.status, await codeOf(answer)]).toEqual([409, 'card-state-conflict']);
  });

  it('has every change in the audit, of the card and of the student', async () => {
    await change('suspend');
    const row = (await auditOf('card.suspended')) as { subject: string }[];
    expect(row.slice(-2).map((one) => one.subject.split(':')[0])).toEqual(['card', 'student']);
  });

  it('repeats a change with the same key once', async () => {
    const body = { reason_code: 'lost-card' };
    const headers = { 'Idempotency-Key': 'suspend-once' };
    const once = async () => (await issuer.operator(`/v1/cards/${bound.number}/suspend`, { body, headers })).status;
    expect([await once(), await once()]).toEqual([200, 200]);
  });

  it('pages by its number and shows no UID', async () => {
    const page: { cards: object[]; next: string } = (await (await issuer.operator('/v1/cards?limit=1')).json()) as {
      cards: object[];
      next: string;
    };
    expect(page.cards).toHaveLength(1);
    const rest = (await (await issuer.operator(`/v1/cards?after=${page.next}&limit=200`)).json()) as {
      cards: object[];
    };
    expect(JSON.stringify([page, rest]).toLowerCase()).not.toContain(
      Buffer.from(bound.card.memory.uid).toString('hex'),
    );
    const mine = (await (await issuer.operator(`/v1/cards?number=${STUDENT}&state=bound`)).json()) as {
      cards: object[];
    };
    expect(mine.cards).toHaveLength(1);
  });
});

describe('attack: a cloned UID', () => {
  it('has no rights: a card with the UID of another and keys of its own is refused', async () => {
    const clone = cloneOf(bound.card);
    expect((await send(tapOf(clone)))[0]).toMatchObject({ result: 'rejected', reason: 'issuer-signature-invalid' });
  });

  it('gets no second card: the clone cannot be personalised while the original is known', async () => {
    expect(await relay(issuer, factoryCard(bound.card.memory.uid), 7)).toMatchObject({
      outcome: 'failed',
      reason: 'card-known',
    });
  });
});

describe('attack: the memory of a card is copied', () => {
  it('is found: whichever of the two taps second with an old counter is `replayed` and raises an alarm', async () => {
    const twin = cloneOf(bound.card, { withKeys: true });
    expect((await send(tapOf(bound.card)))[0]?.result).toBe('accepted');
    expect((await send(tapOf(twin)))[0]).toMatchObject({ reason: 'replayed' });
    const listed = (await (await issuer.operator(`/v1/cards?alarms=true&number=${bound.number}`)).json()) as {
      cards: object[];
    };
    expect(listed.cards).toHaveLength(1);
  });
});
