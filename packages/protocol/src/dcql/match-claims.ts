import { isJsonObject, type JsonObject, type JsonValue } from '../base64url/strict-json.js';
import type { DcqlClaimsPath, DcqlClaimsQuery, DcqlCredentialQuery } from './z-dcql-query.js';

/** Selecting every element of every array may grow; more than this is never a student ID. */
const MAX_SELECTED = 1_024;

/**
 * What a claims path selects in processed claims (OpenID4VP 1.0 §7.1): a text the member of objects, an index the
 * element of arrays, null every element. Where one of the values on the way is of another kind, nothing is selected.
 */
export function selectByPath(claims: JsonObject, path: DcqlClaimsPath): readonly JsonValue[] {
  let selected: readonly JsonValue[] = [claims];
  for (const step of path) {
    const next: JsonValue[] = [];
    for (const value of selected) {
      if (!fits(value, step)) return [];
      next.push(...childrenOf(value, step));
    }
    selected = next.slice(0, MAX_SELECTED);
  }
  return selected;
}

type Step = DcqlClaimsPath[number];

function fits(value: JsonValue, step: Step): boolean {
  return typeof step === 'string' ? isJsonObject(value) : Array.isArray(value);
}

function childrenOf(value: JsonValue, step: Step): readonly JsonValue[] {
  if (Array.isArray(value)) {
    const array: readonly JsonValue[] = value;
    return array.slice(...(typeof step === 'number' ? [step, step + 1] : [0, MAX_SELECTED]));
  }
  if (typeof step !== 'string' || !isJsonObject(value) || !Object.hasOwn(value, step)) return [];
  return [value[step] as JsonValue];
}

/** What is wrong with one claim: nothing selected, or with `values` no selected value equal to one of them (§6.4.1). */
export function claimFault(claims: JsonObject, query: DcqlClaimsQuery): 'missing' | 'value' | undefined {
  const selected = selectByPath(claims, query.path);
  if (selected.length === 0) return 'missing';
  if (query.values === undefined) return undefined;
  // Same type and same value: "1" is not 1.
  return selected.some((value) => query.values?.some((wanted) => wanted === value)) ? undefined : 'value';
}

/**
 * The claims of the first alternative that holds completely, in the verifier's order (§6.4.1); all claims where there
 * are no claim sets, none where there are no claims; undefined where nothing fits.
 */
export function matchingClaims(claims: JsonObject, query: DcqlCredentialQuery): readonly DcqlClaimsQuery[] | undefined {
  const { claims: asked = [], claim_sets: sets } = query;
  const alternatives =
    sets === undefined ? [asked] : sets.map((set) => asked.filter(({ id }) => id !== undefined && set.includes(id)));
  return alternatives.find((alternative) => alternative.every((one) => claimFault(claims, one) === undefined));
}
