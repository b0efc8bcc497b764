import type { Clock, Database } from '@lanyard/platform';
import type { PersonId } from '../domain/people/person.js';

export interface CommentTemplate {
  readonly name: string;
  readonly text: string;
}

/** Words somebody writes often under a decision; only he reads them. */
export function createTemplateStore(db: Database, clock: Clock) {
  return {
    async of(person: PersonId): Promise<CommentTemplate[]> {
      const { rows } = await db.raw('SELECT templates FROM comment_template WHERE person = ?', [person]);
      return rows[0]?.templates ?? [];
    },
    /** The whole list in the place of the one before. */
    async put(person: PersonId, templates: readonly CommentTemplate[]): Promise<void> {
      await db.raw(
        `INSERT INTO comment_template (person, templates, changed_at) VALUES (?, ?, ?)
         ON CONFLICT (person) DO UPDATE SET templates = EXCLUDED.templates, changed_at = EXCLUDED.changed_at`,
        [person, JSON.stringify(templates), new Date(clock.nowMs())],
      );
    },
  };
}
export type TemplateStore = ReturnType<typeof createTemplateStore>;
