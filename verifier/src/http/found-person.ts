import type { FoundPerson } from '../adapters/issuer-client.js';
import type { PortraitTokens } from '../adapters/portrait-tokens.js';

/** A student as the staff page shows him; `look` is what the next step names. */
export interface PersonAnswer {
  look: string;
  name: string;
  student_number: string;
  college: string;
  class: string;
  credential_state: 'valid' | 'suspended' | 'revoked';
  registered: boolean;
  /** Somebody without a gate key has no row: nothing can be forgiven of him, but he can be let in. */
  in_packages: boolean;
  portrait: string | null;
}

/** The portrait's address belongs to this session alone. */
export function personAnswer(
  person: FoundPerson,
  session: { digest: Uint8Array },
  tokens: Pick<PortraitTokens, 'make'>,
): PersonAnswer {
  const { row, portrait_id, ...shown } = person;
  const portrait =
    portrait_id === null
      ? null
      : `/v1/staff/portraits/${tokens.make(Buffer.from(portrait_id, 'base64url'), session.digest)}`;
  return { ...shown, in_packages: row !== null, portrait };
}
