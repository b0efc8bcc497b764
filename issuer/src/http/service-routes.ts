import {
  type Authenticate,
  actorOf,
  type Clock,
  createRoutes,
  type Database,
  lookUntil,
  Refusal,
  type Transaction,
} from '@lanyard/platform';
import { z } from 'zod';
import type { ChangeBell } from '../adapters/change-bell.js';
import type { CredentialSigner } from '../adapters/credential-signer.js';
import type { IdentityLayer } from '../adapters/identity-layer.js';
import type { PublishedSigner, Signers } from '../adapters/signers.js';
import { CONFIGURATION_IDS, SINGLE_CONFIGURATION_IDS } from '../domain/credentials/configurations.js';
import { type createOfferStore, OFFER_GRANTS, type OfferGrant } from '../storage/credentials/offer-store.js';
import type { Channel, NoticeStore } from '../storage/notices/notice-store.js';
import type { PeoplePublisher } from '../storage/people/people-publisher.js';
import { credentialOffer } from './token-routes.js';

export interface ServiceDeps {
  database: Database;
  authenticate: Authenticate;
  offers: ReturnType<typeof createOfferStore>;
  people: PeoplePublisher;
  notices: NoticeStore;
  signers: Signers;
  credentialSigner: CredentialSigner;
  bell: ChangeBell;
  clock: Clock;
  issuerUrl: string;
  walletUrl: string;
  identityLayer: IdentityLayer | undefined;
  universityCode: string;
}

const staff = ['operator', 'service:admin'] as const;
const verifier = ['service:verifier'] as const;
const zOffer = z.object({
  student_number: z.string().min(1).max(32),
  configuration_ids: z.array(z.enum(CONFIGURATION_IDS)).min(1).max(CONFIGURATION_IDS.length).optional(),
  tx_code: z.boolean().default(true),
  /** Ways to redeem it; the authorization code one only where there is a second authorization server. */
  grants: z.array(z.enum(OFFER_GRANTS)).min(1).max(2).default(['pre-authorized_code']),
  /** The transaction code goes to the student's phone and e-mail and not into the answer. */
  deliver_tx_code: z.boolean().default(false),
  expires_in: z.number().int().min(60).max(600).default(600),
});

