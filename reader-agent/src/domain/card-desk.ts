import { CardFault, type PresentedCard, type ReaderEvent } from './reader-port.js';

/** How long a card may take for one command of its personalisation: changing a key writes to its memory. */
const answerLimitMs = 2_000;

/**
 * A desk where cards are written. The card that lies on the reader answers commands that somebody brings from the
 * issuer; nothing is decided about it and nothing is kept of what it says. The commands are cryptograms under keys this
 * machine does not have.
 */
export interface CardDesk {
  take(event: ReaderEvent): void;
  /** Number of the card that lies there now; each card put down gets the next one. */
  readonly lying: number | undefined;
  /** @throws CardFault `card-gone` where another card or none lies there */
  send(card: number, command: Uint8Array): Promise<Uint8Array>;
}

export function createCardDesk(): CardDesk {
  let count = 0;
  let present: { readonly number: number; readonly card: PresentedCard } | undefined;
  return {
    take(event) {
      if (event.kind === 'card') {
        count++;
        present = { number: count, card: event.card };
      } else if (event.kind === 'card-gone' && present?.card.reader === event.reader) present = undefined;
    },
    get lying() {
      return present?.number;
    },
    async send(card, command) {
      if (present?.number !== card) throw new CardFault('card-gone');
      return present.card.transmit(command, answerLimitMs);
    },
  };
}
