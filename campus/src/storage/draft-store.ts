import { type Clock, type Database, Refusal, type Transaction } from '@lanyard/platform';
import type { FormValues } from '../domain/definitions/form-schema.js';
import type { PersonId } from '../domain/people/person.js';
import type { CaseSealer } from './sealer.js';

export interface Draft {
  readonly service: string;
  readonly version: number;
  readonly updated_at: Date;
}
const MAX_DRAFTS = 50;
const placeOf = (person: PersonId, service: string): string => `draft/${person}/${service}`;

/** Forms begun. Two devices never overwrite each other unseen: a change names the version it was made on. */
export function createDraftStore(db: Database, { sealer, clock }: { sealer: CaseSealer; clock: Clock }) {
  const now = () => new Date(clock.nowMs());
  async function conflict(person: PersonId, service: string): Promise<Refusal> {
    const { rows } = await db.raw('SELECT version, updated_at FROM draft WHERE person = ? AND service = ?', [
      person,
      service,
    ]);
    return rows[0] === undefined
      ? new Refusal('draft-not-found')
      : new Refusal('draft-version-conflict', { fields: rows[0] });
  }
  return {
    async list(person: PersonId): Promise<Draft[]> {
      const { rows } = await db.raw(
        'SELECT service, version, updated_at FROM draft WHERE person = ? ORDER BY updated_at DESC LIMIT ?',
        [person, MAX_DRAFTS],
      );
      return rows;
    },
    /** @throws Refusal `draft-not-found` */
    async find(person: PersonId, service: string): Promise<Draft & { form: FormValues }> {
      const { rows } = await db.raw(
        'SELECT service, version, updated_at, form FROM draft WHERE person = ? AND service = ?',
        [person, service],
      );
      if (rows[0] === undefined) throw new Refusal('draft-not-found');
      return { ...rows[0], form: sealer.open<FormValues>(rows[0].form, placeOf(person, service)) };
    },
    /**
     * `version` is that of the draft it was written on, null for a new one.
     * @throws Refusal `draft-version-conflict`, `draft-not-found`, `drafts-at-most`
     */
    async put(person: PersonId, service: string, draft: { form: FormValues; version: number | null }): Promise<Draft> {
      const form = sealer.seal(draft.form, placeOf(person, service));
      const { rows } =
        draft.version === null
          ? await db.raw(
              `INSERT INTO draft (person, service, version, form, updated_at)
               SELECT ?, ?, 1, ?, ? WHERE (SELECT count(*) FROM draft WHERE person = ?) < ?
               ON CONFLICT DO NOTHING RETURNING service, version, updated_at`,
              [person, service, form, now(), person, MAX_DRAFTS],
            )
          : await db.raw(
              `UPDATE draft SET version = version + 1, form = ?, updated_at = ?
               WHERE person = ? AND service = ? AND version = ? RETURNING service, version, updated_at`,
              [form, now(), person, service, draft.version],
            );
      if (rows[0] !== undefined) return rows[0];
      const refusal = await conflict(person, service);
      throw draft.version === null && refusal.code === 'draft-not-found' ? new Refusal('drafts-at-most') : refusal;
    },
    /** In a transaction where the form is handed in. */
    async drop(transaction: Transaction | undefined, person: PersonId, service: string): Promise<void> {
      await (transaction ?? db).raw('DELETE FROM draft WHERE person = ? AND service = ?', [person, service]);
    },
  };
}
export type DraftStore = ReturnType<typeof createDraftStore>;
