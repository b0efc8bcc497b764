import { type Authenticate, actorOf, createRoutes, type Database, onceByKey, zCardTaps } from '@lanyard/platform';
import { z } from 'zod';
import { CARD_STATES } from '../domain/cards/card-state.js';
import { HOLD_REASON_CODES } from '../domain/credentials/hold.js';
import type { CardStore } from '../storage/cards/card-store.js';
import type { CardTapStore } from '../storage/cards/card-tap-store.js';
import type { PersonalisationStore } from '../storage/cards/personalisation-store.js';

export interface CardDeps {
  database: Database;
  authenticate: Authenticate;
  cards: CardStore;
  taps: CardTapStore;
  personalisations: PersonalisationStore;
}

const staff = ['operator', 'service:admin'] as const;
const zKeyVersion = z.coerce.number().int().min(1).max(255);
const zNumber = z.object({ number: z.string().regex(/^\d{10}$/) });

/** Campus cards: batches, personalisation, binding and holds for staff; taps for the verifier. */
export function createCardRoutes(deps: CardDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  addBatchRoutes(deps, route);
  addPersonalisationRoutes(deps, route);
  addCardRoutes(deps, route);
  addTapRoute(deps, route);
  return router;
}
type Route = ReturnType<typeof createRoutes>['route'];

function addBatchRoutes(deps: CardDeps, route: Route): void {
  route({ method: 'get', path: '/v1/card-batches', callers: staff, summary: 'Batches of cards' }, async () => ({
    body: await deps.cards.listBatches(),
  }));
  const zBatch = z.strictObject({ key_version: z.number().int().min(1).max(255), name: z.string().min(1).max(64) });
  route(
    { method: 'post', path: '/v1/card-batches', callers: staff, body: zBatch, summary: 'A batch with keys of its own' },
    async ({ body, caller }) => {
      await deps.cards.createBatch({ keyVersion: body.key_version, name: body.name, actor: actorOf(caller) });
      return { status: 201, body: { key_version: body.key_version, name: body.name } };
    },
  );
  const params = z.object({ version: zKeyVersion });
  route(
    { method: 'post', path: '/v1/card-batches/:version/close', callers: staff, params, summary: 'Ends a batch' },
    async ({ params: { version }, caller }) => {
      await deps.cards.closeBatch({ keyVersion: version, actor: actorOf(caller) });
      return { status: 204 };
    },
  );
}

function addPersonalisationRoutes(deps: CardDeps, route: Route): void {
  const noStore = { 'Cache-Control': 'no-store' };
  const zStart = z.strictObject({ key_version: z.number().int().min(1).max(255) });
  route(
    { method: 'post', path: '/v1/card-personalisations', callers: staff, body: zStart, summary: 'Begins with a card' },
    async ({ body, caller }) => ({
      status: 201,
      headers: noStore,
      body: await deps.personalisations.start({ keyVersion: body.key_version, actor: actorOf(caller) }),
    }),
  );
  const params = z.object({ id: z.string().regex(/^[A-Za-z0-9_-]{22}$/) });
  const body = z.strictObject({
    sequence: z.number().int().min(1).max(1000),
    /** Hexadecimal answer of the card, status word included; null where the card is gone. */
    response: z
      .string()
      .regex(/^([0-9A-Fa-f]{2}){2,258}$/)
      .nullable(),
  });
  route(
    {
      method: 'post',
      path: '/v1/card-personalisations/:id/steps',
      callers: staff,
      params,
      body,
      summary: 'Takes the card’s answer, gives the next command',
    },
    async (input) => ({
      headers: noStore,
      body: await deps.personalisations.step({
        id: input.params.id,
        sequence: input.body.sequence,
        response: input.body.response === null ? undefined : Buffer.from(input.body.response, 'hex'),
      }),
    }),
  );
  const query = z.object({ key_version: zKeyVersion, limit: z.coerce.number().int().min(1).max(200).default(50) });
  route(
    { method: 'get', path: '/v1/card-personalisations', callers: staff, query, summary: 'Log of a batch' },
    async (input) => ({
      body: await deps.personalisations.list({ keyVersion: input.query.key_version, limit: input.query.limit }),
    }),
  );
}

function addCardRoutes(deps: CardDeps, route: Route): void {
  const query = z.object({
    state: z.enum(CARD_STATES).optional(),
    key_version: zKeyVersion.optional(),
    /** Of a card or of a student. */
    number: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,32}$/)
      .optional(),
    alarms: z.enum(['true', 'false']).default('false'),
    after: z.string().max(10).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  });
  route({ method: 'get', path: '/v1/cards', callers: staff, query, summary: 'Cards, page by key' }, async (input) => ({
    body: await deps.cards.list({ ...input.query, alarms: input.query.alarms === 'true' }),
  }));
  const zStudent = z.object({ number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) });
  route(
    {
      method: 'get',
      path: '/v1/students/:number/cards',
      callers: staff,
      params: zStudent,
      summary: 'A student’s cards',
    },
    async ({ params }) => ({ body: await deps.cards.ofStudent(params.number) }),
  );
  const zBind = z.strictObject({ student_number: z.string().min(1).max(32), replace: z.boolean().default(false) });
  route(
    { method: 'post', path: '/v1/cards/:number/bind', callers: staff, params: zNumber, body: zBind, summary: 'Binds' },
    async ({ params, body, caller, context }) => {
      const actor = actorOf(caller);
      const key = context.get('Idempotency-Key') || undefined;
      const request = { caller: actor, key, body: { verb: 'bind', number: params.number, ...body } };
      return onceByKey(deps.database, request, async (transaction) => ({
        status: 200,
        body: await deps.cards.bind(transaction, {
          ...{ number: params.number, studentNumber: body.student_number, replace: body.replace, actor },
        }),
      }));
    },
  );
  const zReason = z.strictObject({ reason_code: z.enum(HOLD_REASON_CODES) });
  for (const verb of ['suspend', 'reinstate', 'report-lost'] as const) {
    route(
      {
        method: 'post',
        path: `/v1/cards/:number/${verb}`,
        callers: staff,
        params: zNumber,
        body: zReason,
        summary: `${verb} a card`,
      },
      async ({ params, body, caller, context }) => {
        const actor = actorOf(caller);
        const key = context.get('Idempotency-Key') || undefined;
        const request = { caller: actor, key, body: { verb, number: params.number, ...body } };
        return onceByKey(deps.database, request, async (transaction) => ({
          status: 200,
          body: await deps.cards.change(transaction, {
            ...{ number: params.number, verb, reasonCode: body.reason_code, actor },
          }),
        }));
      },
    );
  }
}

function addTapRoute(deps: CardDeps, route: Route): void {
  route(
    {
      method: 'post',
      path: '/v1/card-taps',
      callers: ['service:verifier'],
      body: zCardTaps,
      summary: 'Reads of campus cards',
    },
    async (input) => {
      const results = [];
      // In the order of the reader: two taps of one card in one call are two reads.
      for (const tap of input.body.taps) {
        const answer = await deps.taps.take({
          id: Buffer.from(tap.id, 'base64url'),
          keyVersion: tap.key_version,
          piccData: new Uint8Array(Buffer.from(tap.picc_data, 'hex')),
          cmac: new Uint8Array(Buffer.from(tap.cmac, 'hex')),
        });
        results.push({ id: tap.id, ...answer });
      }
      return { body: { results } };
    },
  );
}
