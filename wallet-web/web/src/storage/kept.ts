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
  /** Undefined where proofs carry no nonce. */
  readonly nonce: string | undefined;
  readonly credential: string;
  /** Where it hears what became of a batch; missing in what a former version kept. */
  readonly notification?: string | undefined;
  /** Where a batch that had to wait is fetched. */
  readonly deferred?: string | undefined;
}

/** The DPoP-bound line to an issuer. */
export interface IssuerLine {
  readonly endpoints: IssuerEndpoints;
  readonly dpopKey: CryptoKey;
  readonly dpopJwk: PublicJwk;
  readonly accessToken: string;
  /** True where a server of somebody else gave a token that no key is needed for. */
  readonly bearer?: boolean;
  /** Corrected time in ms at which the access token ends. */
  readonly accessUntilMs: number;
  readonly refreshToken: string | undefined;
  /** True once the issuer has ended it: another claim is needed. */
  readonly ended: boolean;
  /** Credential identifiers by configuration, where the token names its datasets so (OpenID4VCI 1.0 §6.2). */
  readonly identifiers?: Readonly<Record<string, string>> | undefined;
}

export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/** A window's question to open the student's page; `expires_at` in Unix seconds. */
export interface AskedNod {
  readonly id: string;
  readonly place_zh: string;
  readonly place_en: string;
  readonly purpose: 'affairs' | 'documents' | 'card' | 'other';
  readonly expires_at: number;
}

