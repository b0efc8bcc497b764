import { readFileSync } from 'node:fs';
import type { GuardedFetch } from '@lanyard/platform';
import { type Upstream, type UpstreamConnector, zUpstreams } from '../../domain/upstream/upstream.js';
import { createCasUpstream } from './cas-upstream.js';
import { createOidcUpstream } from './oidc-upstream.js';

/** The servers of the settings file, ready to be used. Wrong settings end the start, and say what is wrong. */
export function openUpstreams(
  path: string,
  deps: { guardedFetch: GuardedFetch; environment: NodeJS.ProcessEnv },
): { upstream: Upstream; connector: UpstreamConnector }[] {
  if (path === '') return [];
  return zUpstreams.parse(JSON.parse(readFileSync(path, 'utf8'))).map((upstream) => {
    if (upstream.kind === 'cas') return { upstream, connector: createCasUpstream(upstream, deps.guardedFetch) };
    const secret = deps.environment[upstream.client_secret_variable];
    if (!secret) throw new TypeError(`LANYARD_UPSTREAMS: ${upstream.client_secret_variable} is not set`);
    return { upstream, connector: createOidcUpstream(upstream, { guardedFetch: deps.guardedFetch, secret }) };
  });
}
