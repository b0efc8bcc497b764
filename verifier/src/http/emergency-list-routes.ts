import { type Authenticate, actorOf, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import type { IssuerClient } from '../adapters/issuer-client.js';
import type { EmergencyListStore } from '../storage/emergency-list-store.js';
import { zCheckpoints } from './gate-routes.js';

export interface EmergencyListDeps {
  authenticate: Authenticate;
  emergencyLists: EmergencyListStore;
  issuer: Pick<IssuerClient, 'findPeople'>;
  /** Whether packages have this row now: a row is new each academic year. */
  hasRow: (rowNumber: number) => boolean;
  /** Packages say it at once. */
  onChange: () => void;
}

const staff = ['operator', 'service:admin'] as const;
const zRow = z.number().int().min(0).max(4_294_967_295);
const zAfter = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}\/\d{1,10}$/)
  .transform((text) => {
    const [checkpoint = '', row] = text.split('/');
    return { checkpoint, row: Number(row) };
  });

/**
 * Who a checkpoint still lets in when its package is past its time. A student number comes in, is looked up at the
 * issuer, where that is an audited look, and is not kept: the list has rows.
 */
export function createEmergencyListRoutes(deps: EmergencyListDeps) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/emergency-list',
      callers: staff,
      body: z.strictObject({
        checkpoints: zCheckpoints,
        student_number: z.string().regex(/^[A-Za-z0-9-]{2,32}$/),
        reason: z.string().trim().min(2).max(200),
        days: z.number().int().min(1).max(366),
      }),
      summary: 'Puts a student on emergency lists for a time that ends by itself',
    },
    async ({ body, caller }) => {
      const { checkpoints, student_number, reason, days } = body;
      const actor = actorOf(caller);
      const { people } = await deps.issuer.findPeople(student_number, actor);
      const person = people.find((one) => one.student_number === student_number);
      if (person === undefined) throw new Refusal('student-not-found');
      if (person.row === null) throw new Refusal('person-not-in-packages');
      const rowNumber = person.row;
      const added = await deps.emergencyLists.add({ checkpointIds: checkpoints, rowNumber, days, reason, actor });
      deps.onChange();
      const body_ = { checkpoints: added.checkpointIds, row: rowNumber, until: added.untilAt.toISOString() };
      return { status: 201, body: body_, headers: { 'Cache-Control': 'no-store' } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/emergency-list/end',
      callers: staff,
      body: z.strictObject({ checkpoints: zCheckpoints, row: zRow }),
      summary: 'Takes a row off emergency lists',
    },
    async ({ body, caller }) => {
      const change = { checkpointIds: body.checkpoints, rowNumber: body.row, actor: actorOf(caller) };
      const ended = await deps.emergencyLists.remove(change);
      deps.onChange();
      return { body: { ended } };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/emergency-list',
      callers: staff,
      query: z.object({ after: zAfter.optional(), limit: z.coerce.number().int().min(1).max(200).default(50) }),
      summary: 'Rows on emergency lists, with whether packages still have them',
    },
    async ({ query }) => {
      const listings = await deps.emergencyLists.list({ after: query.after, limit: query.limit });
      const last = listings.at(-1);
      return {
        body: {
          listings: listings.map((one) => ({
            ...{ checkpoint: one.checkpoint_id, row: one.row_number, reason: one.reason, listed_by: one.listed_by },
            ...{ at: one.listed_at.toISOString(), until: one.until_at.toISOString() },
            in_packages: deps.hasRow(one.row_number),
          })),
          next:
            listings.length === query.limit && last !== undefined ? `${last.checkpoint_id}/${last.row_number}` : null,
        },
      };
    },
  );
  return router;
}
