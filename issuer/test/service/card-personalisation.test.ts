import { sunTemplate } from '@lanyard/protocol/nfc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf, begin, factoryCard, readUrl, relay, sendStep } from './support/cards.js';
import { startIssuer, type TestIssuer } from './support/start-issuer.js';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startIssuer();
  expect((await issuer.operator('/v1/card-batches', { body: { key_version: 7, name: '2026 秋' } })).status).toBe(201);
});
afterAll(() => issuer.close());

const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;
const stock = async () =>
  Number((await issuer.database.run.raw("SELECT count(*) AS n FROM card WHERE state = 'stock'")).rows[0].n);

describe('a card on the reader', () => {
  it('goes from the factory to stock, one command at a time, and ends with a self-check', async () => {
    const card = factoryCard();
    const done = await relay(issuer, card, 7);
    expect(done).toMatchObject({ outcome: 'done' });
    expect(done.card_number).toMatch(/^\d{10}$/);
    expect(card.memory.keys.map((key) => key.version)).toEqual([7, 7, 7, 7, 7]);
    expect(new Set(card.memory.keys.map((key) => Buffer.from(key.key).toString('hex'))).size).toBe(5);
    expect(readUrl(card)).toMatch(/^http:\/\/localhost:8083\/c\/7\/[0-9A-F]{32}\/[0-9A-F]{16}$/);
  });

  it('is finished by beginning again, wherever it was torn away [answer lost, command lost; every step]', async () => {
    const whole = await begin(issuer, 7);
    await sendStep(issuer, whole.id, 1, null);
    let sequence = 1;
    let tornAt = 0;
    for (;;) {
      const results = [];
      for (const before of [true, false]) {
        const card = factoryCard();
        const torn = await relay(issuer, card, 7, { at: sequence, before });
        if (torn.outcome === 'done') return expect(tornAt).toBeGreaterThan(20);
        expect(torn).toMatchObject({ outcome: 'torn', reason: 'card-torn' });
        results.push(await relay(issuer, card, 7));
        expect(readUrl(card)).toContain('/c/7/');
      }
      tornAt = sequence;
      expect(
        results.map((result) => result.outcome),
        `torn at ${sequence}`,
      ).toEqual(['done', 'done']);
      sequence++;
    }
  });

  it('is kept apart by its keys: a batch opens no card of another', async () => {
    await issuer.operator('/v1/card-batches', { body: { key_version: 8, name: 'other' } });
    const card = factoryCard();
    await relay(issuer, card, 8);
    const other = factoryCard();
    await relay(issuer, other, 7);
    expect(card.memory.keys[1]).not.toEqual(other.memory.keys[1]);
  });

  it.each([
    ['one in stock already', 'card-known', 7, 7],
    ['one of another batch', 'card-known', 7, 8],
  ])('is refused [%s]', async (_, reason, first, second) => {
    const card = factoryCard();
    await relay(issuer, card, first);
    const before = await stock();
    expect(await relay(issuer, card, second)).toMatchObject({ outcome: 'failed', reason });
    expect(await stock()).toBe(before);
  });

  it('is refused where somebody else’s keys are on it [key 0, key 2]', async () => {
    const master = factoryCard();
    master.memory.keys[0]!.key = new Uint8Array(16).fill(9);
    expect(await relay(issuer, master, 7)).toMatchObject({
      outcome: 'failed',
      reason: 'card-keys-unknown',
      status_word: '91ae',
    });
    const reading = factoryCard();
    reading.memory.keys[2]!.version = 3;
    expect(await relay(issuer, reading, 7)).toMatchObject({ outcome: 'failed', reason: 'card-used-elsewhere' });
    const foreign = factoryCard();
    foreign.memory.settings = Uint8Array.of(0, 0, 0);
    expect(await relay(issuer, foreign, 7)).toMatchObject({ outcome: 'failed', reason: 'card-used-elsewhere' });
  });

  it('is refused where it is no NTAG 424 DNA, or answers nonsense', async () => {
    const answering = async (response: Uint8Array) => {
      const first = await begin(issuer, 7);
      const second = await answerOf(sendStep(issuer, first.id, 1, Uint8Array.of(0x90, 0)));
      return answerOf(sendStep(issuer, first.id, second.sequence, response));
    };
    expect(await answering(Uint8Array.of(0x6d, 0))).toMatchObject({
      outcome: 'failed',
      reason: 'card-type-not-supported',
    });
    expect(await answering(Uint8Array.of(4, 1, 1, 0x33, 0, 0x1a, 5, 0x91, 0xaf))).toMatchObject({
      reason: 'card-type-not-supported',
    });
    const first = await begin(issuer, 7);
    expect(await answerOf(sendStep(issuer, first.id, 1, Uint8Array.of(0x6a, 0x82)))).toMatchObject({
      outcome: 'failed',
      reason: 'card-refused',
      status_word: '6a82',
    });
  });

  it('is refused when another card is put in its place between two steps', async () => {
    const [card, other] = [factoryCard(), factoryCard()];
    let answer = await begin(issuer, 7);
    while (answer.outcome === 'running') {
      if (answer.step === 'authenticate-1') other.transmit(Buffer.from('00a4040c07d276000085010100', 'hex'));
      const on = ['select', 'version-1', 'version-2', 'version-3', 'settings', 'write'].includes(answer.step)
        ? card
        : other;
      const response = on.transmit(Buffer.from(answer.command, 'hex'));
      answer = await answerOf(sendStep(issuer, answer.id, answer.sequence, response));
    }
    expect(answer).toMatchObject({ outcome: 'failed', reason: 'card-exchanged' });
    expect(other.memory.keys.every((key) => key.version === 0)).toBe(true);
  });

  it('fails its self-check where the mirrors lie elsewhere', async () => {
    const card = factoryCard();
    let answer = await begin(issuer, 7);
    while (answer.outcome === 'running') {
      if (answer.step === 'check-file')
        card.memory.settings[6] = sunTemplate('http://localhost:8083', 'c', 7).piccDataOffset + 1;
      const response = card.transmit(Buffer.from(answer.command, 'hex'));
      answer = await answerOf(sendStep(issuer, answer.id, answer.sequence, response));
    }
    expect(answer).toMatchObject({ outcome: 'failed', reason: 'self-check-failed' });
  });
});

