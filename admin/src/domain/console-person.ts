import type { Role } from '@lanyard/idp/api';

/** Who a session belongs to: an account of the identity layer, or whoever holds the operator's link. */
export type ConsolePerson =
  | { kind: 'operator-link' }
  | {
      kind: 'account';
      /** As it stands in audit rows. */
      actor: string;
      subject: string;
      /** Session at the identity layer. */
      sid: string;
      name: string;
      staffNumber: string;
      /** For signing out everywhere. */
      idToken: string;
      roles: readonly Role[];
      /** All roles as the identity layer prints them, each for its part of the university; missing in old sessions. */
      scopedRoles?: readonly string[];
    };

export const rolesOf = (person: ConsolePerson): readonly Role[] =>
  person.kind === 'account' ? person.roles : ['operator'];

export const scopedRolesOf = (person: ConsolePerson): readonly string[] =>
  person.kind === 'account' ? (person.scopedRoles ?? []) : [];

export const actorNameOf = (person: ConsolePerson): string => (person.kind === 'account' ? person.actor : 'operator');

/**
 * The name a service is told. Recoveries name the helper by number, because the identity layer has to find the account
 * behind it and writes that account into its own audit; all other routes get the name that stands for nobody's number.
 */
export const actorFor = (person: ConsolePerson, byNumber: boolean): string =>
  byNumber && person.kind === 'account' ? `account:${person.staffNumber.toLowerCase()}` : actorNameOf(person);
