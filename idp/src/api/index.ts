/** What other services and pages may know of the identity layer: roles, scopes and rungs, nothing that acts. */
export {
  parseRoleText,
  ROLES,
  type Role,
  SCOPE_KINDS,
  type ScopedRole,
  type ScopeKind,
} from '../domain/accounts/account.js';