/** What `GET /v1/holder/state` answered, and when. */
export interface HolderState {
  readonly version: number;
  readonly credential_state: 'valid' | 'suspended' | 'revoked';
  /** Of an alumni ID; null for who is no alumnus, missing in what a former version kept. */
  readonly alumni_state?: 'valid' | 'suspended' | 'revoked' | null;
  readonly reason_code: string | null;
  readonly changed_at: number | null;
  readonly enrolment_status: string;
  readonly registered_until: string | null;
  readonly name: string;
  /** Where the student lives; in no credential, missing in what a former version kept. */
  readonly building?: string | null;
  readonly gate_key: { readonly enrolled: boolean; readonly renew_after: number | null };
  readonly copies: { readonly 'student-id-sd-jwt': number; readonly 'student-pass': number };
  /** From when (seconds) to obtain copies anew that say something older; missing in what a former version kept. */
  readonly refresh_after?: number | null;
  /** Signers whose copies nobody takes any more; missing in what was kept by a former version. */
  readonly retired_signers?: readonly string[];
  /** Documents there are, by credential identifier; null while nothing is told of them, missing in what was kept before. */
  readonly documents?: readonly string[] | null;
  /** Questions that wait for an answer; missing where an issuer asks none. */
  readonly nods?: readonly AskedNod[];
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

export type CredentialFormat = 'dc+sd-jwt' | 'mso_mdoc';

export interface HeldCredential {
  readonly id?: number;
  readonly configuration: string;
  readonly issuer: string;
  /** As issued; an mdoc as base64url of its IssuerSigned. */
  readonly credential: string;
  /** Missing for a pass, and for an SD-JWT that a former version kept. */
  readonly format?: CredentialFormat;
  /** `kid` of the signer, where the credential does not name it. */
  readonly signer?: string;
  /** What the issuer calls the batch (OpenID4VCI 1.0 §11). */
  readonly notificationId?: string;
  /** The card of another issuer that this is a copy of. */
  readonly card?: string;
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

/** A batch an issuer needs time for (OpenID4VCI 1.0 §9). `credentials` once they came: they come only once. */
export interface DeferredBatch {
  readonly issuer: string;
  readonly configuration: string;
  readonly transactionId: string;
  readonly keys: readonly { readonly privateKey: CryptoKey; readonly jwk: PublicJwk }[];
  readonly delivered?: DeliveredBatch;
}

/** As an issuer answered; nothing of it is checked. */
export interface DeliveredBatch {
  readonly credentials: readonly string[];
  readonly notificationId: string | undefined;
}

export interface CredentialOffer {
  readonly issuer: string;
  readonly configurationIds: readonly string[];
  /** The pre-authorized code; undefined where the person has to sign in. */
  readonly code: string | undefined;
  readonly txCodeLength: number | undefined;
  /** Authorization server of the pre-authorized code, where the offer names one. */
  readonly server?: string | undefined;
  /** The offer can be taken by signing in. */
  readonly authorization?:
    | { readonly issuerState: string | undefined; readonly server: string | undefined }
    | undefined;
}

/** A sign-in under way at an authorization server: what its answer has to fit, and what redeems it. */
export interface PendingAuthorization {
  readonly offer: CredentialOffer;
  readonly server: { readonly issuer: string; readonly token: string; readonly namesItself: boolean };
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly codeVerifier: string;
  readonly dpopKey: CryptoKey;
  readonly dpopJwk: PublicJwk;
  readonly startedAtMs: number;
  /** The answer, once it came and was checked. */
  readonly code?: string;
}

/** A card beside the student ID, of another issuer, an alumni ID or a document; its copies lie in a store of their own. */
export interface OtherCard {
  /** Issuer and configuration, of a document its identifier: taking it again replaces it. */
  readonly key: string;
  readonly issuer: string;
  readonly issuerName: string;
  readonly format: CredentialFormat;
  /** `vct` or docType. */
  readonly type: string;
  readonly names: { readonly zh: string; readonly en: string };
  /** `#rrggbb`, as the issuer has it. */
  readonly colour: string | undefined;
  readonly labels: readonly ClaimLabel[];
  /** Missing for a card of the wallet's own issuer, which comes over the wallet's line. */
  readonly line?: IssuerLine;
  readonly expiresAtSeconds: number;
  readonly receivedAtMs: number;
}

/** What an issuer calls a claim. */
export interface ClaimLabel {
  readonly path: readonly string[];
  readonly zh: string;
  readonly en: string;
}

export type NoticeEvent = 'credential_accepted' | 'credential_failure' | 'credential_deleted';

/** What an issuer has still to be told. `line` is set where the wallet's own has gone. */
export interface KeptNotice {
  readonly id?: number;
  readonly atMs: number;
  readonly event: NoticeEvent;
  readonly endpoint: string;
  readonly notificationIds: readonly string[];
  readonly line?: IssuerLine;
}

/** What our issuer gives out now, as far as refilling needs it. */
export interface IssuanceFacts {
  readonly configurations: readonly string[];
  readonly notification: string | undefined;
  readonly receivedAtMs: number;
  /** Set when our line was refused a configuration: not asked again for a day. */
  readonly refused?: Readonly<Record<string, number>>;
}

export type RecordKind =
  | 'claimed'
  | 'gate-shown'
  | 'portable-shown'
  | 'presented'
  | 'declined'
  | 'blocked'
  | 'other-claimed'
  | 'deleted'
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
  /** False where nobody certified who asked. */
  readonly known?: boolean;
  readonly purpose?: { readonly zh: string; readonly en: string };
  /** What was shown, by name of card. */
  readonly cards?: readonly string[];
  readonly reason?: string;
}

/** The roots whose verifiers this wallet answers, as its own issuer names them (base64 DER). */
export interface ReaderAnchors {
  readonly reader: readonly string[];
  readonly receivedAtMs: number;
}

/** The names of the university's checkpoints by number (base64url of 8 bytes), as its verifier gives them. */
export interface CheckpointNames {
  readonly names: Readonly<Record<string, { readonly zh: string; readonly en: string }>>;
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
  /** What waits at the issuer of the pending claim. */
  deferred: readonly DeferredBatch[];
  authorization: PendingAuthorization;
  issuance: IssuanceFacts;
  anchors: ReaderAnchors;
  checkpoints: CheckpointNames;
  /** The `refresh_after` that was last acted on: one refresh for each change. */
  refreshed: number;
}
