import Router from '@koa/router';
import { addAuthorizeRoutes } from './authorize-routes.js';
import type { Oauth2Deps } from './oauth2-deps.js';
import { addProfileRoute } from './profile-route.js';
import { addTokenRoute } from './token-route.js';

/**
 * OAuth 2.0 without OpenID Connect, at the addresses older clients know (`/oauth2.0/authorize`, `/accessToken`,
 * `/profile`), as a facade over the layer's own sign-in. Code flow only, confidential clients only.
 */
export function createOauth2Routes(deps: Oauth2Deps): Router {
  const router = new Router();
  for (const prefix of deps.prefixes) {
    addAuthorizeRoutes(router, prefix, deps);
    addTokenRoute(router, prefix, deps);
    addProfileRoute(router, prefix, deps);
  }
  return router;
}
