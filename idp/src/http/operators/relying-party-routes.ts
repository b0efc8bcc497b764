import { type Authenticate, actorOf, type Clock, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { clientSettings } from '../../domain/relying-parties/client-settings.js';
import { gradeRelyingParty } from '../../domain/relying-parties/grade.js';
import { readRegistration } from '../../domain/relying-parties/read-registration.js';
import type { RegisteredParty, RelyingPartyStore } from '../../storage/relying-party-store.js';

const callers = ['operator', 'service:admin'] as const;
const zId = z.object({ id: z.string().regex(/^[a-z0-9][a-z0-9-]{1,62}$/) });

/** Relying parties as operators see and change them. */
export function createRelyingPartyRoutes(deps: {
  authenticate: Authenticate;
  registered: RelyingPartyStore;
  issuer: string;
  casPrefixes: readonly string[];
  clock: Clock;
}) {
  const { router, route } = createRoutes(deps.authenticate);
  const view = (one: RegisteredParty) => ({
    ...one.party,
    created_at: seconds(one.createdAtMs),
    updated_at: seconds(one.updatedAtMs),
    last_seen_at: one.lastSeenMs === undefined ? null : seconds(one.lastSeenMs),
    disabled: one.disabled,
    ...gradeRelyingParty(one.party, { lastSeenMs: one.lastSeenMs, nowMs: deps.clock.nowMs() }),
  });
  const find = async (id: string) => {
    const found = (await deps.registered.list()).find((one) => one.party.id === id);
    if (found === undefined) throw new Refusal('not-found');
    return found;
  };
  route(
    {
      method: 'get',
      path: '/v1/relying-parties',
      callers,
      query: z.object({
        after: z.string().max(64).default(''),
        limit: z.coerce.number().int().min(1).max(200).default(100),
      }),
      summary: 'Relying parties with their grades',
    },
    async ({ query }) => {
      const all = (await deps.registered.list()).filter((one) => one.party.id > query.after);
      const page = all.slice(0, query.limit);
      return {
        body: { relying_parties: page.map(view), next: all.length > page.length ? page.at(-1)?.party.id : null },
      };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/relying-parties/:id',
      callers,
      params: zId,
      summary: 'One relying party, with settings to paste',
    },
    async ({ params }) => {
      const one = await find(params.id);
      return {
        body: {
          ...view(one),
          settings: clientSettings(one.party, { issuer: deps.issuer, casPrefix: deps.casPrefixes[0] ?? '/cas' }),
        },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/relying-parties',
      callers,
      body: z.unknown(),
      summary: 'Adds or replaces a relying party',
    },
    async ({ body, caller }) => {
      const party = readRegistration(body);
      const { secret, created } = await deps.registered.put(party, actorOf(caller));
      const one = await find(party.id);
      return {
        status: created ? 201 : 200,
        headers: { 'Cache-Control': 'no-store' },
        body: {
          ...view(one),
          client_id: party.id,
          // Shown this once.
          ...(secret === undefined ? {} : { client_secret: secret }),
          settings: clientSettings(party, { issuer: deps.issuer, casPrefix: deps.casPrefixes[0] ?? '/cas' }),
        },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/relying-parties/:id/secret',
      callers,
      params: zId,
      summary: 'A new secret; the old one ends',
    },
    async ({ params, caller }) => {
      const { party, disabled } = await find(params.id);
      // A new secret would open the registration again, and nobody asked for that.
      if (disabled) throw new Refusal('not-found');
      const { secret } = await deps.registered.put(party, actorOf(caller), true);
      if (secret === undefined) throw new Refusal('relying-party-without-secret');
      return { headers: { 'Cache-Control': 'no-store' }, body: { client_id: party.id, client_secret: secret } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/relying-parties/:id/disable',
      callers,
      params: zId,
      summary: 'Nobody enters any more',
    },
    async ({ params, caller }) => {
      await find(params.id);
      await deps.registered.disable(params.id, actorOf(caller));
      return { body: view(await find(params.id)) };
    },
  );
  return router;
}

const seconds = (ms: number): number => Math.floor(ms / 1000);
