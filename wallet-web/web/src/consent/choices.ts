import { type Candidate, type DcqlQuery, selectCredentials } from '@lanyard/protocol';
import type { CardOfWallet, HeldCard, HeldCopy } from './held-copies.js';

type CredentialQuery = DcqlQuery['credentials'][number];

/** A credential query that something held can answer. */
export interface AskedCredential {
  readonly id: string;
  /** Never empty, the best first. */
  readonly cards: readonly CardChoice[];
}

export interface CardChoice {
  readonly card: CardOfWallet;
  /** One for each claim set that this card meets, in the verifier's order; one where there are no sets. */
  readonly variants: readonly { readonly query: CredentialQuery; readonly shown: Candidate<HeldCopy> }[];
}

/** A group of alternatives; a required one has at least one option. */
export interface AskedSet {
  readonly required: boolean;
  readonly options: readonly (readonly string[])[];
}

export interface Choices {
  readonly credentials: ReadonlyMap<string, AskedCredential>;
  readonly sets: readonly AskedSet[];
}

/** Indexes into the choices; -1 for an optional set that is left out. */
export interface Selected {
  readonly options: readonly number[];
  readonly cards: Readonly<Record<string, number>>;
  readonly variants: Readonly<Record<string, number>>;
}

export interface Chosen {
  readonly queryId: string;
  readonly candidate: Candidate<HeldCopy>;
}

/**
 * Everything a student may choose between (OpenID4VP 1.0 §6.4): which of several options of a set, which card, which
 * claim set. `missing` names what nothing held can answer.
 */
export function listChoices(query: DcqlQuery, held: readonly HeldCard[]): Choices | { readonly missing: string[] } {
  const credentials = new Map<string, AskedCredential>();
  for (const asked of query.credentials) {
    const cards = held.flatMap(({ card, copies }) => cardChoice(asked, card, copies));
    if (cards.length > 0) credentials.set(asked.id, { id: asked.id, cards });
  }
  const lacking = (ids: readonly string[]) => ids.filter((id) => !credentials.has(id));
  const all = query.credentials.map(({ id }) => id);
  const sets = (query.credential_sets ?? [{ options: [all] }]).map(({ options, required }) => ({
    required: required !== false,
    options: options.filter((ids) => lacking(ids).length === 0),
    first: options[0] ?? [],
  }));
  const missing = sets.filter(({ required, options }) => required && options.length === 0);
  if (missing.length > 0) return { missing: missing.flatMap(({ first }) => lacking(first)) };
  // Optional sets alone, and none that could be answered: there is nothing to send.
  if (!sets.some(({ options }) => options.length > 0)) return { missing: all };
  return {
    credentials,
    sets: sets.filter(({ options }) => options.length > 0).map(({ required, options }) => ({ required, options })),
  };
}

function cardChoice(asked: CredentialQuery, card: CardOfWallet, copies: readonly HeldCopy[]): CardChoice[] {
  const [copy] = copies;
  if (copy === undefined) return [];
  const variants = variantsOf(asked).flatMap((query) => {
    const shown = candidateOf(query, copy);
    return shown === undefined ? [] : [{ query, shown }];
  });
  return variants.length === 0 ? [] : [{ card, variants }];
}

/** One query for each claim set (§6.4.1), so that the second can be chosen where the first could be met. */
function variantsOf(asked: CredentialQuery): CredentialQuery[] {
  const { claim_sets: sets, claims = [], ...rest } = asked;
  if (sets === undefined) return [asked];
  return sets.map((set) => ({
    ...rest,
    claims: claims.filter(({ id }) => id !== undefined && set.includes(id)),
  })) as CredentialQuery[];
}

function candidateOf(query: CredentialQuery, copy: HeldCopy): Candidate<HeldCopy> | undefined {
  const selection = selectCredentials({ credentials: [query] }, [copy]);
  return selection.answerable ? selection.credentials[0]?.candidates[0] : undefined;
}

/** The verifier's preference, and nothing optional: an extra would be a pre-ticked box. */
export function firstSelected({ sets }: Choices): Selected {
  const chosen = sets.map(({ required }) => (required ? 0 : -1));
  // Where all is optional something has to be sent, or there is no answer.
  return {
    options: chosen.every((option) => option === -1) ? [0, ...chosen.slice(1)] : chosen,
    cards: {},
    variants: {},
  };
}

/** The queries that a selection answers, each once. */
export function answeredIds({ sets }: Choices, { options }: Selected): string[] {
  return [...new Set(sets.flatMap((set, index) => set.options[options[index] ?? -1] ?? []))];
}

/** The card and claim set selected for a query. */
export function selectedOf(choices: Choices, selected: Selected, queryId: string) {
  const card = choices.credentials.get(queryId)?.cards[selected.cards[queryId] ?? 0];
  const variant = card?.variants[selected.variants[queryId] ?? 0] ?? card?.variants[0];
  return card === undefined || variant === undefined ? undefined : { card: card.card, variant };
}

/**
 * What a selection would send: for each query a copy of its own, and what that very copy would disclose. Undefined
 * where there are too few copies, or nothing is selected.
 */
export function resolveChoices(
  choices: Choices,
  selected: Selected,
  held: readonly HeldCard[],
): readonly Chosen[] | undefined {
  const taken = new Set<HeldCopy>();
  const chosen: Chosen[] = [];
  for (const queryId of answeredIds(choices, selected)) {
    const found = selectedOf(choices, selected, queryId);
    const copies = held.find(({ card }) => card.key === found?.card.key)?.copies ?? [];
    const copy = copies.find((one) => !taken.has(one));
    const candidate = found === undefined || copy === undefined ? undefined : candidateOf(found.variant.query, copy);
    if (copy === undefined || candidate === undefined) return undefined;
    taken.add(copy);
    chosen.push({ queryId, candidate });
  }
  return chosen.length === 0 ? undefined : chosen;
}
