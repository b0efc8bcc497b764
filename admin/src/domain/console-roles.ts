import { ROLES, type Role } from '@lanyard/idp/api';
import type { ScopedRoleText } from '@lanyard/platform';
import { FORWARDED_ROUTES } from './forwarded-routes.js';

const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

/**
 * The roles that count in the console: those that hold for the whole university and open at least one route. The routes
 * behind it cannot filter by college, class or building yet, so a role for a part of the university opens nothing.
 */
export function consoleRoles(roles: readonly ScopedRoleText[]): Role[] {
  const whole = roles.flatMap(({ role, scopeKind }) => (scopeKind === 'university' && isRole(role) ? [role] : []));
  return [...new Set(whole)].filter((role) => FORWARDED_ROUTES.some((route) => route.roles.includes(role)));
}
