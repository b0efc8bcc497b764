import type { JsonValue } from '../../base64url/strict-json.js';
import { matchingClaims, selectByPath } from '../../dcql/match-claims.js';
import { fromTrustedAuthority } from '../../dcql/trusted-authorities.js';
import type { DcqlCredentialQuery, DcqlQuery } from '../../dcql/z-dcql-query.js';
import type { MdocElementPath } from '../../mdoc/create-device-response.js';
import { elementsOf, jsonOfElements } from '../../mdoc/elements.js';
import type { ParsedIssuerSigned } from '../../mdoc/parse-issuer-signed.js';
import type { ParsedSdJwt } from '../../sd-jwt/parse-sd-jwt.js';
import { presentSdJwt } from '../../sd-jwt/present-sd-jwt.js';
import { processDisclosures } from '../../sd-jwt/process-disclosures.js';

/** A credential the wallet holds; `sdJwt` with every disclosure that was issued. */
export type HeldSdJwt = { readonly sdJwt: ParsedSdJwt; readonly authorityKeyIds?: readonly string[] };

/** An mdoc the wallet holds, with every element that was issued. `authorityKeyIds`: see `PresentedCredential`. */
export type HeldMdoc = { readonly mdoc: ParsedIssuerSigned; readonly authorityKeyIds?: readonly string[] };

type HeldDocument = HeldSdJwt | HeldMdoc;

/** A claim that leaves the wallet, as a whole disclosure: what was asked may lie within it. */
export type DisclosedValue = { readonly path: readonly (string | number)[]; readonly value: JsonValue };

/** What one credential would be presented as. */
export type Candidate<Held extends HeldDocument> = {
  readonly held: Held;
  readonly disclosed: readonly DisclosedValue[];
} & (Held extends HeldMdoc ? MdocAnswer : SdJwtAnswer);

/** `presentation` ends with `~` and carries no key binding yet. */
export type SdJwtAnswer = { readonly format: 'dc+sd-jwt'; readonly presentation: string };
/** The elements that go out; the device signature comes with `createMdocPresentation`. */
export type MdocAnswer = { readonly format: 'mso_mdoc'; readonly disclose: readonly MdocElementPath[] };

/** Never empty: the answer to one credential query, best candidate first as given. */
export type SelectedCredential<Held extends HeldDocument> = {
  readonly queryId: string;
  readonly candidates: readonly [Candidate<Held>, ...Candidate<Held>[]];
};

/** `missing` names the credential queries that nothing held can answer. */
export type Selection<Held extends HeldDocument> =
  | { readonly answerable: true; readonly credentials: readonly SelectedCredential<Held>[] }
  | { readonly answerable: false; readonly missing: readonly string[] };

/**
 * Chooses what answers a query (OpenID4VP 1.0 §6.4): only what is asked, never a claim more. Without `claims` nothing
 * selectively disclosable goes out (§6.4.1); with `claim_sets` the first set that can be met; of `credential_sets` only
 * the required ones (§6.4.2), because an optional extra would be a pre-ticked box. `values` are honoured.
 */
export function selectCredentials<Held extends HeldDocument>(query: DcqlQuery, held: readonly Held[]): Selection<Held> {
  const answers = new Map<string, SelectedCredential<Held>>();
  for (const asked of query.credentials) {
    const [first, ...others] = held.flatMap((one) => candidateFor(asked, one) ?? []);
    if (first !== undefined) answers.set(asked.id, { queryId: asked.id, candidates: [first, ...others] });
  }
  const wanted = wantedIds(query, answers);
  if ('missing' in wanted) return { answerable: false, missing: wanted.missing };
  return { answerable: true, credentials: wanted.ids.flatMap((id) => answers.get(id) ?? []) };
}

/**
 * One candidate for each credential of a selection, no copy twice; undefined where there are too few copies. Copies
 * go out once, so two queries for the same card take two.
 */
