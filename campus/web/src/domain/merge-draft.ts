import type { FormValues, ServerDraft } from '../answers.js';

/** A draft as this browser keeps it. */
export interface LocalDraft {
  readonly form: FormValues;
  /** When it was written here. */
  readonly at: string;
  /** Version of the draft on the server that it grew from; null where there was none. */
  readonly base: number | null;
  /** Written here and not yet there. */
  readonly isAhead: boolean;
}

export type Merge =
  | { readonly take: 'nothing' }
  /** Goes on with what the server has. */
  | { readonly take: 'server'; readonly draft: ServerDraft }
  /** Goes on with what this browser has, and sends it as the successor of `version`. */
  | { readonly take: 'local'; readonly version: number | null }
  /** Both went on from the same draft: the student chooses. */
  | { readonly take: 'ask'; readonly local: LocalDraft; readonly server: ServerDraft }
  /** Written here, while elsewhere it was deleted or handed in. */
  | { readonly take: 'ask-gone'; readonly local: LocalDraft };

/** Which draft to go on with. Nothing that somebody wrote is dropped without asking. */
export function mergeDraft(local: LocalDraft | undefined, server: ServerDraft | undefined): Merge {
  if (local === undefined || !local.isAhead)
    return server === undefined ? { take: 'nothing' } : { take: 'server', draft: server };
  if (server === undefined) return local.base === null ? { take: 'local', version: null } : { take: 'ask-gone', local };
  if (sameForm(local.form, server.form)) return { take: 'server', draft: server };
  if (local.base === server.version) return { take: 'local', version: server.version };
  return { take: 'ask', local, server };
}

/** The order of names says nothing. */
export const sameForm = (one: FormValues, other: FormValues): boolean => canonical(one) === canonical(other);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null && inner !== '');
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => `${name}:${canonical(inner)}`)
    .join(',')}}`;
}
