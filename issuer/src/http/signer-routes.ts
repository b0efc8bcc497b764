import { createHash } from 'node:crypto';
import {
  type Authenticate,
  actorOf,
  type Caller,
  createRoutes,
  type Database,
  type KeptAnswer,
  onceByKey,
  Refusal,
  type Transaction,
} from '@lanyard/platform';
import { parseCertificate } from '@lanyard/protocol/x509';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Signers } from '../adapters/signers.js';
import { RETIREMENT_REASONS, SIGNER_USES, type SignerRecord } from '../domain/signers/signer.js';
import type { SignerStore } from '../storage/signers/signer-store.js';

export interface SignerRoutesDeps {
  database: Database;
  authenticate: Authenticate;
  signers: Signers;
  store: SignerStore;
}

const operator = ['operator'] as const;
const zKid = z.object({ kid: z.string().regex(/^[A-Za-z0-9_-]{11}$/) });
const MAX_DER = 16_384;
const zDer = z.base64().min(4).max(MAX_DER);
const LIST_AGE_SECONDS = 3_600;

const hexOf = (kid: string) => Buffer.from(kid, 'base64url').toString('hex');
const textOf = (hex: string) => Buffer.from(hex, 'hex').toString('base64url');
const seconds = (ms: number) => Math.floor(ms / 1000);

/** What the commands `keys` do here: signers are made and retired, and take what the root signed for them. */
export function createSignerRoutes({ database, authenticate, signers, store }: SignerRoutesDeps) {
  const { router, route } = createRoutes(authenticate);

  /** A repeat with the same Idempotency-Key makes no second signer and meets no conflict with itself. */
  async function once(
    context: Context,
    caller: Caller,
    body: object,
    work: (transaction: Transaction) => Promise<KeptAnswer>,
  ): Promise<KeptAnswer> {
    const key = context.get('Idempotency-Key') || undefined;
    const answer = await onceByKey(database, { caller: actorOf(caller), key, body }, work);
    await signers.reload();
    return answer;
  }

  route({ method: 'get', path: '/v1/keys', callers: operator, summary: 'Signers with their state' }, async () => ({
    body: {
      keys: (await signers.list()).map((signer) => ({ ...answerOf(signer), state: signer.state })),
      warnings: warningsAnswer(signers),
      revocation_list: listOf(await store.readRevocationList()),
    },
  }));

  const zUse = z.strictObject({ use: z.enum(SIGNER_USES) });
  route(
    { method: 'post', path: '/v1/keys', callers: operator, body: zUse, summary: 'A new signer for a use' },
    ({ body, caller, context }) =>
      once(context, caller, { made: body.use }, async (transaction) => ({
        status: 201,
        body: { kid: textOf(await signers.rotate(transaction, body.use, actorOf(caller))) },
      })),
  );

  route(
    {
      method: 'get',
      path: '/v1/keys/:kid/request',
      callers: operator,
      params: zKid,
      summary: 'A certificate request of a signer for the root',
    },
    ({ params }) => {
      const { use, csr, fromSeconds, toSeconds } = signers.request(hexOf(params.kid));
      const text = Buffer.from(csr).toString('base64');
      return { body: { use, kid: params.kid, csr: text, from: fromSeconds, to: toSeconds } };
    },
  );

  route(
    {
      method: 'put',
      path: '/v1/keys/:kid/certificate',
      callers: operator,
      params: zKid,
      body: z.strictObject({ certificate: zDer }),
      summary: 'The certificate the root gave to a signer',
    },
    async ({ params, body, caller }) => {
      await signers.certify(
        hexOf(params.kid),
        new Uint8Array(Buffer.from(body.certificate, 'base64')),
        actorOf(caller),
      );
      return {};
    },
  );

  route(
    {
      method: 'post',
      path: '/v1/keys/:kid/retire',
      callers: operator,
      params: zKid,
      body: z.strictObject({ reason: z.enum(RETIREMENT_REASONS) }),
      summary: 'Refuses everything a signer signed, and puts a successor in its place',
    },
    ({ params, body, caller, context }) =>
      once(context, caller, { retired: params.kid, reason: body.reason }, async (transaction) => {
        const change = { kid: hexOf(params.kid), reason: body.reason, actor: actorOf(caller) };
        const { retiredAt, successor } = await signers.retire(transaction, change);
        const answer = { kid: params.kid, retired_at: retiredAt.toISOString(), successor: textOf(successor) };
        return { status: 200, body: answer };
      }),
  );

  route(
    {
      method: 'put',
      path: '/v1/revocation-list',
      callers: operator,
      body: z.strictObject({ crl: z.base64().min(4).max(350_000) }),
      maxBodyBytes: 400_000,
      summary: 'A list of revoked certificates as the root signed it',
    },
    async ({ body, caller }) => {
      await signers.publishRevocationList(new Uint8Array(Buffer.from(body.crl, 'base64')), actorOf(caller));
      return {};
    },
  );

  route({ method: 'get', path: '/crl', callers: ['open'], summary: 'Revoked certificates (RFC 5280 §5)' }, async () => {
    const list = await store.readRevocationList();
    if (list === undefined) throw new Refusal('revocation-list-missing');
    const headers = { 'Content-Type': 'application/pkix-crl', 'Cache-Control': `public, max-age=${LIST_AGE_SECONDS}` };
    return { body: list.der, headers };
  });
  return router;
}

/** What the operator has to do something about, as the console and the command line are told. */
export const warningsAnswer = (signers: Pick<Signers, 'warnings'>) =>
  signers.warnings().map(({ use, warning, toSeconds }) => ({ use, warning, to: toSeconds }));

function answerOf(signer: SignerRecord) {
  const { certificate, retired } = signer;
  const fingerprint = certificate === undefined ? null : createHash('sha256').update(certificate).digest('hex');
  return {
    use: signer.use,
    kid: textOf(signer.kid),
    from: seconds(signer.fromMs),
    to: seconds(signer.toMs),
    certificate_fingerprint: fingerprint,
    certificate_serial:
      certificate === undefined ? null : Buffer.from(parseCertificate(certificate).serial).toString('hex'),
    ...(retired === undefined ? {} : { retired_at: seconds(retired.atMs), retirement_reason: retired.reason }),
  };
}

function listOf(list: { number: number; nextUpdate: Date } | undefined) {
  return list === undefined ? null : { number: list.number, next_update: seconds(list.nextUpdate.getTime()) };
}