export function assignCopies<Held extends HeldDocument>(
  credentials: readonly SelectedCredential<Held>[],
): readonly { readonly queryId: string; readonly candidate: Candidate<Held> }[] | undefined {
  const taken = new Set<Held>();
  const assigned = credentials.flatMap(({ queryId, candidates }) => {
    const candidate = candidates.find(({ held }) => !taken.has(held));
    if (candidate === undefined) return [];
    taken.add(candidate.held);
    return [{ queryId, candidate }];
  });
  return assigned.length === credentials.length ? assigned : undefined;
}

function wantedIds(query: DcqlQuery, answers: ReadonlyMap<string, unknown>): { ids: string[] } | { missing: string[] } {
  const lacking = (ids: readonly string[]) => ids.filter((id) => !answers.has(id));
  if (query.credential_sets === undefined) {
    const ids = query.credentials.map(({ id }) => id);
    const missing = lacking(ids);
    return missing.length === 0 ? { ids } : { missing };
  }
  const ids = new Set<string>();
  const missing: string[] = [];
  for (const set of query.credential_sets.filter(({ required }) => required !== false)) {
    const option = set.options.find((candidate) => lacking(candidate).length === 0);
    for (const id of option ?? []) ids.add(id);
    if (option === undefined) missing.push(...lacking(set.options[0] ?? []));
  }
  return missing.length === 0 && ids.size > 0 ? { ids: [...ids] } : { missing };
}

function candidateFor<Held extends HeldDocument>(asked: DcqlCredentialQuery, held: Held): Candidate<Held> | undefined {
  if (!fromTrustedAuthority(asked.trusted_authorities, held.authorityKeyIds)) return undefined;
  const answer = 'mdoc' in held ? mdocAnswer(asked, held.mdoc) : sdJwtAnswer(asked, held.sdJwt);
  // Which of the two it is follows from `held`, which the compiler cannot see for a generic.
  return answer === undefined ? undefined : ({ held, ...answer } as unknown as Candidate<Held>);
}

function sdJwtAnswer(asked: DcqlCredentialQuery, sdJwt: ParsedSdJwt) {
  if (asked.format !== 'dc+sd-jwt') return undefined;
  const { claims } = processDisclosures(sdJwt.payload, sdJwt.disclosures);
  const { vct } = claims;
  if (typeof vct !== 'string' || !asked.meta.vct_values.includes(vct)) return undefined;
  const chosen = matchingClaims(claims, asked);
  if (chosen === undefined) return undefined;
  const presentation = presentSdJwt(
    sdJwt,
    chosen.map(({ path }) => path),
  );
  return { format: asked.format, presentation, disclosed: disclosedIn(sdJwt, presentation) };
}

function mdocAnswer(asked: DcqlCredentialQuery, mdoc: ParsedIssuerSigned) {
  if (asked.format !== 'mso_mdoc' || mdoc.mso.docType !== asked.meta.doctype_value) return undefined;
  const claims = jsonOfElements(elementsOf(mdoc));
  const chosen = matchingClaims(claims, asked);
  if (chosen === undefined) return undefined;
  const disclose = chosen.map(({ path: [namespace, element] }) => [String(namespace), String(element)] as const);
  const disclosed = disclose.flatMap((path) => selectByPath(claims, path).map((value) => ({ path, value })));
  return { format: asked.format, disclose, disclosed };
}

/** Reads back what the presentation really says, so that nothing is shown from the request alone. */
function disclosedIn(sdJwt: ParsedSdJwt, presentation: string): DisclosedValue[] {
  const sent = new Set(presentation.split('~').slice(1, -1));
  const kept = sdJwt.disclosures.filter(({ encoded }) => sent.has(encoded));
  const { claims, disclosed } = processDisclosures(sdJwt.payload, kept);
  return (
    disclosed
      .filter(({ parent }) => parent === undefined)
      // An index counts in the issued array, so only members are looked up among what was processed.
      .map(({ path, disclosure }) => {
        const value = path.every((step) => typeof step === 'string') ? selectByPath(claims, path)[0] : undefined;
        return { path, value: value ?? disclosure.value };
      })
  );
}
