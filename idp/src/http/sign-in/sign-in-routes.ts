import type Router from '@koa/router';
import { createCodeRoutes } from './code-routes.js';
import { createNewWayRoutes } from './new-way-routes.js';
import { createPageRoutes } from './page-routes.js';
import { createPasskeyRoutes } from './passkey-routes.js';
import { createPasswordRoutes } from './password-routes.js';
import type { SignInDeps } from './sign-in-deps.js';

/** Everything below `/sign-in/:uid` but the student ID and upstream servers, which bring their own. */
export function createSignInRoutes(deps: SignInDeps): Router[] {
  return [
    createPageRoutes(deps),
    createPasskeyRoutes(deps),
    createPasswordRoutes(deps),
    createCodeRoutes(deps),
    createNewWayRoutes(deps),
  ];
}