/** Offers for staff; changes, people part and signers for the verifier. */
export function createServiceRoutes(deps: ServiceDeps) {
  const { router, route } = createRoutes(deps.authenticate);

  route(
    {
      method: 'post',
      path: '/v1/credential-offers',
      callers: [...staff, 'service:idp'],
      body: zOffer,
      summary: 'A credential offer for a student',
    },
    async ({ body, caller }) => {
      // The identity layer turns claim codes into offers and must not see the second half of them.
      const deliver = body.deliver_tx_code || (caller.kind === 'service' && caller.id === 'idp');
      let channels: Channel[] = [];
      const made = await deps.offers.create({
        studentNumber: body.student_number,
        configurationIds:
          body.configuration_ids === undefined
            ? { anyOf: SINGLE_CONFIGURATION_IDS.filter(deps.credentialSigner.canIssue) }
            : { all: [...new Set(body.configuration_ids)] },
        grants: readGrants(body.grants, deps),
        txCode: body.tx_code || deliver,
        actor: actorOf(caller),
        lifeMs: body.expires_in * 1000,
        ...(deliver
          ? {
              deliver: async (transaction: Transaction, txCode: string) => {
                channels = await deps.notices.tellIn(transaction, body.student_number, 'transaction-code', txCode);
                if (channels.length === 0) throw new Refusal('contact-missing');
                await deps.notices.tellIn(transaction, body.student_number, 'wallet-claimed');
              },
            }
          : {}),
      });
      const offer = await deps.offers.find(made.id);
      const uri = `${deps.issuerUrl}/credential-offers/${made.id}`;
      return {
        status: 201,
        headers: { 'Cache-Control': 'no-store' },
        body: {
          credential_offer_uri: uri,
          credential_offer: offer === undefined ? undefined : credentialOffer(deps, offer),
          credential_offer_link: `openid-credential-offer://?credential_offer_uri=${encodeURIComponent(uri)}`,
          wallet_link: `${deps.walletUrl}/claim?credential_offer_uri=${encodeURIComponent(uri)}`,
          ...(deliver ? { tx_code_sent: channels } : made.txCode === undefined ? {} : { tx_code: made.txCode }),
          expires_at: made.expiresAt.toISOString(),
        },
      };
    },
  );

  const zChanges = z.object({
    after: z.coerce.number().int().min(0).default(0),
    wait: z.coerce.number().min(0).max(25).default(0),
  });
  route(
    { method: 'get', path: '/v1/changes', callers: verifier, query: zChanges, summary: 'Outbox; hints, at least once' },
    async ({ query, signal }) => {
      const { bell, clock } = deps;
      const body = await lookUntil({
        ...{ bell, nowMs: clock.nowMs, untilMs: clock.nowMs() + query.wait * 1000, signal },
        look: () => readChanges(deps.database, query.after),
        isEnough: ({ changes }) => changes.length > 0,
      });
      return { body };
    },
  );

  const zHave = z.object({ have: z.coerce.number().int().min(1).optional() });
  route(
    {
      method: 'get',
      path: '/v1/people-part',
      callers: verifier,
      query: zHave,
      summary: 'People part, full or as a delta',
    },
    async ({ query }) => {
      const part = await deps.people.give(query.have);
      const headers = { 'Lanyard-Sequence': String(part.sequence) };
      if (part.cose === undefined) return { status: 304, headers };
      return { body: Buffer.from(part.cose), headers: { ...headers, 'Content-Type': 'application/cose' } };
    },
  );

  route(
    { method: 'get', path: '/v1/signers', callers: verifier, summary: 'Public keys of this issuer by use' },
    async () => ({
      body: {
        university_code: deps.universityCode,
        signers: (await deps.signers.published()).map(signerAnswer),
        retired: (await deps.signers.retired()).map((signer) => ({
          ...signerAnswer(signer),
          since: signer.sinceSeconds,
          reason: signer.reason,
          certificate_serial:
            signer.certificateSerial === undefined ? null : Buffer.from(signer.certificateSerial).toString('hex'),
        })),
      },
    }),
  );

  return router;
}

function signerAnswer(signer: PublishedSigner) {
  return {
    use: signer.use,
    kid: Buffer.from(signer.kid).toString('base64url'),
    key: Buffer.from(signer.compressed).toString('base64url'),
    from: signer.fromSeconds,
    to: signer.toSeconds,
  };
}

function readGrants(grants: readonly OfferGrant[], deps: Pick<ServiceDeps, 'identityLayer'>): OfferGrant[] {
  if (grants.includes('authorization_code') && deps.identityLayer === undefined)
    throw new Refusal('input-invalid', { detail: 'There is no authorization server for the authorization code flow.' });
  return [...new Set(grants)];
}

/**
 * Changes after a number. `last` goes only as far as no older transaction can still add a smaller number, so nothing
 * is missed; what lies beyond is answered again next time.
 */
async function readChanges(
  db: Database,
  after: number,
): Promise<{ changes: { n: number; kind: string; at: Date }[]; last: number }> {
  const { rows } = await db.raw(
    'SELECT n, kind, at, transaction_id < pg_snapshot_xmin(pg_current_snapshot()) AS final FROM change WHERE n > ? ORDER BY n LIMIT 1000',
    [after],
  );
  let last = after;
  for (const row of rows as { n: number; final: boolean }[]) {
    if (!row.final) break;
    last = row.n;
  }
  return {
    changes: rows.map((row: { n: number; kind: string; at: Date }) => ({ n: row.n, kind: row.kind, at: row.at })),
    last,
  };
}
