import type { Server } from 'node:http';
import { createLogger, createServiceApp, systemClock } from '@lanyard/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { factoryCard, readUrl } from '../../../issuer/test/service/support/cards.js';
import { OPERATOR_TOKEN, startIssuer, type TestIssuer } from '../../../issuer/test/service/support/start-issuer.js';
import { CommandRefusal } from '../../../launcher/src/client/call-service.js';
import { cardPersonalise } from '../../../launcher/src/commands/cards.js';
import type { CommandContext } from '../../../launcher/src/commands/command.js';
import type { Ntag424Card } from '../../../packages/protocol/test/support/ntag424-card.js';
import { createCardDesk } from '../../src/domain/card-desk.js';
import { CardFault } from '../../src/domain/reader-port.js';
import { createCardDeskRoutes } from '../../src/http/card-desk-routes.js';
import { AGENT_PROBLEMS } from '../../src/problems.js';

const PORT = 7180;
const urls = { desk: `http://localhost:${PORT}`, none: `http://localhost:${PORT + 1}` };
const desk = createCardDesk();
let issuer: TestIssuer;
const servers: Server[] = [];

/** A card that lies on the reader; `leavesAfter` commands it is lifted, and the next card of the hand is put down. */
function putDown(card: Ntag424Card, leavesAfter = Number.POSITIVE_INFINITY, next?: () => void): void {
  card.reset();
  let sent = 0;
  desk.take({
    kind: 'card',
    card: {
      ...{ reader: 'virtual', atr: new Uint8Array(), answeringMs: 0, channelMs: 0 },
      async transmit(command) {
        sent++;
        if (sent <= leavesAfter) return card.transmit(command);
        desk.take({ kind: 'card-gone', reader: 'virtual' });
        next?.();
        throw new CardFault('card-gone');
      },
    },
  });
}

async function call(url: string, path: string, body?: unknown) {
  const answer = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { Authorization: `Bearer ${OPERATOR_TOKEN}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const content = (await answer.json()) as { code?: string };
  if (!answer.ok) throw new CommandRefusal(content.code ?? '', 'refused');
  return content;
}

function run(options: Record<string, string>) {
  const said: string[] = [];
  const context = {
    ...{ positional: [], options, environment: {}, installation: {} },
    say: (line: string) => said.push(line),
    client: {
      call: (service: string, path: string, init: { body?: unknown } = {}) =>
        call(service === 'issuer' ? issuer.url : urls.desk, path, init.body),
    },
  } as unknown as CommandContext;
  return cardPersonalise.run(context).then((answer) => ({ ...answer, said }));
}

beforeAll(async () => {
  issuer = await startIssuer();
  await issuer.operator('/v1/card-batches', { body: { key_version: 7, name: 'desk' } });
  for (const [port, given] of [
    [PORT, desk],
    [PORT + 1, undefined],
  ] as const) {
    const app = createServiceApp({
      ...{ service: 'reader-agent', problems: AGENT_PROBLEMS, checkReady: async () => {} },
      log: createLogger('reader-agent', () => {}, systemClock.nowMs),
      middlewares: [
        createCardDeskRoutes({ desk: given, authenticate: () => ({ kind: 'operator', id: 'operator' }) }).routes(),
      ],
    });
    servers.push(
      await new Promise<Server>((ready) => {
        const server = app.listen(port, 'localhost', () => ready(server));
      }),
    );
  }
});
afterAll(async () => {
  for (const server of servers) server.close();
  await issuer.close();
});

describe('a desk where cards are written', () => {
  it('writes one card: the command and the reader carry bytes, the issuer holds the keys', async () => {
    const card = factoryCard();
    putDown(card);
    expect(await run({ 'key-version': '7' })).toMatchObject({ text: '1 of 1 written', failed: false });
    expect(readUrl(card)).toContain('/c/7/');
  });

  it('writes many, and finishes one that was lifted and put down again', async () => {
    const [torn, other] = [factoryCard(), factoryCard()];
    desk.take({ kind: 'card-gone', reader: 'virtual' });
    const batch = run({ 'key-version': '7', count: '2' });
    putDown(torn, 14, () => putDown(torn));
    const stock = async () =>
      ((await (await issuer.operator('/v1/cards?state=stock')).json()) as { cards: object[] }).cards.length;
    while ((await stock()) < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    putDown(other);
    const answer = await batch;
    expect((answer.data as { results: { outcome: string }[] }).results.map(({ outcome }) => outcome)).toEqual([
      'torn',
      'done',
      'done',
    ]);
    expect([readUrl(torn), readUrl(other)].every((url) => url.includes('/c/7/'))).toBe(true);
  });

  it('says why a card cannot be written', async () => {
    const foreign = factoryCard();
    foreign.memory.settings = Uint8Array.of(0, 0, 0);
    putDown(foreign);
    const answer = await run({ 'key-version': '7' });
    expect(answer.failed).toBe(true);
    expect(answer.said.at(-1)).toBe('failed: card-used-elsewhere');
  });

  it.each([
    ['no key version', {}],
    ['key version 256', { 'key-version': '256' }],
    ['no count of cards', { 'key-version': '7', count: '0' }],
  ])('is called wrongly [%s]', async (_, options) => {
    await expect(run(options)).rejects.toThrow(/number/);
  });

  it.each([
    ['a card that was lifted', { card: 99_999, command: '00a4040007d2760000850101' }, 'card-gone'],
    ['no command', { card: 1, command: '00' }, 'input-invalid'],
    ['a command longer than a card takes', { card: 1, command: '00'.repeat(262) }, 'input-invalid'],
  ])('refuses [%s]', async (_, body, code) => {
    await expect(call(urls.desk, '/v1/card-desk/commands', body)).rejects.toMatchObject({ code });
  });

  it('is not there at a gate', async () => {
    await expect(call(urls.none, '/v1/card-desk')).rejects.toMatchObject({ code: 'no-card-desk' });
  });
});
