import type { CardFaultCode } from '../../domain/reader-port.js';

/** Names of the two bindings of PC/SC an agent can use. */
export const bindingNames = ['smartcard', 'nfc-pcsc'] as const;
export type BindingName = (typeof bindingNames)[number];

/** Bits of a reader's state (winscard.h); the upper 16 count insertions and removals. */
export const scard = {
  unknown: 0x0004,
  unavailable: 0x0008,
  empty: 0x0010,
  present: 0x0020,
  mute: 0x0200,
  shareShared: 2,
  anyProtocol: 3,
  leaveCard: 0,
} as const;

/** Room for the longest short answer: 256 bytes and a status word. */
export const answerRoomBytes = 258;

/** A connection to the card in a reader. Calls come one after the other. */
export interface PcscCard {
  transmit(command: Buffer): Promise<Buffer>;
  disconnect(): Promise<void>;
}

export interface PcscEvents {
  /** State bits with the count of events, and the ATR where a card is there. */
  state(reader: string, state: number, atr: Uint8Array): void;
  vanished(reader: string): void;
  /** The binding is of no more use: it has to be started again. */
  failed(detail: string): void;
}

/** What a binding of PC/SC does for us: says what changes, and connects. Both may hang in calls of their own. */
export interface PcscBinding {
  connect(reader: string): Promise<PcscCard>;
}

/** @throws where the package is missing or was never compiled. */
export type OpenBinding = (on: PcscEvents) => Promise<PcscBinding>;

/**
 * Reads the result code out of an error's text: the bindings give nothing else. Both quote pcsclite's own words or
 * the code; an unknown one is the reader's fault.
 */
export function faultOf(error: unknown): CardFaultCode {
  const text = error instanceof Error ? describe(error) : '';
  if (/insufficient|buffer|0x80100008/i.test(text)) return 'answer-too-long';
  const gone = /removed|reset|unpowered|unresponsive|not transacted|transaction failed|no smart ?card|invalid handle/i;
  return gone.test(text) || /0x801000(69|68|67|66|16|0c|03)/i.test(text) ? 'card-gone' : 'reader-failed';
}

function describe(error: Error): string {
  const inner = (error as { previous?: unknown }).previous;
  return `${error.message} ${inner instanceof Error ? inner.message : ''}`;
}
