import { ruleOf } from './change-kinds.js';
import {
  FACT_COLUMNS,
  type FoldedLife,
  foldLife,
  type Life,
  type LifeChange,
  NAME_FACTS,
  STUDY_FACTS,
} from './fold-life.js';

/** Why a change of a life is refused. `changeId` names the change in the way. */
export type LifeRefusal =
  | { readonly code: 'status-change-not-allowed' }
  | { readonly code: 'status-change-out-of-order'; readonly changeId: number }
  | { readonly code: 'status-change-until-needed' | 'status-change-until-invalid' | 'status-change-facts-invalid' }
  | { readonly code: 'status-change-not-found' }
  | { readonly code: 'status-change-not-reversible' | 'status-change-undone' | 'document-number-needed' };

export type LifeOutcome =
  | {
      readonly ok: true;
      readonly life: Life;
      /** As things stand today. */
      readonly before: FoldedLife;
      readonly after: FoldedLife;
      /** Changes made or undone, the one asked for first. */
      readonly touched: readonly number[];
    }
  | { readonly ok: false; readonly refusal: LifeRefusal };

/**
 * Puts a change into its place. Everything after it, planned changes too, has to stay possible.
 * @param guestEndId number of the change that ends a guest's stay, made along.
 */
export function addChange(life: Life, change: LifeChange, today: string, guestEndId?: number): LifeOutcome {
  const formal = formalRefusal(change);
  if (formal !== undefined) return { ok: false, refusal: formal };
  const added = [change];
  if (change.kind === 'exchange-guest' && change.until !== undefined && guestEndId !== undefined) {
    added.push({ id: guestEndId, kind: 'exchange-end', effectiveDate: dayAfter(change.until) });
  }
  return judge(life, { ...life, changes: [...life.changes, ...added] }, today, added);
}

/**
 * What a roster says is so: planned changes that no longer fit are given up instead of standing in its way.
 * `givenUp` names them.
 */
export function addRosterChange(
  life: Life,
  change: LifeChange,
  today: string,
): { readonly outcome: LifeOutcome; readonly givenUp: readonly number[] } {
  const givenUp: number[] = [];
  let kept = life;
  for (;;) {
    const outcome = addChange(kept, change, today);
    const inTheWay =
      !outcome.ok && outcome.refusal.code === 'status-change-out-of-order' ? outcome.refusal.changeId : undefined;
    const planned = life.changes.find((one) => one.id === inTheWay && one.effectiveDate > today);
    if (planned === undefined) return { outcome, givenUp };
    givenUp.push(planned.id);
    kept = { ...kept, changes: kept.changes.filter((one) => one.id !== planned.id) };
  }
}

/** Undoes a change, and what was made along with it. */
export function undoChange(
  life: Life,
  undo: { readonly changeId: number; readonly along: readonly number[]; readonly documentNumber: string | undefined },
  today: string,
): LifeOutcome {
  const target = life.changes.find((one) => one.id === undo.changeId);
  if (target === undefined) return { ok: false, refusal: { code: 'status-change-not-found' } };
  if (ruleOf(target.kind).reversal === 'never') return { ok: false, refusal: { code: 'status-change-not-reversible' } };
  if (target.undone === true) return { ok: false, refusal: { code: 'status-change-undone' } };
  // What has not begun is called off without a document.
  if (
    ruleOf(target.kind).reversal === 'by-document' &&
    undo.documentNumber === undefined &&
    target.effectiveDate <= today
  )
    return { ok: false, refusal: { code: 'document-number-needed' } };
  const ids = [undo.changeId, ...undo.along];
  const changes = life.changes.map((one) => (ids.includes(one.id) ? { ...one, undone: true } : one));
  return judge(
    life,
    { ...life, changes },
    today,
    ids.flatMap((id) => changes.filter((one) => one.id === id)),
  );
}

function judge(life: Life, next: Life, today: string, touched: readonly LifeChange[]): LifeOutcome {
  const before = foldLife(life, today);
  const whole = foldLife(next, 'all');
  const after = foldLife(next, today);
  if (!whole.ok) {
    return touched.some((one) => one.id === whole.changeId)
      ? { ok: false, refusal: { code: 'status-change-not-allowed' } }
      : { ok: false, refusal: { code: 'status-change-out-of-order', changeId: whole.changeId } };
  }
  if (!before.ok || !after.ok) throw new TypeError('a life that was taken folds');
  return {
    ok: true,
    life: next,
    before: before.folded,
    after: after.folded,
    touched: touched.map((one) => one.id),
  };
}

function formalRefusal(change: LifeChange): LifeRefusal | undefined {
  const rule = ruleOf(change.kind);
  if (rule.until === 'required' && change.until === undefined) return { code: 'status-change-until-needed' };
  if (change.until !== undefined && (rule.until === 'none' || change.until < change.effectiveDate))
    return { code: 'status-change-until-invalid' };
  const given = Object.keys(change.facts ?? {});
  const allowed: readonly string[] =
    change.kind === 'correction'
      ? FACT_COLUMNS
      : rule.facts === 'name'
        ? NAME_FACTS
        : rule.facts === 'study'
          ? STUDY_FACTS
          : [];
  if (given.some((column) => !allowed.includes(column)) || (rule.facts !== 'none' && given.length === 0))
    return { code: 'status-change-facts-invalid' };
  return undefined;
}

/** The day after a full-date. */
export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}
