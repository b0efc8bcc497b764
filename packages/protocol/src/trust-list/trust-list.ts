/**
 * Trust list (docs/formats.md): which universities issue, under which roots. A JWS of one list operator whose key is
 * pinned at installation; a verifier that holds nothing else accepts any of them without a bilateral deal.
 */
export const TRUST_LIST_TYP = 'lanyard-trust-list+jwt';

export const trustListMaxBytes = 4 * 1024 * 1024;
export const trustListMaxEntries = 5_000;
export const anchorsMax = 8;
export const retiredMax = 200;

export const trustStates = ['active', 'suspended', 'withdrawn'] as const;
export type TrustState = (typeof trustStates)[number];

/** A signer whose every document is refused, whatever its date: its key has got out. */
export interface RetiredSigner {
  /** base64url of the signer's 8 bytes. */
  readonly kid: string;
  readonly sinceSeconds: number;
}

/** One university of the list. */
export interface TrustEntry {
  /** Ten digits. */
  readonly universityCode: string;
  readonly names: { readonly zh: string; readonly en: string };
  /** Credential issuer identifier: the only one that is entitled to the code. */
  readonly issuerUrl: string;
  /** Roots of its document and status signers, DER. */
  readonly anchors: readonly Uint8Array[];
  /** Roots of those who ask for presentations there, DER: another university's wallets trust them too. */
  readonly readerAnchors: readonly Uint8Array[];
  readonly state: TrustState;
  readonly sinceSeconds: number;
  readonly retired: readonly RetiredSigner[];
  /** Where the pass key set and the status aggregate lie. */
  readonly passKeysUrl: string;
  readonly statusAggregateUrl: string;
}

export interface TrustList {
  readonly sequence: number;
  readonly issuedAtSeconds: number;
  /** A newer list is published by then. */
  readonly nextUpdateSeconds: number;
  /** From then on it says nothing any more: `trust-list-expired`. */
  readonly expiresSeconds: number;
  /** SHA-256 of the list before, as text; absent in the first. */
  readonly previousDigest: Uint8Array | undefined;
  /** SHA-256 of the compressed key that may sign a later list. */
  readonly nextKeyDigest: Uint8Array | undefined;
  readonly entries: readonly TrustEntry[];
}

/** What a reader keeps between lists: the pin, and what it must never go back behind. */
export interface TrustAnchor {
  /** SHA-256 of the operator's compressed key. */
  readonly keyDigest: Uint8Array;
  readonly nextKeyDigest: Uint8Array | undefined;
  /** Zero before the first list. */
  readonly sequence: number;
  /** SHA-256 of the last list's text. */
  readonly listDigest: Uint8Array | undefined;
}