describe('the steps', () => {
  it('are repeated after a torn line: the same answer gets the same command, once', async () => {
    const card = factoryCard();
    const first = await begin(issuer, 7);
    const response = card.transmit(Buffer.from(first.command, 'hex'));
    const once = await answerOf(sendStep(issuer, first.id, 1, response));
    const twice = await answerOf(sendStep(issuer, first.id, 1, response));
    expect([twice.sequence, twice.command]).toEqual([once.sequence, once.command]);
    const third = await sendStep(issuer, first.id, 1, Uint8Array.of(0x6a, 0x82));
    expect([third.status, await codeOf(third)]).toEqual([409, 'personalisation-out-of-step']);
  });

  it('are taken once when sent by many at a time', async () => {
    const card = factoryCard();
    const first = await begin(issuer, 7);
    const response = card.transmit(Buffer.from(first.command, 'hex'));
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => answerOf(sendStep(issuer, first.id, 1, response))),
    );
    expect(new Set(answers.map((answer) => answer.command)).size).toBe(1);
    expect(answers.filter((answer) => answer.step !== 'repeated')).toHaveLength(1);
  });

  it.each([
    ['a step of the future', 5],
    ['a step long past', 0],
  ])('are refused out of order [%s]', async (_, offset) => {
    const first = await begin(issuer, 7);
    const answer = await sendStep(
      issuer,
      first.id,
      first.sequence + offset + (offset === 0 ? 1 : 0),
      Uint8Array.of(0x90, 0),
    );
    expect([answer.status, await codeOf(answer)]).toEqual([409, 'personalisation-out-of-step']);
  });

  it.each([
    ['an odd number of digits', { sequence: 1, response: '900' }, 400],
    ['an answer longer than a card gives', { sequence: 1, response: '90'.repeat(259) }, 400],
    ['no sequence', { response: '9000' }, 400],
  ])('are refused [%s]', async (_, body, status) => {
    const first = await begin(issuer, 7);
    expect((await issuer.operator(`/v1/card-personalisations/${first.id}/steps`, { body })).status).toBe(status);
  });

  it('need a personalisation and a batch that is open', async () => {
    const unknown = await sendStep(issuer, 'A'.repeat(22), 1, Uint8Array.of(0x90, 0));
    expect([unknown.status, await codeOf(unknown)]).toEqual([404, 'personalisation-not-found']);
    const none = await issuer.operator('/v1/card-personalisations', { body: { key_version: 99 } });
    expect([none.status, await codeOf(none)]).toEqual([409, 'card-batch-not-open']);
    await issuer.operator('/v1/card-batches', { body: { key_version: 30, name: 'short' } });
    expect((await issuer.operator('/v1/card-batches/30/close', { method: 'POST', body: {} })).status).toBe(204);
    const closed = await issuer.operator('/v1/card-personalisations', { body: { key_version: 30 } });
    expect([closed.status, await codeOf(closed)]).toEqual([409, 'card-batch-not-open']);
    const twice = await issuer.operator('/v1/card-batches/30/close', { method: 'POST', body: {} });
    expect([twice.status, await codeOf(twice)]).toEqual([409, 'card-batch-not-open']);
  });

  it('are logged without key, UID, command or answer, and the log tells how far a torn card got', async () => {
    const card = factoryCard();
    await relay(issuer, card, 7, { at: 12, before: true });
    const log = (await (await issuer.operator('/v1/card-personalisations?key_version=7')).json()) as {
      personalisations: Record<string, unknown>[];
    };
    expect(log.personalisations[0]).toMatchObject({
      outcome: 'torn',
      reason: 'card-torn',
      sequence: 12,
      last_step: 'key-version',
    });
    const text = JSON.stringify(log).toLowerCase() + issuer.logLines.join('\n').toLowerCase();
    expect(text).not.toContain(Buffer.from(card.memory.uid).toString('hex'));
    for (const key of card.memory.keys.filter((one) => one.version !== 0)) {
      expect(text).not.toContain(Buffer.from(key.key).toString('hex'));
    }
  });

  it('leave no session key behind: not in plain text while they run, not at all when they are over', async () => {
    const card = factoryCard();
    await relay(issuer, card, 7);
    const { rows } = await issuer.database.run.raw(
      "SELECT count(*) AS n FROM card_personalisation WHERE outcome <> 'running' AND (sealed_state IS NOT NULL OR command IS NOT NULL)",
    );
    expect(Number(rows[0].n)).toBe(0);
    const running = await issuer.database.run.raw(
      'SELECT sealed_state FROM card_personalisation WHERE sealed_state IS NOT NULL',
    );
    for (const row of running.rows) expect(row.sealed_state.toString('latin1')).not.toContain('stage');
  });
});

