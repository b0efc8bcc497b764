import { randomBytes } from 'node:crypto';
import { type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { NamedAttachment } from '../domain/attachments/attachment.js';
import type { MediaType } from '../domain/attachments/media-type.js';
import type { PersonId } from '../domain/people/person.js';
import type { CaseSealer } from './sealer.js';

/** Files that wait for a form or a note, of one person: enough for the largest form, too little to keep a disk busy. */
const MAX_LOOSE = 30;
const namePlace = (id: string): string => `attachment/${id}/name`;
const bodyPlace = (id: string): string => `attachment/${id}`;

export interface AttachmentLine {
  readonly id: string;
  readonly name: string;
  readonly media_type: MediaType;
  readonly bytes: number;
}
interface NewFile {
  readonly name: string;
  readonly type: MediaType;
  readonly body: Uint8Array;
}
interface Row {
  id: string;
  name: Buffer;
  media_type: MediaType;
  bytes: number;
}

/**
 * Files of forms and of logs. They become part of a case with the form or the note that names them, in its transaction, and
 * go with the case.
 */
export function createAttachmentStore(db: Database, { sealer, clock }: { sealer: CaseSealer; clock: Clock }) {
  const lineOf = ({ id, name, media_type, bytes }: Row): AttachmentLine => ({
    ...{ id, name: sealer.open<string>(name, namePlace(id)), media_type, bytes },
  });
  return {
    /** @throws Refusal `attachments-at-most` */
    async put(transaction: Transaction, by: PersonId, file: NewFile): Promise<string> {
      const id = randomBytes(16).toString('base64url');
      const { rowCount } = await transaction.raw(
        `INSERT INTO attachment (id, uploaded_by, media_type, bytes, name, body, made_at)
         SELECT ?, ?, ?, ?, ?, ?, ?
         WHERE (SELECT count(*) FROM attachment WHERE uploaded_by = ? AND case_id IS NULL) < ?`,
        [
          ...[id, by, file.type, file.body.length, sealer.seal(file.name, namePlace(id))],
          ...[sealer.sealBytes(file.body, bodyPlace(id)), new Date(clock.nowMs()), by, MAX_LOOSE],
        ] as never,
      );
      if (rowCount !== 1) throw new Refusal('attachments-at-most');
      return id;
    },
    /** What somebody uploaded, wherever it is by now. @throws Refusal `attachment-not-found` */
    async uploaded(id: string, by: PersonId): Promise<AttachmentLine> {
      const { rows } = await db.raw(
        'SELECT id, name, media_type, bytes FROM attachment WHERE id = ? AND uploaded_by = ?',
        [id, by],
      );
      if (rows[0] === undefined) throw new Refusal('attachment-not-found');
      return lineOf(rows[0]);
    },
    /** One that waits for a form, for who uploaded it. @throws Refusal `attachment-not-found` */
    async dropLoose(id: string, by: PersonId): Promise<void> {
      const { rowCount } = await db.raw('DELETE FROM attachment WHERE id = ? AND uploaded_by = ? AND case_id IS NULL', [
        id,
        by,
      ]);
      if (rowCount !== 1) throw new Refusal('attachment-not-found');
    },
    /**
     * Makes the files that a form names part of its case: those of whoever hands it in, and those it has already.
     * @throws Refusal `attachment-not-found`, `attachment-type-unsupported`
     */
    async handIn(transaction: Transaction, caseId: string, by: PersonId, named: readonly NamedAttachment[]) {
      for (const { id, accepts } of named) {
        const { rows } = await transaction.raw(
          `UPDATE attachment SET case_id = ?
           WHERE id = ? AND ((uploaded_by = ? AND case_id IS NULL) OR case_id = ?) RETURNING media_type`,
          [caseId, id, by, caseId],
        );
        if (rows[0] === undefined) throw new Refusal('attachment-not-found');
        if (accepts !== undefined && !accepts.includes(rows[0].media_type))
          throw new Refusal('attachment-type-unsupported');
      }
    },
    /** Makes files that wait part of a log, all or none. @throws Refusal `attachment-not-found` */
    async takeIn(transaction: Transaction, caseId: string, by: PersonId, ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return;
      const { rowCount } = await transaction.raw(
        'UPDATE attachment SET case_id = ? WHERE id = ANY(?::text[]) AND uploaded_by = ? AND case_id IS NULL',
        [caseId, ids as string[], by],
      );
      if (rowCount !== ids.length) throw new Refusal('attachment-not-found');
    },
    async list(caseId: string, ids: readonly string[]): Promise<AttachmentLine[]> {
      if (ids.length === 0) return [];
      const { rows } = await db.raw(
        'SELECT id, name, media_type, bytes FROM attachment WHERE case_id = ? AND id = ANY(?::text[]) ORDER BY made_at, id',
        [caseId, ids as string[]],
      );
      return (rows as Row[]).map(lineOf);
    },
    /** @throws Refusal `attachment-not-found` */
    async read(caseId: string, id: string): Promise<AttachmentLine & { body: Buffer }> {
      const { rows } = await db.raw(
        'SELECT id, name, media_type, bytes, body FROM attachment WHERE case_id = ? AND id = ?',
        [caseId, id],
      );
      if (rows[0] === undefined) throw new Refusal('attachment-not-found');
      return { ...lineOf(rows[0]), body: sealer.openBytes(rows[0].body, bodyPlace(id)) };
    },
  };
}
export type AttachmentStore = ReturnType<typeof createAttachmentStore>;
