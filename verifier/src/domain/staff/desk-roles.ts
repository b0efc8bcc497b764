import type { ScopedRoleText } from '@lanyard/platform';

/** Where each role of the verification desk may hold. Others open nothing here. */
const SCOPES: ReadonlyMap<string, readonly string[]> = new Map([
  ['guard', ['university', 'campus', 'building']],
  ['window-clerk', ['university', 'campus', 'college', 'building']],
  ['operator', ['university']],
]);

const hasRole = (roles: readonly string[], names: readonly string[]): boolean =>
  roles.some((role) => names.some((name) => role === name || role.startsWith(`${name}@`)));

/** Who may let in by hand. A session that an operator's link opened has no roles and may do neither. */
export const mayGuard = (roles: readonly string[]): boolean => hasRole(roles, ['guard', 'operator']);
/** Who may print a pass for the day. */
export const mayPrint = (roles: readonly string[]): boolean => hasRole(roles, ['window-clerk']);

/**
 * The roles that count at the desk, as the identity layer prints them. Checkpoints do not say yet in which campus or
 * building they are, so a scope is kept and shown and narrows nothing.
 */
export const deskRoles = (roles: readonly ScopedRoleText[]): string[] =>
  roles
    .filter(({ role, scopeKind }) => SCOPES.get(role)?.includes(scopeKind) === true)
    .map(({ role, scopeKind, scopeValue }) => `${role}@${scopeKind}${scopeValue === '' ? '' : `:${scopeValue}`}`);
