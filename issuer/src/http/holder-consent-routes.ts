import type Router from '@koa/router';
import { appendAudit, type Clock, type Database, Refusal, readBody, ServiceCallError } from '@lanyard/platform';
import { z } from 'zod';
import type { PartnerConsents } from '../adapters/partner-consents.js';
import type { PartnerSubjectStore } from '../storage/students/partner-subject-store.js';
import { type HolderTokenDeps, requireHolder } from './holder-token.js';

export interface HolderConsentDeps extends HolderTokenDeps {
  database: Database;
  subjects: PartnerSubjectStore;
  /** Undefined where no verifier is configured. */
  consents: PartnerConsents | undefined;
  clock: Clock;
}

const zPartner = z.string().regex(/^[a-z][a-z0-9-]{1,31}$/);

/** The wallet's own line to what its holder agreed to: partners that asked, and the taking back of consent. */
export function addHolderConsentRoutes(router: Router, deps: HolderConsentDeps): void {
  const { database, subjects } = deps;
  router.get('/v1/holder/partner-consents', async (context) => {
    const holder = await requireHolder(context, deps, true);
    const own = await subjects.partnersOf(database, holder.studentId);
    const consents = own.length === 0 ? [] : await asked(deps, (verifier) => verifier.find(own));
    context.set('Cache-Control', 'no-store');
    context.body = { consents };
  });
  router.post('/v1/holder/partner-consents/:partner/revoke', async (context) => {
    const holder = await requireHolder(context, deps, true);
    await readBody(context.req, 64);
    const partner = zPartner.safeParse(context.params['partner']);
    if (!partner.success) throw new Refusal('input-invalid');
    const own = (await subjects.partnersOf(database, holder.studentId)).find((one) => one.partner === partner.data);
    if (own === undefined) throw new Refusal('partner-unknown');
    // Written down first: that he wanted it stands, whatever becomes of the call; repeating it is harmless.
    await database.transaction((transaction) =>
      appendAudit(
        transaction,
        [
          {
            ...{ actor: `wallet:${holder.walletId}`, action: 'partner-consent.revoked' },
            ...{ subject: `student:${holder.studentId}`, detail: { partner: own.partner } },
          },
        ],
        deps.clock.nowMs(),
      ),
    );
    context.set('Cache-Control', 'no-store');
    context.body = { checks: await asked(deps, (verifier) => verifier.revoke(own)) };
  });
}

/** @throws Refusal `dependency-unavailable` */
async function asked<T>({ consents }: HolderConsentDeps, ask: (verifier: PartnerConsents) => Promise<T>): Promise<T> {
  if (consents === undefined) throw new Refusal('dependency-unavailable');
  try {
    return await ask(consents);
  } catch (cause) {
    if (cause instanceof ServiceCallError) throw new Refusal('dependency-unavailable', { cause });
    throw cause;
  }
}
