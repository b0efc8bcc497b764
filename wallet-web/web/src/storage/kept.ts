import type { StudentIdClaims } from '@lanyard/protocol';
import type { ClockMeasure } from '../time/corrected-clock.js';

/** The key for gate codes and the link key of its day. */
export interface GateKey {
  readonly privateKey: CryptoKey;
  readonly linkKey: Uint8Array;
  readonly keyDay: number;
  /** Seconds since 1970. */
  readonly renewAfter: number;
}

/** Where an issuer takes requests. */
export interface IssuerEndpoints {
  readonly issuer: string;
  readonly name: string;
  readonly token: string;
  readonly nonce: string;
  readonly credential: string;
}

/** The DPoP-bound line to an issuer. */
export interface IssuerLine {
  readonly endpoints: IssuerEndpoints;
  readonly dpopKey: CryptoKey;
  readonly dpopJwk: PublicJwk;
  readonly accessToken: string;
  /** Corrected time in ms at which the access token ends. */
  readonly accessUntilMs: number;
  readonly refreshToken: string | undefined;
  /** True once the issuer has ended it: another claim is needed. */
  readonly ended: boolean;
}

export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/** What `GET /v1/holder/state` answered, and when. */
export interface HolderState {
  readonly version: number;
  readonly credential_state: 'valid' | 'suspended' | 'revoked';
  readonly reason_code: string | null;
  readonly changed_at: number | null;
  readonly enrolment_status: string;
  readonly registered_until: string | null;
  readonly name: string;
  readonly gate_key: { readonly enrolled: boolean; readonly renew_after: number | null };
  readonly copies: { readonly 'student-id-sd-jwt': number; readonly 'student-pass': number };
  /** Signers whose copies nobody takes any more; missing in what was kept by a former version. */
  readonly retired_signers?: readonly string[];
  readonly receivedAtMs: number;
}

/** What the card shows: the claims of the newest student ID, the portrait as JPEG bytes. */
export interface Face {
  readonly issuer: string;
  readonly issuerName: string;
  readonly claims: Partial<Omit<StudentIdClaims, 'portrait'>>;
  readonly portrait: Uint8Array | undefined;
  readonly expiresAtSeconds: number;
  readonly receivedAtMs: number;
}

export interface HeldCredential {
  readonly id?: number;
  readonly configuration: string;
  readonly issuer: string;
  readonly credential: string;
  readonly privateKey: CryptoKey;
  readonly expiresAtSeconds: number;
  /** Set when it was shown; another showing takes another. */
  readonly usedAtMs?: number;
}

/** A claim that has begun: its offer, wrong tries, and the line once the code was redeemed. */
export interface PendingClaim {
  readonly offer: CredentialOffer;
  readonly offerUri: string | undefined;
  readonly wrongTries: number;
  readonly line: IssuerLine | undefined;
}

export interface CredentialOffer {
  readonly issuer: string;
  readonly configurationIds: readonly string[];
  readonly code: string;
  readonly txCodeLength: number | undefined;
}

export type RecordKind =
  | 'claimed'
  | 'gate-shown'
  | 'portable-shown'
  | 'presented'
  | 'declined'
  | 'suspended'
  | 'revoked'
  | 'reinstated'
  | 'renewed';

/** A line in the records of this device. */
export interface KeptRecord {
  readonly id?: number;
  readonly atMs: number;
  readonly kind: RecordKind;
  /** Names of the claims that were sent. */
  readonly learned?: readonly string[];
  /** Who asked: the name in its certificate, and its host. */
  readonly to?: { readonly name: string; readonly host: string };
  readonly reason?: string;
}

/** The roots whose verifiers this wallet answers, as its own issuer names them (base64 DER). */
export interface ReaderAnchors {
  readonly reader: readonly string[];
  readonly receivedAtMs: number;
}

/** One of each at most. */
export interface KeptOnce {
  /** Base64url of 32 random bytes: binds claim codes to this wallet. */
  readonly claimSecret: string;
  gate: GateKey;
  line: IssuerLine;
  state: HolderState;
  face: Face;
  clock: ClockMeasure;
  pending: PendingClaim;
  anchors: ReaderAnchors;
}
