import { type Authenticate, createRoutes } from '@lanyard/platform';
import type { TrustFollower } from '../adapters/follow-trust-list.js';

const instant = (seconds: number) => new Date(seconds * 1000).toISOString();

/** What this verifier holds of the trust list, for operators. */
export function createTrustListRoutes(deps: { authenticate: Authenticate; trust: TrustFollower }) {
  const { router, route } = createRoutes(deps.authenticate);
  route(
    {
      method: 'get',
      path: '/v1/trust-list',
      callers: ['operator', 'service:admin'],
      summary: 'The trust list in force, and how fresh what its universities publish is',
    },
    async () => {
      const { list, universities, localAnchors } = deps.trust.state();
      const problems = deps.trust.problems();
      const problemOf = (name: string) => {
        const problem = problems.get(name);
        return problem === undefined ? null : { code: problem.code, at: instant(problem.atSeconds) };
      };
      return {
        body: {
          sequence: list?.sequence ?? null,
          issued_at: list === undefined ? null : instant(list.issuedAtSeconds),
          next_update: list === undefined ? null : instant(list.nextUpdateSeconds),
          expires: list === undefined ? null : instant(list.expiresSeconds),
          problem: problemOf('list'),
          local_anchors: localAnchors.length,
          universities: (list?.entries ?? []).map((entry) => {
            const held = universities.get(entry.universityCode);
            return {
              university_code: entry.universityCode,
              name_zh: entry.names.zh,
              name_en: entry.names.en,
              issuer: entry.issuerUrl,
              state: entry.state,
              since: instant(entry.sinceSeconds),
              retired: entry.retired.map(({ kid, sinceSeconds }) => ({ kid, since: instant(sinceSeconds) })),
              pass_keys: held?.keySet.passKeys.length ?? 0,
              keys_issued_at: held === undefined ? null : instant(held.keySet.issuedAtSeconds),
              pass_lists: held?.lists.size ?? 0,
              problem: problemOf(entry.universityCode),
            };
          }),
        },
      };
    },
  );
  route(
    {
      method: 'post',
      path: '/v1/trust-list/refresh',
      callers: ['operator'],
      summary: 'Looks at the trust list now',
    },
    async () => {
      await deps.trust.refresh();
      return { body: { sequence: deps.trust.state().list?.sequence ?? null } };
    },
  );
  return router;
}
