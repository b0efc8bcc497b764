import type Router from '@koa/router';
import { type Clock, type Database, lookUntil, parseJsonBody, Refusal, readBody } from '@lanyard/platform';
import { z } from 'zod';
import type { ChangeBell } from '../adapters/change-bell.js';
import { HolderProofError, verifyHolderProof } from '../domain/issuance/verify-holder-proof.js';
import type { OwnCardStore } from '../storage/cards/own-card-store.js';
import { enrolGateKey, type LinkKeySealer } from '../storage/people/gate-key-store.js';
import { readHolderState } from '../storage/people/holder-state-store.js';
import type { LookStore } from '../storage/students/look-store.js';
import { type NodStore, openNods } from '../storage/students/nod-store.js';
import { type HolderTokenDeps, requireHolder } from './holder-token.js';

export interface HolderDeps extends HolderTokenDeps {
  database: Database;
  linkKeys: LinkKeySealer;
  looks: LookStore;
  ownCards: OwnCardStore;
  nods: NodStore;
  bell: ChangeBell;
  clock: Clock;
  issuerUrl: string;
}

const MAX_WAIT_SECONDS = 25;
const zGateKeyRequest = z.object({ proof: z.string().max(8192) });
const zStateQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  wait: z.coerce.number().min(0).max(MAX_WAIT_SECONDS).default(0),
  /** Nods this wallet has shown already: any other ends the wait. Absent: nods end none. */
  nods: z
    .string()
    .regex(/^([A-Za-z0-9_-]{22}(,|$)){0,4}$/)
    .optional(),
});
const zNodId = z.string().regex(/^[A-Za-z0-9_-]{22}$/);
const zNodAnswer = z.strictObject({ answer: z.enum(['agreed', 'refused']) });

/** The wallet's own line to the issuer: gate keys and the holder's state. Access tokens here are always DPoP-bound. */
export function addHolderRoutes(router: Router, deps: HolderDeps): void {
  router.post('/v1/gate-keys', async (context) => {
    const holder = await requireHolder(context, deps, true);
    const request = zGateKeyRequest.safeParse(parseJsonBody(await readBody(context.req, 16_384)));
    if (!request.success) throw new Refusal('gate-key-proof-invalid');
    const proof = readProof(request.data.proof, deps, holder.clientId);
    if (!(await deps.proofs.takeNonce(deps.database, proof.nonce)))
      throw new Refusal('gate-key-proof-invalid', { detail: 'nonce' });
    const enrolled = await deps.database.transaction((transaction) =>
      enrolGateKey(
        transaction,
        { studentId: holder.studentId, walletId: holder.walletId, gateKey: proof.jwk.compressed },
        { sealer: deps.linkKeys, clock: deps.clock },
      ),
    );
    context.set('Cache-Control', 'no-store');
    context.body = {
      link_key: enrolled.linkKey.toString('base64url'),
      key_day: enrolled.keyDay,
      renew_after: Math.floor(enrolled.renewAfter.getTime() / 1000),
    };
  });

  router.get('/v1/holder/state', async (context) => {
    const holder = await requireHolder(context, deps, true);
    const query = zStateQuery.safeParse(Object.fromEntries(new URLSearchParams(context.querystring)));
    if (!query.success) throw new Refusal('input-invalid');
    const gone = new AbortController();
    context.res.once('close', () => gone.abort());
    const { bell, clock, database } = deps;
    const { after, wait } = query.data;
    const shown = query.data.nods?.split(',');
    const { state, nods } = await lookUntil({
      ...{ bell, nowMs: clock.nowMs, untilMs: clock.nowMs() + wait * 1000, signal: gone.signal },
      look: async () => ({
        state: await readHolderState(database, holder, clock),
        nods: await openNods(database, holder.studentId, clock.nowMs()),
      }),
      isEnough: (found) =>
        found.state === undefined ||
        found.state.version > after ||
        (shown !== undefined && !found.nods.every(({ id }) => shown.includes(id))),
    });
    context.set('Cache-Control', 'no-store');
    if (state === undefined) throw new Refusal('student-not-found');
    context.body = { ...state, nods, server_time: deps.clock.nowMs() / 1000 };
  });

  router.post('/v1/holder/nods/:id', async (context) => {
    const holder = await requireHolder(context, deps, true);
    const id = zNodId.safeParse(context.params['id']);
    const body = zNodAnswer.safeParse(parseJsonBody(await readBody(context.req, 1_024)));
    if (!id.success || !body.success) throw new Refusal('input-invalid');
    const { studentId, walletId } = holder;
    await deps.nods.answer({ id: id.data, studentId, walletId, answer: body.data.answer });
    context.set('Cache-Control', 'no-store');
    context.body = { state: body.data.answer };
  });

  router.get('/v1/holder/cards', async (context) => {
    const holder = await requireHolder(context, deps, true);
    context.set('Cache-Control', 'no-store');
    context.body = { cards: await deps.ownCards.list(holder) };
  });
  for (const verb of ['suspend', 'reinstate'] as const) {
    router.post(`/v1/holder/cards/${verb}`, async (context) => {
      const holder = await requireHolder(context, deps, true);
      await readBody(context.req, 64);
      context.set('Cache-Control', 'no-store');
      context.body = { cards: await deps.ownCards[verb](holder) };
    });
  }

  router.get('/v1/holder/looks', async (context) => {
    const holder = await requireHolder(context, deps, true);
    context.set('Cache-Control', 'no-store');
    context.body = { looks: await deps.looks.ofStudent(deps.database, holder.studentId) };
  });
}

function readProof(proof: string, deps: HolderDeps, clientId: string | undefined) {
  try {
    return verifyHolderProof(proof, {
      typ: 'lanyard-gate-key-proof+jwt',
      audience: deps.issuerUrl,
      nowSeconds: deps.clock.nowSeconds(),
      clientId,
    });
  } catch (error) {
    if (error instanceof HolderProofError) throw new Refusal('gate-key-proof-invalid', { logDetail: error.message });
    throw error;
  }
}
