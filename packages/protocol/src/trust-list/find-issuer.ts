import type { TrustEntry, TrustList } from './trust-list.js';

/** Why an issuer is not trusted; the verdict's reason follows from it. */
export type IssuerRefusal = 'trust-list-expired' | 'issuer-unknown' | 'issuer-suspended' | 'issuer-withdrawn';

/**
 * The entry that is entitled to speak for an issuer URL, whatever university a document claims: the claim is compared
 * with the entry's code afterwards. `suspended` and `withdrawn` refuse everything.
 */
export function findTrustedIssuer(
  list: TrustList,
  issuerUrl: string,
  nowSeconds: number,
): { readonly entry: TrustEntry } | { readonly refusal: IssuerRefusal } {
  const entry = list.entries.find((candidate) => candidate.issuerUrl === issuerUrl);
  return entry === undefined ? { refusal: unknown(list, nowSeconds) } : judge(list, entry, nowSeconds);
}

/** As {@link findTrustedIssuer}, by university code: for documents that name no URL. */
export function findTrustedUniversity(
  list: TrustList,
  universityCode: string,
  nowSeconds: number,
): { readonly entry: TrustEntry } | { readonly refusal: IssuerRefusal } {
  const entry = list.entries.find((candidate) => candidate.universityCode === universityCode);
  return entry === undefined ? { refusal: unknown(list, nowSeconds) } : judge(list, entry, nowSeconds);
}

/** Whether a signer is retired by the list: everything it signed is refused, whatever its date. */
export function isRetired(entry: TrustEntry, kid: string): boolean {
  return entry.retired.some((signer) => signer.kid === kid);
}

function unknown(list: TrustList, nowSeconds: number): IssuerRefusal {
  return nowSeconds >= list.expiresSeconds ? 'trust-list-expired' : 'issuer-unknown';
}

function judge(list: TrustList, entry: TrustEntry, nowSeconds: number) {
  // What a list said against an issuer stays true after its end; that it said nothing does not.
  if (entry.state === 'suspended') return { refusal: 'issuer-suspended' } as const;
  if (entry.state === 'withdrawn') return { refusal: 'issuer-withdrawn' } as const;
  if (nowSeconds >= list.expiresSeconds) return { refusal: 'trust-list-expired' } as const;
  return { entry };
}
