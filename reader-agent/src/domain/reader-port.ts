/** Why an exchange with a card ended without an answer. */
export type CardFaultCode = 'card-gone' | 'card-timeout' | 'answer-too-long' | 'reader-failed';

/** Nothing was decided: the card may be tapped again. */
export class CardFault extends Error {
  override readonly name = 'CardFault';
  readonly code: CardFaultCode;

  constructor(code: CardFaultCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** A card in the field of a reader, from one tap on until it leaves. */
export interface PresentedCard {
  readonly reader: string;
  /** Answer to reset as the reader gives it; says what kind of card it may be and proves nothing. */
  readonly atr: Uint8Array;
  /** Milliseconds that reader and card have taken over their answers so far: not the agent's own time. */
  readonly answeringMs: number;
  /** Milliseconds that commands and answers were on their way between the agent and the reader's driver. */
  readonly channelMs: number;
  /**
   * Sends one command and waits for its answer, at most `limitMs`; after a fault the card answers nothing more.
   * @throws CardFault
   */
  transmit(command: Uint8Array, limitMs: number): Promise<Uint8Array>;
}

/**
 * `starting`: nothing is known yet. `not-installed`: the binding is missing. `no-daemon`: pcscd does not run.
 * `working`: readers that are there answer. `failing`: the process that drives them is being started again.
 */
export type ReadersState = 'starting' | 'not-installed' | 'no-daemon' | 'working' | 'failing';

export interface ReaderHealth {
  readonly name: string;
  /** `stuck`: a command was given to the reader and never came back. */
  readonly state: 'ready' | 'stuck';
}

export interface ReadersHealth {
  readonly state: ReadersState;
  readonly readers: readonly ReaderHealth[];
  /** How often the process that drives the readers was started again. */
  readonly restarts: number;
}

/** `card-mute`: a card is in the field and does not talk; it counts as one tap. */
export type ReaderEvent =
  | { readonly kind: 'card'; readonly card: PresentedCard }
  | { readonly kind: 'card-mute'; readonly reader: string }
  | { readonly kind: 'card-gone'; readonly reader: string }
  | { readonly kind: 'health' };

/**
 * The card readers of this gate. Each tap is one `card` or `card-mute`, followed by `card-gone`. Readers may appear,
 * vanish and fail at any time; they come back by themselves. A card still lying there is then announced again without a
 * `card-gone` before it; of a reader found empty there is a `card-gone`, whether or not a card was there before.
 */
export interface ReaderPort {
  readonly health: ReadersHealth;
  listen(listener: (event: ReaderEvent) => void): () => void;
  close(): Promise<void>;
}
