import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { Account } from '../domain/accounts/account.js';
import type { RelyingParty } from '../domain/relying-parties/relying-party.js';
import type { DisclosureStore } from '../storage/disclosure-store.js';
import type { PersonExportStore } from '../storage/person-export-store.js';

const issuer = ['service:issuer'] as const;
const zStudent = z.strictObject({ student_number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/) });
const headers = { 'Cache-Control': 'no-store' };

/** What the issuer asks of this layer for a student who wants to know what is kept of him: he asked on his own line there. */
export function createPersonRoutes(deps: {
  authenticate: Authenticate;
  accounts: { findByNumber(number: string): Promise<Account | undefined> };
  findParty: (id: string) => Promise<RelyingParty | undefined>;
  disclosures: DisclosureStore;
  exports: PersonExportStore;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  const options = { method: 'post', callers: issuer, body: zStudent, maxBodyBytes: 1_024 } as const;
  route(
    { ...options, path: '/v1/person-disclosures', summary: 'Services that were told of a student, by day' },
    async ({ body }) => {
      const account = await deps.accounts.findByNumber(body.student_number);
      const told = account?.kind === 'student' ? await deps.disclosures.listOf(account.id) : [];
      const ids = [...new Set(told.map(({ relyingPartyId }) => relyingPartyId))];
      const parties = new Map(await Promise.all(ids.map(async (id) => [id, await deps.findParty(id)] as const)));
      const disclosures = told.map(({ relyingPartyId, claims, lastAtMs, times }) => {
        const party = parties.get(relyingPartyId);
        return {
          ...{ at: Math.floor(lastAtMs / 1000), claims, times },
          ...{ name_zh: party?.name_zh ?? relyingPartyId, name_en: party?.name_en ?? relyingPartyId },
          ...{ purpose_zh: party?.purpose_zh ?? '', purpose_en: party?.purpose_en ?? '' },
        };
      });
      return { body: { disclosures }, headers };
    },
  );
  route(
    { ...options, path: '/v1/person-exports', summary: 'Everything kept of a student’s account, audited' },
    async ({ body }) => {
      const account = await deps.accounts.findByNumber(body.student_number);
      if (account?.kind !== 'student') throw new Refusal('account-not-found');
      return { body: await deps.exports.read(account.id), headers };
    },
  );
  return router;
}
