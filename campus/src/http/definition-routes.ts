import { type Authenticate, createRoutes, Refusal } from '@lanyard/platform';
import { z } from 'zod';
import { makeReady } from '../domain/cases/ready-definition.js';
import { runDefinitionTests } from '../domain/cases/run-definition-tests.js';
import { zServiceDefinition } from '../domain/definitions/definition.js';
import { differenceOf } from '../domain/definitions/difference.js';
import { zSlug } from '../domain/definitions/texts.js';
import type { DefinitionStore } from '../storage/definition-store.js';
import type { DelegationStore } from '../storage/delegation-store.js';
import type { CaseSealer } from '../storage/sealer.js';
import { actingOperator, operators } from './acting-operator.js';

const zVersion = z.coerce.number().int().min(1).max(100_000);
export const zVersioned = z.object({ id: zSlug, version: zVersion });
const zBody = z.record(z.string(), z.unknown());
const MAX_BYTES = 256 * 1024;
const MAX_FINDINGS = 20;

/** Services as data: imported, tested by their own tests, compared, published. Used at once, without a restart. */
export function createDefinitionRoutes(deps: {
  authenticate: Authenticate;
  definitions: DefinitionStore;
  delegations: DelegationStore;
  sealer: CaseSealer;
}) {
  const { definitions } = deps;
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'post',
      path: '/v1/service-definitions',
      callers: operators,
      body: zBody,
      maxBodyBytes: MAX_BYTES,
      summary: 'Takes a version of a service as it lies in a file; it is not published yet',
    },
    async ({ body, caller, context }) => {
      const { actor } = await actingOperator(caller, context, deps);
      const read = zServiceDefinition.safeParse(body);
      if (!read.success) throw new Refusal('service-malformed', { fields: { errors: findingsOf(read.error) } });
      const { id, version } = read.data;
      const { isNew } = await definitions.import(read.data, body, actor);
      return { status: isNew ? 201 : 200, body: { id, version } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/service-definitions/check',
      callers: operators,
      body: zBody,
      maxBodyBytes: MAX_BYTES,
      summary: 'What is wrong with a service, and what its tests say; nothing is written',
    },
    async ({ body, caller, context }) => {
      await actingOperator(caller, context, deps);
      const read = zServiceDefinition.safeParse(body);
      if (!read.success) return { body: { errors: findingsOf(read.error), tests: [], taken: false } };
      const definition = read.data;
      const failed = new Map(runDefinitionTests(makeReady(definition)).map((one) => [one.name, one]));
      const tests = definition.tests.map((test) => {
        const wanted = test.expect === 'path' ? test.path : ['form-invalid'];
        return {
          name: test.name,
          passed: !failed.has(test.name),
          wanted,
          found: failed.get(test.name)?.found ?? wanted,
        };
      });
      const versions = await definitions.versionsOf(definition.id);
      return { body: { errors: [], tests, taken: versions.includes(definition.version) } };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/service-definitions/:id/:version/publish',
      callers: operators,
      params: zVersioned,
      summary: 'Runs the tests in the file and publishes where they pass',
    },
    async ({ params, caller, context }) => {
      const { actor } = await actingOperator(caller, context, deps);
      await definitions.publish(params.id, params.version, actor);
      return { body: params };
    },
  );
  route(
    { method: 'get', path: '/v1/service-definitions', callers: operators, summary: 'Every version there is' },
    async ({ caller, context }) => {
      await actingOperator(caller, context, deps);
      return { body: { definitions: await definitions.list() } };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/service-definitions/:id/:version',
      callers: operators,
      params: zVersioned,
      summary: 'One version as it was taken',
    },
    async ({ params, caller, context }) => {
      await actingOperator(caller, context, deps);
      return { body: { definition: await definitions.body(params.id, params.version) } };
    },
  );
  route(
    {
      method: 'get',
      path: '/v1/service-definitions/:id/:version/difference',
      callers: operators,
      params: zVersioned,
      query: z.object({ from: zVersion }),
      summary: 'What a version changes: steps, rules, fields, and what the service says of itself',
    },
    async ({ params, query, caller, context }) => {
      await actingOperator(caller, context, deps);
      const [before, after] = await Promise.all([
        definitions.findVersion(params.id, query.from),
        definitions.findVersion(params.id, params.version),
      ]);
      const lines = differenceOf(before.definition, after.definition);
      return { body: { id: params.id, from: query.from, to: params.version, lines } };
    },
  );
  return router;
}

const findingsOf = (error: z.ZodError) =>
  error.issues.slice(0, MAX_FINDINGS).map(({ path, message }) => ({ at: path.join('.'), message }));