describe('master keys', () => {
  it('are never made twice for one version, and lie in no table', async () => {
    const again = await issuer.operator('/v1/card-batches', { body: { key_version: 7, name: 'again' } });
    expect([again.status, await codeOf(again)]).toEqual([409, 'card-key-exists']);
    const card = factoryCard();
    await relay(issuer, card, 7);
    const metaRead = Buffer.from(card.memory.keys[1]!.key).toString('hex');
    const { rows } = await issuer.database.run.raw(
      "SELECT string_agg(t::text, ' ') AS text FROM (SELECT to_jsonb(b) AS t FROM card_batch b UNION ALL SELECT to_jsonb(c) FROM card c) x",
    );
    expect(rows[0].text).not.toContain(metaRead);
  });

  it.each([
    ['no name', { key_version: 9 }],
    ['version 0', { key_version: 0, name: 'x' }],
    ['version 256', { key_version: 256, name: 'x' }],
    ['a key from outside', { key_version: 9, name: 'x', master_key: '00' }],
  ])('come from inside only [%s]', async (_, body) => {
    expect((await issuer.operator('/v1/card-batches', { body })).status).toBe(400);
  });

  it('are made for staff only', async () => {
    const answer = await fetch(`${issuer.url}/v1/card-batches`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    expect(answer.status).toBe(401);
    const asVerifier = issuer.verifier.json('/v1/card-personalisations', { method: 'POST', body: { key_version: 7 } });
    await expect(asVerifier).rejects.toMatchObject({ status: 403 });
  });
});
