import {
  type Authenticate,
  actorOf,
  addSourceKeyRoutes,
  callingSource,
  createRoutes,
  type SourceSystems,
} from '@lanyard/platform';
import { z } from 'zod';
import type { ResidenceStore } from '../storage/sources/residence-store.js';

const staff = ['operator', 'service:admin'] as const;
const headers = { 'Cache-Control': 'no-store' };
const PIECE = 2_000;
const zBuilding = z.string().trim().max(100);
const zWatermark = z.string().regex(/^[\x21-\x7e]{1,64}$/);
const zPiece = z.strictObject({
  /** The watermark this piece follows; null for the first one. */
  after: zWatermark.nullable(),
  watermark: zWatermark,
  facts: z
    .array(z.strictObject({ student_number: z.string().regex(/^[A-Za-z0-9-]{1,32}$/), building: zBuilding }))
    .max(PIECE)
    .refine((all) => new Set(all.map(({ student_number }) => student_number)).size === all.length, 'a number twice'),
});
const zCounts = z.strictObject({
  counts: z
    .record(zBuilding.min(1), z.int().min(0).max(10_000_000))
    .refine((counts) => Object.keys(counts).length <= 5_000, 'more than 5,000 buildings'),
});

/** The dormitory system says who lives where; the register, forms and doors follow. */
export function createSourceRoutes(deps: {
  authenticate: Authenticate;
  sources: SourceSystems;
  residences: ResidenceStore;
}) {
  const { sources, residences } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  addSourceKeyRoutes(route, { sources });
  route(
    {
      method: 'get',
      path: '/v1/sources',
      callers: staff,
      summary: 'Sources, how far each has come, and where it and the register differ',
    },
    async () => {
      const reports = new Map((await residences.reports()).map(({ source, ...report }) => [source, report]));
      const none = { watermark: null, taken_at: null, counted_at: null, unknown: 0, buildings: null };
      const all = await sources.list();
      return { body: { sources: all.map((source) => ({ ...source, ...(reports.get(source.id) ?? none) })) }, headers };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/residences',
      callers: ['agent'],
      body: zPiece,
      maxBodyBytes: 512 * 1024,
      summary: 'Who lives where since a watermark, once',
    },
    async ({ body, caller }) => ({ body: await residences.take(callingSource(caller), body), headers }),
  );
  route(
    {
      method: 'post',
      path: '/v1/residences/counts',
      callers: ['agent'],
      body: zCounts,
      maxBodyBytes: 512 * 1024,
      summary: 'Residents of each building by the source’s own count; answers where the register differs',
    },
    async ({ body, caller }) => ({
      body: { drift: await residences.count(callingSource(caller), body.counts) },
      headers,
    }),
  );
  route(
    { method: 'get', path: '/v1/building-classes', callers: staff, summary: 'Policy classes that residents get' },
    async () => ({ body: { classes: await residences.buildingClasses() }, headers }),
  );
  route(
    {
      method: 'put',
      path: '/v1/building-classes',
      callers: ['operator'],
      body: z.strictObject({ building: zBuilding.min(1), policy_class: z.int().min(0).max(255) }),
      summary: 'Has living in a building bring a policy class; 0 takes it away',
    },
    async ({ body, caller }) => ({
      body: { changed: await residences.setBuildingClass(body.building, body.policy_class, actorOf(caller)) },
    }),
  );
  return router;
}
