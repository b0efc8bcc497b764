import { type HeldRole, SCOPE_KINDS } from './person.js';

const MAX_ROLES = 100;
const ROLE = /^([a-z][a-z-]{0,39})@([a-z]{1,20})(?::(.{1,100}))?$/u;

/**
 * Roles as the identity layer prints them (`counsellor@class:软件2301`), percent-encoded and joined by commas. What has
 * not this form, or a scope that is none of ours, gives no right; undefined where the whole text cannot be read.
 */
export function parseRoles(text: string): HeldRole[] | undefined {
  if (text === '') return [];
  const parts = text.split(',');
  if (parts.length > MAX_ROLES) return undefined;
  const roles: HeldRole[] = [];
  for (const part of parts) {
    let decoded: string;
    try {
      decoded = decodeURIComponent(part.trim());
    } catch {
      return undefined;
    }
    const [, role, kindText, value = ''] = ROLE.exec(decoded) ?? [];
    const kind = SCOPE_KINDS.find((one) => one === kindText);
    if (role !== undefined && kind !== undefined && (kind === 'university') === (value === ''))
      roles.push({ role, scope: { kind, value } });
  }
  return roles;
}

/** The inverse, for callers and tests. */
export const rolesText = (roles: readonly HeldRole[]): string =>
  roles
    .map(({ role, scope }) => encodeURIComponent(`${role}@${scope.kind}${scope.value === '' ? '' : `:${scope.value}`}`))
    .join(',');
