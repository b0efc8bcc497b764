import { ROLES, type Role } from '@lanyard/idp/api';
import type { ScopedRoleText } from '@lanyard/platform';
import { FORWARDED_ROUTES } from './forwarded-routes.js';

const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

const scopeOf = (role: Role) => (role === 'counsellor' ? 'assigned' : 'university');

/**
 * The roles that count in the console: those that hold for the whole university and open at least one route, and a
 * counsellor's for the assigned students, whose routes the issuer binds to the staff number. No route behind the console
 * filters by college, class or building yet, so a role for such a part opens nothing.
 */
export function consoleRoles(roles: readonly ScopedRoleText[]): Role[] {
  const whole = roles.flatMap(({ role, scopeKind }) => (isRole(role) && scopeKind === scopeOf(role) ? [role] : []));
  return [...new Set(whole)].filter((role) => FORWARDED_ROUTES.some((route) => route.roles.includes(role)));
}
