import type { EnrolmentStatus } from '@lanyard/protocol';
import type { ChangeKind, ChangeReason } from '../../domain/life/change-kinds.js';
import {
  addChange,
  addRosterChange,
  type LifeOutcome,
  type LifeRefusal,
  undoChange,
} from '../../domain/life/change-life.js';
import { type FactColumn, type Facts, type FoldedLife, foldLife, type Life } from '../../domain/life/fold-life.js';
import type { StoredLife } from './read-lives.js';

/** A change somebody asks for. */
export interface AskedChange {
  readonly kind: ChangeKind;
  readonly effectiveDate: string;
  readonly to?: EnrolmentStatus | undefined;
  readonly until?: string | undefined;
  readonly facts?: Facts | undefined;
  readonly documentNumber?: string | undefined;
  readonly reasonCode: ChangeReason;
}

export type Request = { readonly studentId: number } & (
  | { readonly do: 'add'; readonly change: AskedChange; readonly version?: number | undefined }
  /** Says what already is; the first list whose changes all fit is taken. */
  | { readonly do: 'follow-roster'; readonly changes: readonly AskedChange[]; readonly orElse: AskedChange }
  | {
      readonly do: 'undo';
      readonly changeId: number;
      readonly documentNumber?: string | undefined;
      readonly reasonCode: ChangeReason;
      readonly version?: number | undefined;
    }
  /** Planned changes whose day has come. */
  | { readonly do: 'carry-out' }
);

export type RequestRefusal = LifeRefusal | { readonly code: 'life-version-conflict'; readonly version: number };

/** A row to write. */
export interface NewRow extends AskedChange {
  readonly id: number;
  readonly alongWith?: number | undefined;
  readonly undoes?: number | undefined;
}

/** What a request comes to, before anything is written. */
export type Judged =
  | { readonly ok: false; readonly stored: StoredLife; readonly refusal: RequestRefusal }
  | {
      readonly ok: true;
      readonly stored: StoredLife;
      readonly request: Request;
      readonly before: FoldedLife;
      readonly after: FoldedLife;
      readonly whole: FoldedLife;
      readonly firstFacts: Facts;
      readonly rows: readonly NewRow[];
      readonly undone: readonly number[];
      /** Planned changes that no longer fit. */
      readonly givenUp: readonly number[];
      readonly life: Life;
    };

/** Pure but for the ids it draws: the same life and request come to the same. */
export function judgeRequest(stored: StoredLife, request: Request, today: string, nextId: () => number): Judged {
  const refused = (refusal: RequestRefusal): Judged => ({ ok: false, stored, refusal });
  if ('version' in request && request.version !== undefined && request.version !== stored.version)
    return refused({ code: 'life-version-conflict', version: stored.version });
  switch (request.do) {
    case 'add': {
      const rows: NewRow[] = [{ ...request.change, id: nextId() }];
      const life = withFirstFacts(stored, stored.life, request.change.facts);
      const [row] = rows;
      if (row === undefined) throw new TypeError('one change was asked for');
      const endId = row.kind === 'exchange-guest' ? nextId() : undefined;
      const outcome = addChange(life, row, today, endId);
      if (!outcome.ok) return refused(outcome.refusal);
      const end = outcome.life.changes.find((one) => one.id === endId);
      if (end !== undefined)
        rows.push({ ...end, kind: 'exchange-end', reasonCode: 'end-date', alongWith: row.id, facts: undefined });
      return judged(stored, request, outcome, { rows, undone: [], givenUp: [] });
    }
    case 'follow-roster':
      return followRoster(stored, request, today, nextId);
    case 'undo': {
      const along = (stored.along.get(request.changeId) ?? []).filter((id) => stored.planned.includes(id));
      const outcome = undoChange(stored.life, { ...request, along, documentNumber: request.documentNumber }, today);
      if (!outcome.ok) return refused(outcome.refusal);
      const rows: NewRow[] = [
        {
          ...{ id: nextId(), kind: 'reversal', effectiveDate: today, undoes: request.changeId },
          ...{ documentNumber: request.documentNumber, reasonCode: request.reasonCode },
        },
      ];
      return judged(stored, request, outcome, { rows, undone: outcome.touched, givenUp: [] });
    }
    case 'carry-out':
      return carryOutDue(stored, request, today);
  }
}

function followRoster(
  stored: StoredLife,
  request: Extract<Request, { do: 'follow-roster' }>,
  today: string,
  nextId: () => number,
): Judged {
  for (const changes of [request.changes, [request.orElse]]) {
    let life = stored.life;
    const rows: NewRow[] = [];
    const givenUp: number[] = [];
    let last: LifeOutcome | undefined;
    for (const change of changes) {
      const row: NewRow = { ...change, id: nextId() };
      const added = addRosterChange(withFirstFacts(stored, life, change.facts), row, today);
      last = added.outcome;
      if (!last.ok) break;
      givenUp.push(...added.givenUp);
      rows.push(row);
      life = last.life;
    }
    if (last?.ok === true) return judged(stored, request, last, { rows, undone: [], givenUp });
  }
  throw new TypeError('a correction leads from everywhere to everywhere');
}

/** What is due and fits is in force; what no longer fits is given up, so that it stands in nobody's way. */
function carryOutDue(stored: StoredLife, request: Request, today: string): Judged {
  const givenUp: number[] = [];
  let life = stored.life;
  for (;;) {
    const folded = foldLife(life, 'all');
    if (folded.ok) break;
    const { changeId } = folded;
    if (!stored.planned.includes(changeId)) throw new TypeError('what is in force folds');
    givenUp.push(changeId);
    life = { ...life, changes: life.changes.filter((one) => one.id !== changeId) };
  }
  const after = foldLife(life, today);
  const done = { ...life, changes: life.changes.filter((one) => !stored.planned.includes(one.id)) };
  const before = foldLife(done, today);
  if (!after.ok || !before.ok) throw new TypeError('what is in force folds');
  const outcome: LifeOutcome = { ok: true, life, before: before.folded, after: after.folded, touched: [] };
  return judged(stored, request, outcome, { rows: [], undone: [], givenUp });
}

function judged(
  stored: StoredLife,
  request: Request,
  outcome: Extract<LifeOutcome, { ok: true }>,
  made: { rows: readonly NewRow[]; undone: readonly number[]; givenUp: readonly number[] },
): Judged {
  const whole = foldLife(outcome.life, 'all');
  if (!whole.ok) throw new TypeError('a life that was judged folds');
  const { before, after, life } = outcome;
  return {
    ...{ ok: true, stored, request, before, after, whole: whole.folded, life },
    ...{ firstFacts: life.firstFacts, ...made },
  };
}

/** Before a fact is touched for the first time, what stands there is kept. */
function withFirstFacts(stored: StoredLife, life: Life, touched: Facts | undefined): Life {
  const fresh = (Object.keys(touched ?? {}) as FactColumn[]).filter((column) => life.firstFacts[column] === undefined);
  if (fresh.length === 0) return life;
  const firstFacts = { ...life.firstFacts, ...Object.fromEntries(fresh.map((one) => [one, stored.facts[one]])) };
  return { ...life, firstFacts };
}
