import { type Clock, Refusal } from '@lanyard/platform';
import type { Context, Next } from 'koa';
import { API_VERSIONS, type ApiVersion, versionHeaders, versionState } from '../../domain/partners/api-versions.js';

/**
 * In front of every route of partners: which version a path names, and whether it is there. A version nobody knows is
 * told which there are; one that is over is gone; one that ends says so with each answer, refusals too.
 */
export function createApiVersionGate(
  { verifierUrl, clock }: { verifierUrl: string; clock: Pick<Clock, 'nowSeconds'> },
  versions: readonly ApiVersion[] = API_VERSIONS,
) {
  return async (context: Context, next: Next): Promise<void> => {
    const name = /^\/partner\/([^/]+)(?:\/|$)/.exec(context.path)?.[1];
    if (name === undefined) return next();
    const nowSeconds = clock.nowSeconds();
    const there = versions.filter((one) => versionState(one, nowSeconds) !== 'gone').map((one) => one.name);
    const version = versions.find((one) => one.name === name);
    if (version === undefined) throw new Refusal('api-version-unknown', { fields: { versions: there } });
    if (versionState(version, nowSeconds) === 'gone')
      throw new Refusal('api-version-gone', { fields: { versions: there } });
    context.set(versionHeaders(version, `${verifierUrl}/partner/${there.at(-1) ?? name}/docs`));
    return next();
  };
}
