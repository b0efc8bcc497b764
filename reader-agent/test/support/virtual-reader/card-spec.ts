/** Keys and state of a campus card; plain data, so that it can be sent to the process of the cards. */
export interface CampusCardSpec {
  readonly kind: 'campus-card';
  readonly uid: Uint8Array;
  /** Absent for a card from the factory. */
  readonly personalised?: {
    readonly keys: readonly Uint8Array[];
    readonly file: Uint8Array;
    readonly settings: Uint8Array;
    readonly readCounter: number;
  };
}

/** A phone with our application. Signing keys as PKCS#8 PEM. */
export interface PhoneSpec {
  readonly kind: 'phone';
  /** Link key of the day given; handle and mask are made from it at each SELECT. */
  readonly gateKey?: { readonly key: string; readonly linkKey: Uint8Array; readonly day: number };
  readonly pass?: { readonly key: string; readonly bytes: Uint8Array };
  /** Answers with what another phone said before: a relay of yesterday, not of now. */
  readonly recorded?: { readonly hello: Uint8Array; readonly signature: Uint8Array };
}

/** A card that knows its UID and nothing else (MIFARE Classic and its copies). */
export interface LegacySpec {
  readonly kind: 'legacy';
  /** `random`: another UID at each tap, as phones and DESFire cards give. */
  readonly uid: Uint8Array | 'random';
  /** ATR of another kind of card, for a copy that wants to look like one. */
  readonly atr?: Uint8Array;
}

/** Phone and campus card at once: the phone's application is there, and so is the NDEF file. */
export interface BothSpec {
  readonly kind: 'both';
  readonly phone: PhoneSpec;
  readonly card: CampusCardSpec;
}

/** Commands are counted from 1. */
export interface Behaviour {
  /** Added to each answer. */
  readonly slowMs?: number;
  /** Leaves the field instead of answering this command. */
  readonly tearAt?: number;
  /** Never answers this command, and stays. */
  readonly silentAt?: number;
  /** From this command on the driver hangs, and only the end of the daemon gets it out. */
  readonly hangAt?: number;
  /** Answers this command with so many bytes. */
  readonly oversized?: { readonly at: number; readonly bytes: number };
  /** Answers this command with this status word and no data. */
  readonly status?: { readonly at: number; readonly word: number };
  /** Answers this command with noise of the right length. */
  readonly noiseAt?: number;
}

export type CardSpec = (CampusCardSpec | PhoneSpec | LegacySpec | BothSpec) & { readonly behaviour?: Behaviour };

export type ToCards =
  | { readonly do: 'make'; readonly card: number; readonly spec: CardSpec }
  | { readonly do: 'tap'; readonly card: number; readonly tap: number; readonly socket: string }
  | { readonly do: 'remove'; readonly tap: number }
  | { readonly do: 'forget'; readonly card: number };

/** `commands`: how many the card has answered in this tap. */
export type FromCards =
  | { readonly tap: number; readonly at: 'in' }
  | { readonly tap: number; readonly at: 'out'; readonly commands: number };
