/** typ of the people part (RFC 9596). */
export const peoplePartTyp = 'lanyard-people+cbor';
/** Largest people part in bytes: 250,000 rows. */
export const peoplePartMaxBytes = 16 * 1024 * 1024;

/** Integer labels of the payload. */
export const peopleLabel = {
  universityCode: 1,
  keyDay: 2,
  sequence: 3,
  baseSequence: 4,
  digest: 5,
  issuedAt: 6,
  auditHead: 7,
  rows: 8,
  removedKeys: 9,
  signers: 10,
} as const;

/** A signer as parts name it: 8-byte kid and compressed key of 33 bytes. */
export interface SignerKey {
  readonly kid: Uint8Array;
  readonly key: Uint8Array;
}

/** What every people part says. */
export interface PeoplePartHead {
  readonly universityCode: string;
  /** Day of the link keys in the rows. The issuer takes `keyDay(now - 300)`, so agents keep the day before for a while. */
  readonly keyDay: number;
  readonly sequence: number;
  /** SHA-256 over the rows of the whole table after applying, 32 bytes. */
  readonly digest: Uint8Array;
  readonly issuedAtSeconds: number;
  /** Head of the issuer's audit chain, 32 bytes. */
  readonly auditHead: Uint8Array;
  /** Signers from now on, where they change: present ones and the next. Absent where nothing changes. */
  readonly signers?: readonly SignerKey[];
}

/** A whole table, or what changed since `baseSequence`. */
export type PeoplePart = PeoplePartHead &
  (
    | { readonly kind: 'full'; readonly rows: Uint8Array }
    | {
        readonly kind: 'delta';
        readonly baseSequence: number;
        /** Keys of removed rows, 33 bytes each, ascending. */
        readonly removedKeys: Uint8Array;
        /** Rows that are new or replace the row of the same key, ascending by key. */
        readonly rows: Uint8Array;
      }
  );
