import { assembleJws, type PreparedJws, prepareJws } from '../jws/create-jws.js';
import type { DigestText } from './digest-text.js';
import { SdJwtError } from './errors.js';
import type { ParsedSdJwt } from './parse-sd-jwt.js';
import { type DisclosedClaim, processDisclosures } from './process-disclosures.js';

/** A claims path as in DCQL: names, indices, and null for every element of an array (OpenID4VP 1.0 §7). */
export type ClaimSelector = readonly (string | number | null)[];

/**
 * Chooses what is presented: each selected claim, everything within it, and whatever it lies in; or, with a
 * function, exactly the disclosures it takes and whatever they lie in. Answers the SD-JWT without key binding,
 * ending with `~`, disclosures in the order of the issued text.
 *
 * @throws SdJwtError `claim-not-found` when a selector meets neither an open nor a disclosable claim.
 */
export function presentSdJwt(
  sdJwt: ParsedSdJwt,
  selection: readonly ClaimSelector[] | ((claim: DisclosedClaim) => boolean),
): string {
  const { claims, disclosed } = processDisclosures(sdJwt.payload, sdJwt.disclosures);
  const chosen = new Set<string>();
  if (typeof selection === 'function') {
    for (const claim of disclosed) if (selection(claim)) chooseWithParents(claim, chosen);
  } else {
    for (const selector of selection) {
      if (!exists(claims, selector)) throw new SdJwtError('claim-not-found', 'the credential has no such claim');
      for (const claim of disclosed) if (overlaps(claim, selector)) chooseWithParents(claim, chosen);
    }
  }
  const kept = sdJwt.disclosures.filter(({ encoded }) => chosen.has(encoded));
  return `${[sdJwt.jws.compact, ...kept.map(({ encoded }) => encoded)].join('~')}~`;
}

/** `issuedAtSeconds` is Unix time; nonce and audience are the verifier's, byte for byte. */
export type KeyBindingRequest = {
  readonly presentation: string;
  readonly nonce: string;
  readonly audience: string;
  readonly issuedAtSeconds: number;
  readonly digestText: DigestText;
  /** Further members, such as the hashes of OpenID4VP transaction data. */
  readonly extraClaims?: { readonly [name: string]: unknown };
};

/** Builds the KB-JWT up to its signature; `sd_hash` covers exactly the presentation (RFC 9901 §4.3). */
export function prepareKeyBinding(request: KeyBindingRequest): PreparedJws {
  if (!request.presentation.endsWith('~')) throw new TypeError('a presentation ends with a tilde');
  return prepareJws(
    { typ: 'kb+jwt' },
    {
      ...request.extraClaims,
      iat: request.issuedAtSeconds,
      aud: request.audience,
      nonce: request.nonce,
      sd_hash: request.digestText(request.presentation),
    },
  );
}

/** Joins presentation, prepared KB-JWT and the holder's ES256 signature. */
export function assembleKeyBinding(presentation: string, prepared: PreparedJws, signature: Uint8Array): string {
  return presentation + assembleJws(prepared, signature);
}

function chooseWithParents(claim: DisclosedClaim, chosen: Set<string>): void {
  for (let at: DisclosedClaim | undefined = claim; at !== undefined; at = at.parent) chosen.add(at.disclosure.encoded);
}

/** One path is a beginning of the other. */
function overlaps(claim: DisclosedClaim, selector: ClaimSelector): boolean {
  const length = Math.min(claim.path.length, selector.length);
  for (let at = 0; at < length; at += 1) {
    const wanted = selector[at];
    const actual = claim.path[at];
    if (wanted === null ? typeof actual !== 'number' : wanted !== actual) return false;
  }
  return true;
}

function exists(value: unknown, selector: ClaimSelector): boolean {
  const [step, ...rest] = selector;
  if (step === undefined) return true;
  if (step === null) return Array.isArray(value) && value.some((element) => exists(element, rest));
  if (typeof step === 'number') return Array.isArray(value) && step in value && exists(value[step], rest);
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, step)) return false;
  return exists((value as { readonly [name: string]: unknown })[step], rest);
}
