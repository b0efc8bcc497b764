import type { Queryable } from '@lanyard/platform';
import { documentIdentifierOf } from '@lanyard/protocol';
import { documentNumberOf } from '../../domain/cases/case-document.js';

/** The newest of a student's documents that are told and given out; nobody needs more of them at once. */
const AT_MOST = 32;

/** Credential identifiers of the documents a wallet may have copies of now (OpenID4VCI 1.0 §6.2), the newest first. */
export async function listDocumentIdentifiers(on: Queryable, walletId: number, now: Date): Promise<string[]> {
  const { rows } = await on.raw(
    `SELECT d.id, d.issued_at FROM case_document d JOIN document_standing ds ON ds.document_id = d.id
     WHERE d.student_id = (SELECT student_id FROM wallet WHERE id = ?) AND ds.copy_state = 'valid' AND d.expires_at > ?
     ORDER BY d.id DESC LIMIT ?`,
    [walletId, now, AT_MOST],
  );
  return (rows as { id: number; issued_at: Date }[]).map(({ id, issued_at }) =>
    documentIdentifierOf(documentNumberOf(id, issued_at)),
  );
}
