import type Router from '@koa/router';
import type { Context } from 'koa';
import type { MatchService } from '../../domain/cas/service-address.js';
import type { CasDeps } from './cas-deps.js';
import { queryParameters } from './query-parameters.js';

/**
 * `/logout` (CAS protocol §2.3). The browser goes on only to a registered service, given as `service` or, by the older
 * text, as `url`; anything else ends at our own page. Whether a call from another page ends the session is asked there.
 */
export function addLogoutRoute(router: Router, prefix: string, deps: CasDeps, matcher: () => Promise<MatchService>) {
  router.get(`${prefix}/logout`, async (context: Context) => {
    const { values, repeated } = queryParameters(context.querystring, ['service', 'url']);
    const wanted = repeated ? undefined : (values.service ?? values.url);
    const found = wanted === undefined ? undefined : (await matcher())(wanted);
    await deps.endBrowserSession(context, found === undefined ? {} : { returnTo: found.address.href });
  });
}
