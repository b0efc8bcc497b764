import {
  type Authenticate,
  actorOf,
  type Caller,
  createRoutes,
  Refusal,
  ServiceCallError,
  type ServiceClient,
} from '@lanyard/platform';
import { z } from 'zod';
import { parseClaimCode, printClaimCode } from '../../domain/claim-codes/claim-code.js';
import { placeOf } from '../../domain/sign-in/request-origin.js';
import { codeLanes } from '../../domain/throttle/lane.js';
import type { ClaimCodeStore, ClaimSelection } from '../../storage/claim-code-store.js';
import type { ThrottleStore } from '../../storage/throttle-store.js';
import { tryCode } from '../try-code.js';

const staff = ['operator', 'service:admin'] as const;

/** Claim codes: in bulk for the letters, and turned into an offer by the wallet. */
export function createClaimCodeRoutes(deps: {
  authenticate: Authenticate;
  codes: ClaimCodeStore;
  issuer: ServiceClient;
  throttle: ThrottleStore;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  const numbers = z.array(z.string().regex(/^[A-Za-z0-9-]{1,32}$/)).min(1);
  async function issue(selection: ClaimSelection, caller: Caller) {
    const { issued, skipped } = await deps.codes.issue(selection, actorOf(caller));
    return {
      status: 201,
      headers: { 'Cache-Control': 'no-store' },
      body: {
        issued: issued.map((one) => ({
          number: one.number,
          name: one.name,
          college: one.college,
          class: one.class,
          code: printClaimCode(one.code),
          expires_at: new Date(one.expiresAtMs).toISOString(),
        })),
        skipped: skipped.map((number) => ({ number, reason: 'not-unclaimed' })),
      },
    };
  }
  route(
    {
      method: 'post',
      path: '/v1/claim-codes',
      callers: staff,
      body: z.strictObject({
        student_numbers: numbers.max(500).optional(),
        college: z.string().min(1).max(100).optional(),
        unclaimed_only: z.literal(true).default(true),
        limit: z.number().int().min(1).max(500).default(500),
      }),
      summary: 'New claim codes for students who have not claimed their account; shown this once',
    },
    ({ body, caller }) =>
      issue(
        {
          kind: 'student',
          ...(body.student_numbers ? { numbers: body.student_numbers } : {}),
          ...(body.college ? { college: body.college } : {}),
          limit: body.limit,
        },
        caller,
      ),
  );
  route(
    {
      method: 'post',
      path: '/v1/staff-claim-codes',
      callers: staff,
      body: z.strictObject({ staff_numbers: numbers.max(50) }),
      summary: 'New claim codes for staff, named one by one, who have not claimed their account; shown this once',
    },
    ({ body, caller }) =>
      issue({ kind: 'staff', numbers: body.staff_numbers, limit: body.staff_numbers.length }, caller),
  );
  route(
    {
      method: 'get',
      path: '/v1/claim-codes/summary',
      callers: staff,
      summary: 'How many codes are out, used, expired',
    },
    async () => ({ body: await deps.codes.summary() }),
  );
  route(
    {
      method: 'post',
      path: '/v1/wallet-claims',
      callers: ['open'],
      body: z.strictObject({
        code: z.string().min(1).max(64),
        /** 32 random bytes that the wallet keeps: with them it may ask again. */
        wallet_secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
      }),
      maxBodyBytes: 1_024,
      summary: 'The wallet turns a claim code into an offer of five minutes; the transaction code goes another way',
    },
    async ({ body, context }) => {
      // A lane per wallet: on the first day a whole campus claims behind one address.
      const lanes = codeLanes({ kind: 'wallet', network: placeOf(context.ip), browser: body.wallet_secret });
      const tried = await tryCode(deps.throttle, lanes, async () => {
        const code = parseClaimCode(body.code);
        return code === undefined ? undefined : deps.codes.redeemForWallet(code, body.wallet_secret);
      });
      if (tried.is === 'too-many')
        throw new Refusal('too-many-requests', { fields: { retry_after: tried.waitSeconds } });
      if (tried.is === 'wrong') throw new Refusal('claim-code-invalid');
      const found = tried.value;
      const offer = await deps.issuer
        .json<{ credential_offer_uri: string; expires_at: string; tx_code_sent: string[] }>('/v1/credential-offers', {
          method: 'POST',
          body: { student_number: found.number, tx_code: true, deliver_tx_code: true, expires_in: 300 },
          actor: `account:${found.accountId}`,
        })
        .catch((cause: unknown) => {
          if (cause instanceof ServiceCallError && cause.code === 'student-not-eligible')
            throw new Refusal('claim-not-eligible', { cause });
          if (cause instanceof ServiceCallError && cause.code === 'contact-missing')
            throw new Refusal('claim-contact-missing', { cause });
          throw new Refusal('dependency-unavailable', { cause });
        });
      return {
        status: 201,
        headers: { 'Cache-Control': 'no-store' },
        body: {
          credential_offer_uri: offer.credential_offer_uri,
          expires_at: offer.expires_at,
          tx_code_sent: offer.tx_code_sent,
        },
      };
    },
  );
  return router;
}
