/** Largest pass in bytes: with 85 bytes around it a portable code stays within 308. */
export const passMaxBytes = 223;
/** Private-use CWT claim (RFC 8392 §9.1) that carries what a pass says about the person. */
export const passClaimLabel = -65537;

/** Kinds of pass and their numbers. */
export const passKinds = { student: 1, alumni: 2, exchange: 3 } as const;
export type PassKind = keyof typeof passKinds;

/** Levels of study and their numbers; 0 says nothing. */
export const passLevels = {
  unstated: 0,
  'junior-college': 1,
  bachelor: 2,
  'second-bachelor': 3,
  master: 4,
  doctor: 5,
  preparatory: 6,
} as const;
export type PassLevel = keyof typeof passLevels;

/** What a pass says. */
export interface PassClaims {
  /** 10 digits. */
  readonly universityCode: string;
  readonly validFromSeconds: number;
  readonly expiresSeconds: number;
  /** 8 random bytes, new for each pass. */
  readonly passNumber: Uint8Array;
  readonly kind: PassKind;
  readonly level: PassLevel;
  /** Last day of the semester registration in days since 1970-01-01, in the university's zone; 0 when not registered. */
  readonly registeredUntilDay: number;
  readonly listNumber: number;
  readonly listIndex: number;
  /** Compressed, 33 bytes; never the gate key. */
  readonly holderKey: Uint8Array;
}
