import { readRoleText, roleTextOf } from '@lanyard/platform';
import { type HeldRole, type PersonId, SCOPE_KINDS } from './person.js';

const MAX_ROLES = 100;

/**
 * Roles as the identity layer prints them (`counsellor@class:软件2301`), percent-encoded and joined by commas. What has
 * not this form, or a scope that is none of ours, gives no right; undefined where the whole text cannot be read. Whose
 * students are meant by `assigned` follows from who holds the role.
 */
export function parseRoles(text: string, person: PersonId): HeldRole[] | undefined {
  const number = person.slice(person.indexOf(':') + 1);
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
    const read = readRoleText(decoded);
    const kind = SCOPE_KINDS.find((one) => one === read?.scopeKind);
    const isWhole = kind === 'university' || kind === 'assigned';
    if (read !== undefined && kind !== undefined && isWhole === (read.scopeValue === ''))
      roles.push({ role: read.role, scope: { kind, value: kind === 'assigned' ? number : read.scopeValue } });
  }
  return roles;
}

/** The inverse, for callers and tests. */
export const rolesText = (roles: readonly HeldRole[]): string =>
  roles
    .map(({ role, scope: { kind, value } }) =>
      encodeURIComponent(roleTextOf({ role, scopeKind: kind, scopeValue: kind === 'assigned' ? '' : value })),
    )
    .join(',');
